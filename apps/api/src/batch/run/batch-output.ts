import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DatasetProducts, type ProductState } from '../../datasets/dataset-products.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import type { BatchResult } from '../batch-job.dto.js';
import type { BatchJobRow } from '../batch-job.row.js';
import { BatchJobsRepository } from '../batch-jobs.repository.js';
import { OUTPUT_DIALECT } from '../../platform/text/csv-lines.js';
import { outputColumns, type ScoringTask } from '../scoring/scoring-task.js';
import { BatchFolders } from './batch-folders.js';
import { JobEnd } from './job-end.js';

const LOOK_EVERY_MS = 250;
const MAX_CLASSES = 1000;

/** Makes the pieces of a job into a dataset version. */
@Injectable()
export class BatchOutput {
  constructor(
    private readonly jobs: BatchJobsRepository,
    private readonly folders: BatchFolders,
    private readonly products: DatasetProducts,
  ) {}

  /** @throws JobEnd when the dataset that was to get the output is gone, LostChunkError */
  async store(job: BatchJobRow, task: ScoringTask, signal: AbortSignal): Promise<void> {
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const content = await this.folders.output(job.id, outputColumns(task), job.rowsTotal);
    const product = {
      datasetId: job.outputDatasetId,
      versionId: job.outputVersionId,
      name: job.outputIsNew ? job.outputDatasetName : null,
      fileName: `${fileNameOf(job.outputDatasetName)}.csv`,
      dialect: OUTPUT_DIALECT,
      madeBy: 'batch' as const,
      createdBy: job.createdBy,
    };
    try {
      await this.products.store(scope, product, content, signal, (manager, number) =>
        this.jobs.noteOutput(job, number, manager),
      );
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.code !== 'dataset-not-found') throw cause;
      throw new JobEnd({
        status: 'failed',
        failure: `Dataset "${job.outputDatasetName}", which was to get the predictions as a new version, was deleted. Run the job again with another output.`,
      });
    } finally {
      content.destroy();
    }
  }

  /** What was predicted, once the output can be read. @throws JobEnd when it cannot */
  async whenRead(job: BatchJobRow, task: ScoringTask, signal: AbortSignal): Promise<BatchResult> {
    const scope = SystemScope.forBackgroundWork(job.projectId);
    for (;;) {
      signal.throwIfAborted();
      const state = await this.products.stateOf(scope, job.outputVersionId);
      if (!state)
        throw new JobEnd({ status: 'failed', failure: 'The dataset with the predictions was deleted.' });
      if (state.status === 'failed')
        throw new JobEnd({
          status: 'failed',
          failure: `The predictions could not be stored: ${state.failure?.detail ?? 'the reason is not known.'}`,
        });
      if (state.profile) return resultOf(await this.current(job), task, state.profile);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** With the counts of all pieces. */
  private async current(job: BatchJobRow): Promise<BatchJobRow> {
    return (await this.jobs.findForWork(job.id)) ?? job;
  }
}

function resultOf(
  { classCounts }: BatchJobRow,
  { contract, added }: ScoringTask,
  profile: NonNullable<ProductState['profile']>,
): BatchResult {
  const column = profile.columns.find(({ name }) => name === added.prediction);
  const names = { predictionColumn: added.prediction, errorColumn: added.error };
  if (contract.output.kind === 'class') {
    const counts = Object.entries(classCounts).map(([label, count]) => ({ label, count }));
    counts.sort((one, other) => other.count - one.count);
    return {
      ...names,
      classCounts: counts.slice(0, MAX_CLASSES),
      distribution: null,
    };
  }
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return {
    ...names,
    classCounts: null,
    distribution: {
      mean: column?.mean ?? null,
      min: number(column?.min),
      median: column?.quantiles?.p50 ?? null,
      max: number(column?.max),
      histogram: column?.histogram ?? null,
    },
  };
}

function fileNameOf(name: string): string {
  return name.replaceAll(/[/\\]/gu, ' ').slice(0, 190);
}
