import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  containerId,
  ContainerRuntime,
  isContainerRuntimeError,
  type ContainerMount,
} from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AppConfig } from '../../platform/config/app-config.js';
import { readUntrusted, UntrustedFileError } from '../../training/supervise/untrusted-file.js';
import { JobWorkspaces, type JobFolders } from './job-workspaces.js';

const LOOK_EVERY_MS = 250;
const SIZE_EVERY_LOOKS = 4;
const MAX_DOCUMENT_BYTES = 16 * 1024 ** 2;
const MAX_WORKSPACE_BYTES = 6 * 1024 ** 3;
const MEMORY_MB = 3072;
const TMPFS_MB = 512;
const CPU_PERCENT = 100;
const PIDS = 128;
const FILE_SIZE_MB = 4096;

const Progress = z.object({ percent: z.number().int().min(0).max(100), step: z.string().max(200) });
export type JobProgress = z.infer<typeof Progress>;

const Result = z.discriminatedUnion('outcome', [
  z.looseObject({ outcome: z.literal('succeeded') }),
  z.object({ outcome: z.literal('failed'), reason: z.string().max(2_000) }),
]);
export type JobResult = z.infer<typeof Result>;

export interface SandboxJob {
  readonly id: string;
  readonly projectId: string;
  readonly generation: number;
  /** Module of the runtime package that does the job. */
  readonly module: 'runtime.exporting' | 'runtime.importing';
  readonly document: Readonly<Record<string, unknown>>;
  /** Brings the host's files into `inputs` and says what to mount; called once, before the start. */
  readonly inputs: (folders: JobFolders) => Promise<readonly ContainerMount[]>;
  readonly timeoutSeconds: number;
}

export interface JobWatch {
  readonly progressed: (progress: JobProgress) => Promise<void>;
  readonly isCancelled: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** The job did not come to an end of its own. */
export class JobEndedError extends Error {
  override readonly name = 'JobEndedError';

  constructor(
    /** `ended`: the container was ended from outside, for its memory or its time, before it had a result. */
    readonly kind: 'cancelled' | 'failed' | 'ended',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/**
 * Runs a job of the runtime package in a container of its own and waits for its result. A process that dies leaves the
 * container running: the next one that is handed the same job goes on waiting for it.
 */
@Injectable()
export class SandboxJobs {
  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly workspaces: JobWorkspaces,
    private readonly config: AppConfig,
  ) {}

  /**
   * @returns what the job wrote as its result; its files are in `out` until `cleanUp`
   * @throws JobEndedError, ContainerRuntimeError
   */
  async run(job: SandboxJob, watch: JobWatch): Promise<JobResult> {
    const id = containerId('export', job.id, job.generation);
    if (!(await this.exists(id))) await this.start(job, watch.signal);
    await this.follow(id, job, watch);
    const exit = await this.runtime.wait(id, { signal: watch.signal });
    const result = await this.result(job.id);
    if (result) return result;
    throw new JobEndedError('ended', exit.message);
  }

  /** Removes container and folders. Safe to repeat; what the engine keeps now is an orphan later. */
  async cleanUp(jobId: string): Promise<void> {
    try {
      for (const { id } of await this.runtime.list({ kind: 'export', ownerId: jobId }))
        await this.runtime.remove(id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
    }
    await this.workspaces.remove(jobId);
  }

  outFolder(jobId: string): string {
    return this.workspaces.foldersOf(jobId).out;
  }

  private async exists(id: string): Promise<boolean> {
    try {
      await this.runtime.inspect(id);
      return true;
    } catch (error) {
      if (isContainerRuntimeError(error, 'container-not-found')) return false;
      throw error;
    }
  }

  private async start(job: SandboxJob, signal: AbortSignal): Promise<void> {
    const folders = await this.workspaces.prepare(job.id, job.document);
    const mounts = await job.inputs(folders);
    const memoryMb = Math.min(MEMORY_MB, this.config.execution.maxMemoryMb);
    await this.runtime.start(
      {
        kind: 'export',
        ownerId: job.id,
        projectId: job.projectId,
        generation: job.generation,
        command: ['python', '-m', job.module],
        env: { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
        mounts: [
          ...mounts,
          { purpose: 'control', hostPath: folders.control, containerPath: '/control', readOnly: true },
          { purpose: 'workspace', hostPath: folders.workspace, containerPath: '/workspace', readOnly: false },
        ],
        limits: {
          memoryMb,
          cpuPercent: Math.min(CPU_PERCENT, this.config.execution.maxCpuPercent),
          pids: PIDS,
          // Scratch space counts as memory.
          tmpfsMb: Math.min(TMPFS_MB, Math.floor(memoryMb / 4)),
          fileSizeMb: FILE_SIZE_MB,
          timeoutSeconds: job.timeoutSeconds,
        },
        network: 'none',
      },
      { signal },
    );
  }

  private async follow(id: string, job: SandboxJob, watch: JobWatch): Promise<void> {
    let shown = '';
    for (let look = 0; (await this.runtime.inspect(id)).state !== 'exited'; look++) {
      const progress = await this.document(job.id, 'progress.json', Progress);
      if (progress && JSON.stringify(progress) !== shown) {
        shown = JSON.stringify(progress);
        await watch.progressed(progress);
      }
      if (await watch.isCancelled()) {
        await this.runtime.kill(id);
        throw new JobEndedError('cancelled', 'It was cancelled.');
      }
      if (look % SIZE_EVERY_LOOKS === 0 && (await this.workspaces.sizeOf(job.id)) > MAX_WORKSPACE_BYTES) {
        await this.runtime.kill(id);
        throw new JobEndedError('ended', 'It wrote more files than a job may.');
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: watch.signal });
    }
  }

  private result(jobId: string): Promise<JobResult | undefined> {
    return this.document(jobId, 'result.json', Result);
  }

  /** What the container writes is only believed as far as it fits. */
  private async document<S extends z.ZodType>(
    jobId: string,
    name: string,
    schema: S,
  ): Promise<z.output<S> | undefined> {
    try {
      const path = join(this.workspaces.foldersOf(jobId).workspace, name);
      const parsed = schema.safeParse(
        JSON.parse((await readUntrusted(path, MAX_DOCUMENT_BYTES)).toString('utf8')),
      );
      return parsed.success ? parsed.data : undefined;
    } catch (error) {
      if (error instanceof UntrustedFileError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}
