import {
  containerId,
  ContainerRuntime,
  isContainerRuntimeError,
  type ContainerSpec,
} from '@modelwright/container-runtime';
import { CONTINUE_FROM } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { RuntimeImage } from '../../platform/containers/runtime-image.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { sha256OfFile } from '../../platform/files/sha256.js';
import { Problem } from '../../platform/problems/problem.js';
import { RunSignals } from '../run-signals.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { TrainingData } from '../training-data.js';
import { TrainingSettings } from '../training-settings.js';
import { continuesSearch, DATASET_IN_CONTAINER, specOf } from '../run-specification.js';
import { withStage } from './event-folding.js';
import { RunWorkspaces, type RunFolders } from './run-workspaces.js';
import { SearchStateStore } from './search-state-store.js';

const MAX_PROCESSES = 512;
const MAX_FILE_MB = 8 * 1024;
/** The trainer with its files readable for everybody: for hosts where we are not root and could not take them. */
const OPEN_FILES = [
  'python',
  '-c',
  'import os, runpy; os.umask(0); runpy.run_module("runtime.training", run_name="__main__", alter_sys=True)',
];
const TRAINER = ['python', '-m', 'runtime.training'];

/** The run cannot be started, and waiting will not help. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';

  constructor(
    readonly reason: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Brings the container of a run into being. Safe to repeat at every point. */
@Injectable()
export class RunLauncher {
  constructor(
    private readonly runs: RunRepository,
    private readonly data: TrainingData,
    private readonly workspaces: RunWorkspaces,
    private readonly runtime: ContainerRuntime,
    private readonly settings: TrainingSettings,
    private readonly config: AppConfig,
    private readonly signals: RunSignals,
    private readonly searches: SearchStateStore,
    private readonly image: RuntimeImage,
  ) {}

  containerOf(run: Pick<RunEntity, 'id' | 'generation'>): string {
    return containerId('training', run.id, run.generation);
  }

  /** @throws LaunchError, ContainerRuntimeError */
  async launch(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    const parquetPath = await this.checkedParquet(scope, run, signal);
    const folders = await this.workspaces.prepare(run.id, specOf(run));
    const continues = await this.restoreSearch(scope, run, folders, signal);
    await this.noteImage(scope, run);
    await this.runtime.start(this.containerSpec(run, folders, { parquetPath, continues }), { signal });
    crashpoint('training.container_created');
    await this.started(scope, run);
    crashpoint('training.container_started');
  }

  /** Notes that the container runs; also for one that was found running. */
  async started(scope: Scope, run: RunEntity): Promise<void> {
    if (run.startedAt !== null) return;
    const now = new Date();
    const stages = withStage(run.stages, { stage: 'prepare', status: 'finished', at: now.toISOString() });
    await this.runs.update(scope, run.id, { startedAt: now, stage: 'load', stages: [...stages] });
    await this.signals.changed(run.id);
  }

  /** The file that the run was created for, byte for byte (F20). */
  private async checkedParquet(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<string> {
    const path = await this.parquetPath(scope, run);
    if (path === undefined)
      throw new LaunchError(
        'dataset-missing',
        'The dataset version of this run is gone. Upload the data again.',
      );
    const sha256 = await hashFile(path, signal);
    if (sha256 !== run.dataSha256) throw damaged(run);
    return path;
  }

  private async parquetPath(scope: Scope, run: RunEntity): Promise<string | undefined> {
    const { datasetId, versionNumber } = run;
    if (datasetId === null) return undefined;
    try {
      return await this.data.parquetPath(scope, {
        datasetId,
        versionNumber,
        target: run.target ?? undefined,
      });
    } catch (error) {
      if (error instanceof Problem && error.code === 'dataset-damaged') throw damaged(run, error);
      throw error;
    }
  }

  /** What the run that this one extends knew at its end. @returns whether there is something to go on from */
  private async restoreSearch(
    scope: Scope,
    run: RunEntity,
    folders: RunFolders,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!continuesSearch(run)) return false;
    const restored = await this.searches.restore(scope, run.parentRunId, folders.continueFrom, signal);
    if (restored) return true;
    throw new LaunchError(
      'search-state-missing',
      'The run that this one goes on from was deleted, or what it knew is damaged. Start a new run with more time.',
    );
  }

  private async noteImage(scope: Scope, run: RunEntity): Promise<void> {
    const { imageId, version, inputsHash } = await this.image.state();
    await this.runs.update(scope, run.id, {
      image: { imageId, runtimeVersion: version, lockHash: inputsHash },
    });
  }

  private containerSpec(
    run: RunEntity,
    folders: RunFolders,
    { parquetPath, continues }: { parquetPath: string; continues: boolean },
  ): ContainerSpec {
    const { memoryMb, cpus } = run.plan.limits;
    const threads = String(Math.max(1, Math.floor(cpus)));
    return {
      kind: 'training',
      ownerId: run.id,
      projectId: run.projectId,
      generation: run.generation,
      command: this.workspaces.needsOpenFiles ? OPEN_FILES : TRAINER,
      env: {
        MW_CPUS: String(cpus),
        OMP_NUM_THREADS: threads,
        OPENBLAS_NUM_THREADS: threads,
        MKL_NUM_THREADS: threads,
        NUMEXPR_MAX_THREADS: threads,
      },
      mounts: [
        { purpose: 'dataset', hostPath: parquetPath, containerPath: DATASET_IN_CONTAINER, readOnly: true },
        { purpose: 'control', hostPath: folders.control, containerPath: '/control', readOnly: true },
        ...(continues
          ? [
              {
                purpose: 'search-state',
                hostPath: folders.continueFrom,
                containerPath: CONTINUE_FROM,
                readOnly: true,
              },
            ]
          : []),
        { purpose: 'workspace', hostPath: folders.workspace, containerPath: '/workspace', readOnly: false },
      ],
      limits: {
        memoryMb,
        cpuPercent: Math.max(1, Math.round(cpus * 100)),
        pids: MAX_PROCESSES,
        tmpfsMb: this.settings.tmpfsMb(memoryMb),
        fileSizeMb: MAX_FILE_MB,
        timeoutSeconds: this.settings.lifeSeconds(run.budgetSeconds),
      },
      network: 'none',
    };
  }

  /** Whether a missing image is on its way. */
  get buildsImage(): boolean {
    return this.config.execution.autoBuildImage;
  }
}

/** Whether waiting a little may help: the engine is being restarted, or the image is being built. */
export function isTemporary(error: unknown, buildsImage: boolean): boolean {
  return (
    isContainerRuntimeError(error, 'runtime-unreachable') ||
    (buildsImage && isContainerRuntimeError(error, 'image-not-found'))
  );
}

async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await sha256OfFile(path, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new LaunchError(
      'dataset-unreadable',
      'The stored table cannot be read. Check the disk, and upload the data again.',
      {
        cause,
      },
    );
  }
}

function damaged(run: RunEntity, cause?: unknown): LaunchError {
  return new LaunchError(
    'dataset-damaged',
    `The stored table of "${run.datasetName}" version ${run.versionNumber} is not the one that was written (its SHA-256 differs). ` +
      'Its disk may be failing: check it, and upload the data again.',
    { cause },
  );
}
