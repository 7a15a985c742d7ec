import { metricNamed } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { People } from '../platform/people/people.js';
import { leaderboard } from './leaderboard.js';
import { RunEventRepository } from './run-event.repository.js';
import { RunOutputsRegistry } from './run-outputs.js';
import { toRunResponse } from './run-responses.js';
import type { RunSnapshot } from './run-stream.dto.js';
import type { RunResponse } from './run.dto.js';
import type { RunEntity } from './run.entity.js';
import { RunQueueRepository } from './run-queue.repository.js';
import { isTerminal } from './run-status.js';
import { RunRepository } from './run.repository.js';

const SNAPSHOT_LOGS = 100;
const SNAPSHOT_BEST = 1_000;
const SNAPSHOT_RESOURCES = 240;

/** Runs with what belongs to them elsewhere: place in the queue, people's names, models. */
@Injectable()
export class RunViews {
  constructor(
    private readonly runs: RunRepository,
    private readonly runQueue: RunQueueRepository,
    private readonly events: RunEventRepository,
    private readonly outputs: RunOutputsRegistry,
    private readonly people: People,
  ) {}

  async one(scope: Scope, run: RunEntity): Promise<RunResponse> {
    const [[view], holdoutOpenings] = await Promise.all([
      this.many(scope, [run]),
      this.runs.holdoutOpenings(scope, run.id),
    ]);
    if (!view) throw new Error('One run has one view.');
    return { ...view, holdoutOpenings };
  }

  async many(scope: Scope, runs: readonly RunEntity[]): Promise<RunResponse[]> {
    const succeeded = runs.filter((run) => run.status === 'succeeded').map((run) => run.id);
    const someWait = runs.some((run) => run.status === 'queued');
    const parents = runs.flatMap((run) => run.parentRunId ?? []);
    const ended = runs.filter((run) => isTerminal(run.status)).map((run) => run.id);
    const [names, positions, models, parentRuns, extendable] = await Promise.all([
      this.people.displayNames(runs.map((run) => run.createdBy)),
      someWait ? this.runQueue.positions(scope) : new Map<string, number>(),
      this.outputs.linksOf(scope, succeeded),
      this.runs.parents(scope, parents),
      this.runs.withSearchState(scope, ended),
    ]);
    return runs.map((run) =>
      toRunResponse(run, {
        createdBy: run.createdBy === null ? null : (names.get(run.createdBy) ?? null),
        queuePosition: positions.get(run.id) ?? null,
        model: models.get(run.id),
        parent: parentRuns.get(run.parentRunId ?? ''),
        holdoutOpenings: null,
        canExtend: run.kind !== 'fixed' && run.datasetId !== null && extendable.has(run.id),
      }),
    );
  }

  /** All that a page needs to draw the run as it is after event `run.lastSeq`. */
  async snapshot(scope: Scope, run: RunEntity): Promise<RunSnapshot> {
    const [view, candidates, best, logs, resources] = await Promise.all([
      this.one(scope, run),
      this.runs.candidates(scope, run.id),
      this.events.ofType(scope, run.id, 'best', SNAPSHOT_BEST),
      this.events.ofType(scope, run.id, 'log', SNAPSHOT_LOGS),
      this.events.resources(scope, run.id, SNAPSHOT_RESOURCES),
    ]);
    return {
      run: view,
      candidates: leaderboard(candidates, metricNamed(run.metric).greaterIsBetter),
      best: best.map(({ candidateId, score, elapsedSeconds }) => ({ candidateId, score, elapsedSeconds })),
      resources,
      logs: logs.map(({ seq, at, level, message }) => ({ seq, at, level, message })),
      lastSeq: run.lastSeq,
    };
  }
}
