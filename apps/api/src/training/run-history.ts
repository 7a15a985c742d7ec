import type { CandidateState, ModelEvaluation, RunStatus, Task } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemScope, type Scope } from '../platform/authorization/project-scope.js';
import { isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import { RunOutputsRegistry, type ModelLink } from './run-outputs.js';
import type { RunEntity } from './run.entity.js';
import { RunEventRepository } from './run-event.repository.js';
import { RunRepository } from './run.repository.js';

/** A run with all that a table of experiments shows of it. */
export interface RecordedRun {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly datasetId: string | null;
  readonly datasetName: string;
  readonly datasetVersion: number;
  readonly dataSha256: string;
  readonly rows: number;
  readonly target: string | null;
  readonly task: Task;
  readonly metric: string;
  readonly preset: string;
  readonly budgetSeconds: number;
  readonly seed: number;
  readonly plan: RunEntity['plan'];
  readonly bestScore: number | null;
  readonly bestCandidateId: string | null;
  readonly baselineScore: number | null;
  readonly holdoutScore: number | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Of failed runs only. */
  readonly failure: RunEntity['failure'];
  readonly candidates: readonly CandidateState[];
  /** When work on a candidate began, by its id; those that wait or were skipped are missing. */
  readonly candidateStarts: ReadonlyMap<string, Date>;
  /** Of succeeded runs only. */
  readonly evaluation: ModelEvaluation | null;
  readonly model: ModelLink | null;
}

export interface RunMark {
  readonly id: string;
  readonly projectId: string;
  readonly updatedAt: Date;
}

/** What the rooms above may read of all runs, whoever started them: background work of theirs, not of a person. */
@Injectable()
export class RunHistory {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly runEvents: RunEventRepository,
    private readonly outputs: RunOutputsRegistry,
    private readonly events: DomainEvents,
  ) {}

  /** Runs that changed at or after a time, oldest change first. */
  async changedSince(
    since: Date,
    after: Pick<RunMark, 'updatedAt' | 'id'> | undefined,
    limit: number,
  ): Promise<RunMark[]> {
    const rows: { id: string; project_id: string; updated_at: Date }[] = await this.dataSource.query(
      `SELECT id, project_id, date_trunc('milliseconds', updated_at) AS updated_at FROM run
        WHERE updated_at >= $1 AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', updated_at), id) > ($2, $3::uuid))
        ORDER BY date_trunc('milliseconds', updated_at), id LIMIT $4`,
      [since, after?.updatedAt ?? null, after?.id ?? null, limit],
    );
    return rows.map((row) => ({ id: row.id, projectId: row.project_id, updatedAt: row.updated_at }));
  }

  /** Of these ids, those that name no run any more. */
  async missing(runIds: readonly string[]): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT id FROM run WHERE id = ANY($1::uuid[])',
      [runIds],
    );
    const known = new Set(rows.map(({ id }) => id));
    return runIds.filter((id) => !known.has(id));
  }

  /** @returns undefined when there is no such run */
  async describe(projectId: string, runId: string): Promise<RecordedRun | undefined> {
    const scope = SystemScope.forBackgroundWork(projectId);
    const run = await this.runs.find(scope, runId);
    if (!run) return undefined;
    const succeeded = run.status === 'succeeded';
    const [candidates, candidateStarts, output, links] = await Promise.all([
      this.runs.candidates(scope, runId),
      this.runEvents.candidateStarts(scope, runId),
      succeeded ? this.runs.findOutput(scope, runId) : null,
      succeeded ? this.outputs.linksOf(scope, [runId]) : new Map<string, ModelLink>(),
    ]);
    return {
      ...run,
      datasetVersion: run.versionNumber,
      rows: run.dataRows,
      candidates,
      candidateStarts,
      evaluation: output?.evaluation ?? null,
      model: links.get(runId) ?? null,
    };
  }

  /** @throws Problem `run-not-found`, `name-taken` */
  async rename(scope: Scope, runId: string, name: string): Promise<void> {
    if (!(await this.runs.find(scope, runId)))
      throw new Problem('run-not-found', `There is no run ${runId} that you can see.`);
    try {
      await this.dataSource.transaction(async (manager) => {
        await this.runs.update(scope, runId, { name }, manager);
        await this.events.publish(
          { type: 'run.updated', projectId: scope.projectId, entity: { kind: 'run', id: runId } },
          manager,
        );
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'uq_run__project_id_name')) throw error;
      throw new Problem('name-taken', `The project has a run "${name}" already. Choose another name.`, {
        cause: error,
        errors: [{ pointer: '#/name', detail: 'taken' }],
      });
    }
  }
}
