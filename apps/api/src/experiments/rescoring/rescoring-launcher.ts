import { join } from 'node:path';
import { containerId, ContainerRuntime, type ContainerSpec } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { ModelsService } from '../../models/models.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { Problem } from '../../platform/problems/problem.js';
import type { RescoringRow } from './rescoring.repository.js';
import { RescoringWorkspace, type RescoringFolders } from './rescoring-workspace.js';

export const TIMEOUT_SECONDS = 1_800;
const MAX_ROWS = 50_000;
const RESAMPLES = 300;
const SEED = 20_240_229;
const MAX_PROCESSES = 256;
const MAX_FILE_MB = 256;
const SCORER = ['python', '-m', 'runtime.rescoring'];
/** With its files readable for everybody: for hosts where we are not root and could not take them. */
const OPEN_SCORER = [
  'python',
  '-c',
  'import os, runpy; os.umask(0); runpy.run_module("runtime.rescoring", run_name="__main__", alter_sys=True)',
];
const DATASET = '/data/dataset.parquet';

/** Brings the container of a re-scoring into being: the models, the rows, and no network. */
@Injectable()
export class RescoringLauncher {
  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly models: ModelsService,
    private readonly datasets: DatasetsService,
    private readonly workspace: RescoringWorkspace,
    private readonly config: AppConfig,
  ) {}

  containerOf(row: Pick<RescoringRow, 'id' | 'generation'>): string {
    return containerId('rescore', row.id, row.generation);
  }

  /** @throws Problem when a model or the data is gone or damaged, ContainerRuntimeError */
  async launch(scope: Scope, row: RescoringRow, signal: AbortSignal): Promise<void> {
    const table = await this.datasets.getVersionForTraining(scope, row.datasetId, {
      version: row.datasetVersion,
    });
    if (table.parquetSha256 !== row.dataSha256)
      throw new Problem(
        'dataset-damaged',
        'The stored table is not the one that was chosen. Upload the data again.',
      );
    const folders = await this.workspace.prepare(row.id);
    const models = [];
    for (const [index, id] of row.modelVersionIds.entries())
      models.push(await this.model(scope, id, index, row.dataSha256, folders));
    const [first] = models;
    if (!first) throw new Error('A re-scoring has models.');
    await this.workspace.write(join(folders.control, 'spec.json'), {
      models: models.map(({ id, name, folder, sawData, holdout }) => ({
        id,
        name,
        folder,
        sawData,
        holdout,
      })),
      datasetPath: DATASET,
      target: first.target,
      task: first.task,
      metric: first.metric,
      rows: row.rows,
      maxRows: MAX_ROWS,
      resamples: RESAMPLES,
      seed: SEED,
    });
    await this.runtime.start(this.spec(row, folders, table.parquetPath), { signal });
  }

  private async model(
    scope: Scope,
    id: string,
    index: number,
    dataSha256: string,
    folders: RescoringFolders,
  ) {
    const folder = join(folders.models, String(index));
    await this.models.materialiseArtifact(scope, id, folder);
    const version = await this.models.getScorable(scope, id);
    const sawData = version.dataSha256 === dataSha256;
    const holdout =
      sawData && (await this.models.materialiseHoldout(scope, id, join(folders.models, `${index}.parquet`)));
    return {
      ...version,
      id,
      folder: `/model/${index}`,
      sawData,
      holdout: holdout ? `/model/${index}.parquet` : null,
    };
  }

  private spec(row: RescoringRow, folders: RescoringFolders, parquetPath: string): ContainerSpec {
    const { maxMemoryMb, maxCpuPercent, tmpfsMb } = this.config.execution;
    const memoryMb = Math.min(maxMemoryMb, 3_072);
    const cpuPercent = Math.min(maxCpuPercent, 100);
    const threads = String(Math.max(1, Math.floor(cpuPercent / 100)));
    return {
      kind: 'rescore',
      ownerId: row.id,
      projectId: row.projectId,
      generation: row.generation,
      command: this.workspace.needsOpenFiles ? OPEN_SCORER : SCORER,
      env: { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads },
      mounts: [
        { purpose: 'dataset', hostPath: parquetPath, containerPath: DATASET, readOnly: true },
        { purpose: 'models', hostPath: folders.models, containerPath: '/model', readOnly: true },
        { purpose: 'control', hostPath: folders.control, containerPath: '/control', readOnly: true },
        { purpose: 'workspace', hostPath: folders.workspace, containerPath: '/workspace', readOnly: false },
      ],
      limits: {
        memoryMb,
        cpuPercent,
        pids: MAX_PROCESSES,
        tmpfsMb: Math.min(tmpfsMb, Math.floor(memoryMb / 4)),
        fileSizeMb: MAX_FILE_MB,
        timeoutSeconds: TIMEOUT_SECONDS,
      },
      network: 'none',
    };
  }
}
