import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import type { NamedValue, TrackedRun } from '../tracking/tracked-run.js';
import { namedText, TrackingRepository } from '../tracking/tracking.repository.js';
import { loggedScore } from './logged-score.js';
import type { MetricInput } from './mlflow.dto.js';

/** A training logs many times a second; those who look on are told this often. */
const TELL_EVERY_MS = 1_000;
const REMEMBERED = 1_000;

interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Batch {
  readonly metrics: readonly MetricInput[];
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
}

/** Writes what clients measured, set and tagged. */
@Injectable()
export class MlflowLog {
  private readonly told = new Map<string, number>();

  constructor(
    private readonly tracking: TrackingRepository,
    private readonly events: DomainEvents,
  ) {}

  async write(scope: Scope, run: TrackedRun, batch: Batch): Promise<void> {
    const points = batch.metrics.map(({ key, value, timestamp, step }): NamedValue => ({
      kind: 'metric',
      name: clean(key),
      number: value,
      text: null,
      step,
      at: new Date(timestamp),
    }));
    const values = [
      ...points,
      ...batch.params.map(({ key, value }) => namedText('param', clean(key), clean(value))),
      ...batch.tags.map(({ key, value }) => namedText('tag', clean(key), clean(value))),
    ];
    await this.tracking.transaction(async (manager) => {
      await this.tracking.putPoints(scope, run.id, points, manager);
      await this.tracking.putValues(scope, run.id, values, manager);
      if (batch.params.length + batch.tags.length > 0)
        await this.tracking.refuseTooManyTexts(run.id, manager);
      await this.applyTags(scope, run, batch.tags, manager);
      const score = run.kind === 'external' ? loggedScore(run, points) : undefined;
      if (score) await this.tracking.update(scope, run.id, score, manager);
    });
    await this.tellNowAndThen(scope, run.id);
  }

  /** Some tags of the client say what we keep elsewhere. */
  private async applyTags(
    scope: Scope,
    run: TrackedRun,
    tags: readonly Pair[],
    manager: EntityManager,
  ): Promise<void> {
    const given = new Map(tags.map(({ key, value }) => [key, clean(value)]));
    const name = given.get('mlflow.runName');
    const parent = given.get('mlflow.parentRunId');
    const notes = given.get('mlflow.note.content');
    const isExternal = run.kind === 'external';
    const parentId = isExternal ? await this.parentOf(scope, run.id, parent, manager) : undefined;
    const patch: Partial<TrackedRun> = {
      ...(isExternal && name ? { name: name.slice(0, 250) } : {}),
      ...(notes === undefined ? {} : { notes: notes.slice(0, 20_000) }),
      ...(parentId === undefined ? {} : { parentId }),
    };
    if (Object.keys(patch).length > 0) await this.tracking.update(scope, run.id, patch, manager);
  }

  /** The run that a tag names as the parent; a run below this one is none, or nobody could draw the tree. */
  private async parentOf(
    scope: Scope,
    runId: string,
    named: string | undefined,
    manager: EntityManager,
  ): Promise<string | undefined> {
    if (!isUuid(named) || (await this.tracking.isWithin(scope, runId, named, manager))) return undefined;
    return (await this.tracking.find(scope, named, manager))?.id;
  }

  private async tellNowAndThen(scope: Scope, runId: string): Promise<void> {
    const now = Date.now();
    if (now - (this.told.get(runId) ?? 0) < TELL_EVERY_MS) return;
    if (this.told.size > REMEMBERED) this.told.clear();
    this.told.set(runId, now);
    await this.events.publish({
      type: 'experiment.updated',
      projectId: scope.projectId,
      entity: { kind: 'experiment-run', id: runId },
    });
  }
}

/** Postgres' texts hold everything but NUL. */
function clean(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
