import { Injectable } from '@nestjs/common';
import type { RunEvent } from '@modelwright/contracts';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { FindingRepository } from '../findings/finding.repository.js';
import { RunEventRepository } from '../run-event.repository.js';
import { RunSignals } from '../run-signals.js';
import { isUnderWay } from '../run-status.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { TrialRepository } from '../studies/trial.repository.js';
import { foldEvents, type FoldedEvents } from './event-folding.js';
import { parseEvent } from './event-parser.js';
import { readLines, type LineBatch } from './event-reader.js';
import { endOfPause } from './pauses.js';
import { RunWorkspaces } from './run-workspaces.js';
import { DISPATCH } from './work-kinds.js';

const UNREADABLE = 'unreadable-events';
const MAX_CANDIDATES = 5_000;

/** Reads on in the events of a run from where the row says, and stores events, candidates and row together. */
@Injectable()
export class EventRecorder {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly findings: FindingRepository,
    private readonly trials: TrialRepository,
    private readonly workspaces: RunWorkspaces,
    private readonly signals: RunSignals,
    private readonly domainEvents: DomainEvents,
    private readonly queue: WorkQueue,
  ) {}

  /** Stores all whole lines that are there now. */
  async catchUp(scope: Scope, runId: string): Promise<void> {
    const run = await this.runs.find(scope, runId);
    if (!run || !isUnderWay(run.status)) return;
    const { events: path } = this.workspaces.foldersOf(runId);
    for (let offset = run.eventOffset; ;) {
      const batch = await readLines(path, offset);
      if (batch.nextOffset === offset && !batch.skipped) return;
      if (!(await this.store(scope, runId, offset, batch))) return;
      offset = batch.nextOffset;
      if (!batch.more) return;
    }
  }

  /** @returns whether to go on; false when the run has ended or somebody else was here */
  private store(scope: Scope, runId: string, offset: number, batch: LineBatch): Promise<boolean> {
    return this.dataSource
      .transaction(async (manager) => {
        const run = await this.runs.lock(scope, runId, manager);
        if (!run || !isUnderWay(run.status) || run.eventOffset !== offset) return false;
        const { events, unreadable } = parseLines(batch, run.lastSeq);
        const folded = foldEvents(run.stages, events);
        const room = Math.max(0, MAX_CANDIDATES - run.candidatesTotal);
        await this.events.insert(scope, runId, events, manager);
        await this.events.upsertCandidates(
          scope,
          runId,
          folded.candidates.slice(0, Math.max(room, run.candidatesTotal)),
          manager,
        );
        await this.trials.upsert(scope, runId, folded.trials, manager);
        await this.findings.upsert(scope, runId, folded.findings, manager);
        const counts = await this.events.countCandidates(scope, runId, manager);
        await this.notePause(scope, run, folded.pause, manager);
        await this.runs.update(
          scope,
          runId,
          {
            ...folded.patch,
            ...firstLook(run, folded),
            peakMemoryMb: peakOf(run.peakMemoryMb, folded.peakMemoryMb),
            ...(unreadable > 0 ? { warnings: withUnreadable(run.warnings, unreadable) } : {}),
            eventOffset: batch.nextOffset,
            lastSeq: events.at(-1)?.seq ?? run.lastSeq,
            candidatesTotal: counts.total,
            candidatesDone: counts.done,
            baselineScore: counts.baselineScore,
          },
          manager,
        );
        if (events.length > 0) await this.tell(scope, runId, folded, manager);
        return true;
      })
      .then((stored) => {
        if (stored) crashpoint('training.running');
        return stored;
      });
  }

  /** The trainer says that it stands still, or that it goes on by itself, as it does to stop and keep the best. */
  private async notePause(
    scope: Scope,
    run: RunEntity,
    pause: FoldedEvents['pause'],
    manager: EntityManager,
  ): Promise<void> {
    const now = new Date();
    if (pause === 'paused' && run.status === 'running' && run.pauseRequestedAt !== null) {
      await this.runs.move(scope, run.id, 'paused', { pausedAt: now }, manager);
      // Its place is free.
      await this.queue.enqueue(DISPATCH, run.id, { manager });
    }
    if (pause === 'resumed' && run.status === 'paused')
      await this.runs.move(scope, run.id, 'running', endOfPause(run, now), manager);
  }

  private async tell(
    scope: Scope,
    runId: string,
    { notable, best }: { notable: boolean; best: boolean },
    manager: Parameters<RunSignals['changed']>[1],
  ): Promise<void> {
    await this.signals.changed(runId, manager);
    const event = { projectId: scope.projectId, entity: { kind: 'run', id: runId } } as const;
    if (notable) await this.domainEvents.publish({ ...event, type: 'run.updated' }, manager);
    if (best) await this.domainEvents.publish({ ...event, type: 'run.best' }, manager);
  }
}

function parseLines(batch: LineBatch, lastSeq: number): { events: RunEvent[]; unreadable: number } {
  const events: RunEvent[] = [];
  let unreadable = batch.skipped ? 1 : 0;
  let seq = lastSeq;
  for (const line of batch.lines) {
    if (line.trim() === '') continue;
    const event = parseEvent(line, seq);
    if (event) {
      events.push(event);
      seq = event.seq;
    } else unreadable += 1;
  }
  return { events, unreadable };
}

function withUnreadable(warnings: RunEntity['warnings'], more: number): RunEntity['warnings'] {
  const before = warnings.find((warning) => warning.code === UNREADABLE);
  const total = (before ? parseInt(before.detail, 10) : 0) + more;
  return [
    ...warnings.filter((warning) => warning !== before),
    {
      code: UNREADABLE,
      severity: 'warning',
      detail: `${total} lines that the trainer wrote were no events and are left out.`,
    },
  ];
}

/** The rows kept aside are looked at when the evaluation begins, and only then. */
function firstLook(run: RunEntity, { holdoutOpenedAt }: FoldedEvents): Pick<RunEntity, 'holdoutOpenedAt'> {
  return { holdoutOpenedAt: run.holdoutOpenedAt ?? (holdoutOpenedAt ? new Date(holdoutOpenedAt) : null) };
}

function peakOf(before: number | null, now: number | null): number | null {
  return now === null ? before : Math.max(before ?? 0, now);
}
