import { Injectable } from '@nestjs/common';
import { DatasetsService, type TrainingTable as DatasetTable } from '../datasets/datasets.service.js';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { inferTask } from './plan/task-inference.js';
import type { TrainingColumn, TrainingTable } from './plan/training-table.js';
import { TrainingData, type StoredTable, type TableRequest } from './training-data.js';

/** Tables of the datasets room, in the words of training. */
@Injectable()
export class DatasetsTrainingData extends TrainingData {
  constructor(private readonly datasets: DatasetsService) {
    super();
  }

  async table(scope: Scope, request: TableRequest): Promise<TrainingTable> {
    const wanted = {
      ...(request.versionNumber === undefined ? {} : { version: request.versionNumber }),
      ...(request.target === undefined ? {} : { target: request.target }),
    };
    try {
      return translate(await this.datasets.getVersionForTraining(scope, request.datasetId, wanted));
    } catch (error) {
      // A target that is no column is for the plan to say, together with all else that is in the way.
      const unknownTarget =
        error instanceof Problem && error.code === 'unsuitable-data' && request.target !== undefined;
      if (!unknownTarget) throw error;
      return this.table(scope, { ...request, target: undefined });
    }
  }

  async parquetPath(scope: Scope, request: StoredTable): Promise<string | undefined> {
    try {
      return (await this.table(scope, request)).parquetPath;
    } catch (error) {
      if (error instanceof Problem && error.code === 'dataset-not-found') return undefined;
      throw error;
    }
  }
}

function translate(table: DatasetTable): TrainingTable {
  const columns = table.profile.columns.map((statistics, index): TrainingColumn => {
    const effective = table.columns[index];
    return {
      name: statistics.name,
      type: effective?.type ?? statistics.type,
      role: effective?.role ?? 'feature',
      suggestedRole: table.profile.suggestedRoles[index] ?? 'feature',
      missing: statistics.missing,
      distinct: statistics.distinct,
      infinite: statistics.infinite,
      min: statistics.min,
      max: statistics.max,
      topValues: statistics.topValues,
    };
  });
  return {
    datasetId: table.datasetId,
    datasetName: table.datasetName,
    datasetVersionId: table.datasetVersionId,
    versionNumber: table.versionNumber,
    parquetPath: table.parquetPath,
    parquetSha256: table.parquetSha256,
    rows: table.rows,
    columns,
    flags: table.flags,
    target: proposalOf(table, columns),
  };
}

function proposalOf(
  { target, profile, rows }: DatasetTable,
  columns: readonly TrainingColumn[],
): TrainingTable['target'] {
  if (target === null) return null;
  const suggestion = profile.targetSuggestion;
  const column = columns.find((candidate) => candidate.name === target);
  const task = (column && inferTask(column, rows)?.task) ?? null;
  const reason =
    suggestion?.column === target ? suggestion.reason : 'It is the chosen target of the dataset.';
  return { column: target, task, reason };
}
