import { join } from 'node:path';
import {
  containerId,
  ContainerRuntime,
  type ContainerMount,
  type ContainerSpec,
} from '@modelwright/container-runtime';
import type { AnalysisKind, InsightSpec } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { ModelsService, type AnalysableModel } from '../../models/models.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { sha256OfFile } from '../../platform/files/sha256.js';
import type { AnalysisEntity } from '../analysis.entity.js';
import { TRANSLATION } from '../translation.js';
import { AnalysisSettings } from './analysis-settings.js';
import { AnalysisWorkspaces, type AnalysisFolders } from './analysis-workspaces.js';

const DATASET_IN_CONTAINER = '/data/dataset.parquet';
const HOLDOUT_IN_CONTAINER = '/control/holdout.parquet';
const MODEL_IN_CONTAINER = '/model';
const WORKSPACE_IN_CONTAINER = '/workspace';
type Module = 'runtime.insight' | 'runtime.compiling';
const program = (module: Module) => ['python', '-m', module];
/** The program with its files readable for everybody: for hosts where we are not root and could not take them. */
const openFiles = (module: Module) => [
  'python',
  '-c',
  `import os, runpy; os.umask(0); runpy.run_module("${module}", run_name="__main__", alter_sys=True)`,
];

/** Brings the container of an analysis into being. Safe to repeat at every point. */
@Injectable()
export class AnalysisLauncher {
  constructor(
    private readonly models: ModelsService,
    private readonly datasets: DatasetsService,
    private readonly workspaces: AnalysisWorkspaces,
    private readonly runtime: ContainerRuntime,
    private readonly settings: AnalysisSettings,
  ) {}

  containerOf({ id, generation }: Pick<AnalysisEntity, 'id' | 'generation'>): string {
    return containerId('insight', id, generation);
  }

  /** @throws Problem when model or data are gone or damaged, ContainerRuntimeError */
  async launch(scope: Scope, analysis: AnalysisEntity, signal: AbortSignal): Promise<void> {
    const spec =
      analysis.kind === TRANSLATION
        ? await this.prepareTranslation(scope, analysis)
        : await this.prepareAnalysis(scope, analysis, analysis.kind);
    crashpoint('insight.prepared');
    await this.runtime.start(spec, { signal });
    crashpoint('insight.started');
  }

  /** A translation needs the model alone; the rows that it is tried on are made of its contract. */
  private async prepareTranslation(scope: Scope, analysis: AnalysisEntity): Promise<ContainerSpec> {
    const folders = await this.workspaces.prepare(analysis.id);
    await this.models.materialiseArtifact(scope, analysis.modelVersionId, folders.model);
    return this.containerSpec(analysis, folders, [
      ...this.command('runtime.compiling'),
      MODEL_IN_CONTAINER,
      WORKSPACE_IN_CONTAINER,
      '--manifest-sha256',
      await sha256OfFile(join(folders.model, 'manifest.json')),
      '--events',
      `${WORKSPACE_IN_CONTAINER}/events.jsonl`,
    ]);
  }

  private async prepareAnalysis(
    scope: Scope,
    analysis: AnalysisEntity,
    kind: AnalysisKind,
  ): Promise<ContainerSpec> {
    const model = await this.models.getAnalysable(scope, analysis.modelVersionId);
    const wanted = { version: model.datasetVersionNumber };
    const table = await this.datasets.getVersionForTraining(scope, model.datasetId, wanted);
    const folders = await this.workspaces.prepare(analysis.id);
    await this.models.materialiseArtifact(scope, analysis.modelVersionId, folders.model);
    const holdout = await this.models.materialiseHoldout(scope, analysis.modelVersionId, folders.holdout);
    const columns = table.columns.map(({ name, type }) => ({ name, type }));
    await this.workspaces.writeSpec(analysis.id, {
      ...this.specOf(analysis, kind, model),
      columns,
      holdoutPath: holdout === undefined ? null : HOLDOUT_IN_CONTAINER,
      holdoutSha256: holdout ?? null,
      modelManifestSha256: await sha256OfFile(join(folders.model, 'manifest.json')),
    });
    const command = this.command('runtime.insight');
    return this.containerSpec(analysis, folders, command, [
      mount('dataset', table.parquetPath, DATASET_IN_CONTAINER),
    ]);
  }

  private command(module: Module): string[] {
    return this.workspaces.needsOpenFiles ? openFiles(module) : program(module);
  }

  private specOf(
    analysis: AnalysisEntity,
    kind: AnalysisKind,
    model: AnalysableModel,
  ): Omit<InsightSpec, 'columns' | 'holdoutPath' | 'holdoutSha256' | 'modelManifestSha256'> {
    const { memoryMb, cpus } = this.settings;
    return {
      schemaVersion: 1,
      analysisId: analysis.id,
      kind,
      options: analysis.options,
      metric: model.metric,
      costMatrix: model.costMatrix,
      seed: model.seed,
      target: model.contract.target,
      datasetPath: DATASET_IN_CONTAINER,
      dataSha256: model.dataSha256,
      limits: { memoryMb, cpus, seconds: this.settings.seconds(analysis.kind, analysis.options) },
    };
  }

  private containerSpec(
    analysis: AnalysisEntity,
    folders: AnalysisFolders,
    command: readonly string[],
    inputs: readonly ContainerMount[] = [],
  ): ContainerSpec {
    const threads = String(this.settings.cpus);
    return {
      kind: 'insight',
      ownerId: analysis.id,
      projectId: analysis.projectId,
      generation: analysis.generation,
      command: [...command],
      env: { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads },
      mounts: [
        ...inputs,
        mount('model', folders.model, MODEL_IN_CONTAINER),
        mount('control', folders.control, '/control'),
        mount('workspace', folders.workspace, WORKSPACE_IN_CONTAINER, false),
      ],
      limits: this.settings.limits(this.settings.seconds(analysis.kind, analysis.options)),
      network: 'none',
    };
  }
}

function mount(purpose: string, hostPath: string, containerPath: string, readOnly = true): ContainerMount {
  return { purpose, hostPath, containerPath, readOnly };
}
