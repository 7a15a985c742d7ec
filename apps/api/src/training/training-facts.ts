import { metricNamed } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import type {
  ActivityItem,
  ActivitySource,
  ProjectFacts,
  RoomFacts,
} from '../platform/facts/project-facts.js';
import type { RunEntity } from './run.entity.js';
import { isUnderWay } from './run-status.js';
import { RunRepository } from './run.repository.js';
import { pausedSecondsOf } from './supervise/pauses.js';

const RECENT = 10;
/** Failures older than this have been seen or do not matter. */
const NEWS_DAYS = 7;

/** What the overview and the activity drawer say about runs. */
@Injectable()
export class TrainingFacts implements ProjectFacts, ActivitySource {
  constructor(private readonly runs: RunRepository) {}

  async of(scope: Scope): Promise<RoomFacts> {
    const [counts, recent] = await Promise.all([
      this.runs.countByStatus(scope),
      this.runs.list(scope, { limit: RECENT }),
    ]);
    const total = Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
    const since = Date.now() - NEWS_DAYS * 86_400_000;
    return {
      counts: {
        runs: total,
        runsActive: (counts['queued'] ?? 0) + (counts['running'] ?? 0) + (counts['paused'] ?? 0),
        runsSucceeded: counts['succeeded'] ?? 0,
        runsFailed: counts['failed'] ?? 0,
      },
      recent: recent.slice(0, RECENT).map((run) => ({
        kind: 'run',
        id: run.id,
        name: run.name,
        status: run.status,
        updatedAt: run.updatedAt,
        ...(run.bestScore === null ? {} : { detail: headline(run) }),
      })),
      needsYou: recent
        .filter((run) => run.status === 'failed' && (run.finishedAt?.getTime() ?? 0) > since)
        .map((run) => ({
          kind: 'run',
          id: run.id,
          reason: `Run "${run.name}" failed: ${run.failure?.message ?? 'see its log.'}`,
          since: run.finishedAt ?? run.updatedAt,
        })),
    };
  }

  async activity(projectIds: readonly string[], limit: number): Promise<readonly ActivityItem[]> {
    const rows = await this.runs.activity(projectIds, limit);
    return rows.map((run) => ({
      id: run.id,
      kind: 'run',
      projectId: run.projectId,
      entity: { kind: 'run', id: run.id },
      title: run.name,
      status: run.status,
      detail: detailOf(run),
      progress: progressOf(run),
      startedAt: run.createdAt,
      finishedAt: run.finishedAt,
    }));
  }
}

/** As in "ROC AUC 0.846". */
function headline(run: RunEntity): string {
  return `${metricNamed(run.metric).label} ${Number((run.bestScore ?? 0).toPrecision(3))} over the folds`;
}

function detailOf(run: RunEntity): string | null {
  if (run.failure) return run.failure.message;
  if (run.status === 'paused') return 'Paused';
  if (run.bestScore !== null) return headline(run);
  return run.status === 'running' ? run.stage : null;
}

function progressOf(run: RunEntity): number | null {
  if (!isUnderWay(run.status) || !run.startedAt) return null;
  const now = new Date();
  const worked = (now.getTime() - run.startedAt.getTime()) / 1000 - pausedSecondsOf(run, now);
  return Math.min(0.99, worked / run.budgetSeconds);
}
