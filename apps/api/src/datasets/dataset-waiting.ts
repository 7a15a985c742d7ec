import { Injectable } from '@nestjs/common';
import { filter, firstValueFrom, map, merge, race, take, timer } from 'rxjs';
import type { Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import type { DatasetResponse } from './dataset.dto.js';
import { toDatasetResponse } from './dataset-mapping.js';
import { DatasetTask } from './dataset-task.js';
import { DatasetsRepository } from './datasets.repository.js';

/** A look at the row now and then, in case the event was told before anybody listened. */
const LOOK_AGAIN_MS = 1000;

/** Waits for a dataset to leave `processing`, for callers that want one answer instead of two. */
@Injectable()
export class DatasetWaiting {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly events: DomainEvents,
    private readonly tasks: DatasetTask,
  ) {}

  /** @returns the dataset as it is after at most `seconds` */
  async forDataset(scope: Scope, datasetId: string, seconds: number): Promise<DatasetResponse> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const changed = firstValueFrom(
        race(
          merge(this.events.all.pipe(filter(({ entity }) => entity.id === datasetId)), timer(LOOK_AGAIN_MS)),
          timer(Math.max(0, end - Date.now())),
        ).pipe(
          take(1),
          map(() => undefined),
        ),
      );
      const found = await this.datasets.find(scope, datasetId);
      if (!found) throw new Problem('dataset-not-found', `There is no dataset ${datasetId}.`);
      if (found.version.status !== 'processing' || Date.now() >= end)
        return toDatasetResponse(found, await this.tasks.of(scope, found));
      await changed;
    }
  }
}
