import { Injectable } from '@nestjs/common';
import type { Task } from '@modelwright/contracts';
import { taskOf } from '@modelwright/table-engine';
import type { Scope } from '../platform/authorization/project-scope.js';
import type { DatasetWithVersion } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';

/** Which task the chosen target of a dataset makes. */
@Injectable()
export class DatasetTask {
  constructor(private readonly datasets: DatasetsRepository) {}

  async of(scope: Scope, { dataset, version, targetSuggestion }: DatasetWithVersion): Promise<Task | null> {
    const { target } = dataset;
    if (target === null || version.status !== 'ready') return null;
    const known = [targetSuggestion, ...(targetSuggestion?.alternatives ?? [])].find(
      (candidate) => candidate?.column === target,
    );
    if (known && dataset.columnOverrides[target]?.type === undefined) return known.task;
    const profile = await this.datasets.profileOf(scope, version.id);
    const column = profile?.columns.find(({ name }) => name === target);
    const type = dataset.columnOverrides[target]?.type ?? column?.type;
    return column && type ? (taskOf({ type, distinct: column.distinct }) ?? null) : null;
  }
}
