import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { toPage } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import type { CandidateListResponse } from './candidate.dto.js';
import type { CreateRunRequest, RunBlocker, RunPreviewResponse } from './create-run.dto.js';
import { leaderboard } from './leaderboard.js';
import { planRun, type RunPlan } from './plan/run-planner.js';
import { nextRunName, runNameStem } from './plan/run-name.js';
import type { TrainingTable } from './plan/training-table.js';
import { RunEventRepository } from './run-event.repository.js';
import { RunOutputsRegistry } from './run-outputs.js';
import { toPreviewResponse } from './run-responses.js';
import { RunSignals } from './run-signals.js';
import { isTerminal } from './run-status.js';
import { RunViews } from './run-views.js';
import type { RunListQuery, RunLogPage, RunLogQuery, RunPage, RunResponse } from './run.dto.js';
import type { RunEntity } from './run.entity.js';
import { RunRepository } from './run.repository.js';
import { DISPATCH } from './supervise/run-dispatcher.js';
import { OutputStore } from './supervise/output-store.js';
import { TrainingData } from './training-data.js';
import { TrainingSettings } from './training-settings.js';
import { metricNamed } from '@modelwright/contracts';

const NAME_TRIES = 5;

/** Runs as people see and steer them. What happens to them in the meantime is in `supervise/`. */
@Injectable()
export class TrainingService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly views: RunViews,
    private readonly data: TrainingData,
    private readonly settings: TrainingSettings,
    private readonly queue: WorkQueue,
    private readonly outputs: RunOutputsRegistry,
    private readonly artifacts: OutputStore,
    private readonly signals: RunSignals,
    private readonly domainEvents: DomainEvents,
  ) {}

  async previewRun(scope: ProjectScope, request: CreateRunRequest): Promise<RunPreviewResponse> {
    const { table, plan } = await this.plan(scope, request);
    const [name, queueAhead] = await Promise.all([
      this.freeName(scope, request, plan),
      this.runs.ahead(scope),
    ]);
    return toPreviewResponse(table, plan, this.settings.limits, { name, queueAhead });
  }

  /**
   * @param id for the run; one that exists already is what an earlier try of the same request made
   * @throws Problem `unsuitable-data` naming everything that is in the way, `name-taken`, `dataset-not-found`
   */
  async createRun(scope: ProjectScope, request: CreateRunRequest, id: string = uuid()): Promise<RunResponse> {
    const earlier = await this.runs.find(scope, id);
    if (earlier) return this.views.one(scope, earlier);
    const { table, plan } = await this.plan(scope, request);
    refuseBlocked(plan.blockers);
    for (let attempt = 1; ; attempt++) {
      const run = newRun(id, scope, table, plan, this.settings, await this.freeName(scope, request, plan));
      try {
        await this.insert(scope, run);
        crashpoint('training.row_written');
        return await this.views.one(scope, run);
      } catch (error) {
        if (isForeignKeyViolation(error))
          throw new Problem(
            'dataset-not-found',
            `The dataset ${table.datasetId} was deleted in the meantime.`,
            { cause: error },
          );
        if (!isUniqueViolation(error, 'uq_run__project_id_name')) throw error;
        if (request.name !== undefined || attempt === NAME_TRIES) throw nameTaken(run.name, error);
      }
    }
  }

  async listRuns(scope: ProjectScope, query: RunListQuery): Promise<RunPage> {
    const rows = await this.runs.list(scope, query);
    const page = toPage(
      rows,
      query.limit,
      (run) => [run.id],
      (run) => run,
    );
    return { items: await this.views.many(scope, page.items), nextCursor: page.nextCursor };
  }

  async getRun(scope: ProjectScope, runId: string): Promise<RunResponse> {
    return this.views.one(scope, await this.find(scope, runId));
  }

  async listCandidates(scope: ProjectScope, runId: string): Promise<CandidateListResponse> {
    const run = await this.find(scope, runId);
    const candidates = await this.runs.candidates(scope, runId);
    return { items: leaderboard(candidates, metricNamed(run.metric).greaterIsBetter), nextCursor: null };
  }

  async getRunLogs(scope: ProjectScope, runId: string, query: RunLogQuery): Promise<RunLogPage> {
    await this.find(scope, runId);
    const rows = await this.events.logs(scope, runId, query);
    return toPage(
      rows,
      query.limit,
      (line) => [line.seq],
      (line) => line,
    );
  }

  /** A waiting run is cancelled at once (R2), one under way is asked to end; one that has ended stays as it is (R1). */
  async cancelRun(scope: ProjectScope, runId: string): Promise<RunResponse> {
    await this.dataSource.transaction(async (manager) => {
      const run = await this.lock(scope, runId, manager);
      const now = new Date();
      if (run.status === 'queued')
        await this.runs.move(
          scope,
          runId,
          'cancelled',
          { cancelRequestedAt: now, finishedAt: now, stage: null },
          manager,
        );
      else if (run.status === 'running' && run.cancelRequestedAt === null)
        await this.runs.update(scope, runId, { cancelRequestedAt: now }, manager);
      else return;
      await this.tell(scope, runId, manager);
    });
    return this.getRun(scope, runId);
  }

  /** @throws Problem `conflict` for a run that has not begun: there is nothing to keep */
  async stopRun(scope: ProjectScope, runId: string): Promise<RunResponse> {
    await this.dataSource.transaction(async (manager) => {
      const run = await this.lock(scope, runId, manager);
      if (run.status === 'queued')
        throw new Problem(
          'conflict',
          `Run "${run.name}" has not begun, so there is nothing to keep. Cancel it instead.`,
        );
      if (run.status !== 'running' || run.stopRequestedAt !== null) return;
      await this.runs.update(scope, runId, { stopRequestedAt: new Date() }, manager);
      await this.tell(scope, runId, manager);
    });
    return this.getRun(scope, runId);
  }

  async deleteRun(scope: Scope, runId: string): Promise<void> {
    const run = await this.find(scope, runId);
    if (!isTerminal(run.status))
      throw new Problem('run-active', `Run "${run.name}" is ${run.status}. Cancel it first.`);
    const dependents = await this.outputs.dependentsOf(scope, runId);
    if (dependents.length > 0) throw neededBy(run.name, dependents);
    try {
      await this.dataSource.transaction(async (manager) => {
        if (!(await this.runs.delete(scope, runId, manager))) throw runNotFound(runId);
        await this.tell(scope, runId, manager);
      });
    } catch (error) {
      // Somebody promoted it between the look and the deletion.
      if (isForeignKeyViolation(error)) throw neededBy(run.name, ['a model version']);
      throw error;
    }
    await this.artifacts.remove(runId);
  }

  private async plan(
    scope: ProjectScope,
    request: CreateRunRequest,
  ): Promise<{ table: TrainingTable; plan: RunPlan }> {
    const { datasetId, versionNumber, target } = request;
    const table = await this.data.table(scope, { datasetId, versionNumber, target });
    return { table, plan: planRun(table, request, this.settings.limits) };
  }

  private async freeName(scope: Scope, request: CreateRunRequest, plan: RunPlan): Promise<string> {
    if (request.name !== undefined) return request.name;
    const stem = runNameStem(plan.target ?? 'run', plan.preset);
    return nextRunName(stem, await this.runs.namesOf(scope, stem));
  }

  private async insert(scope: ProjectScope, run: RunEntity): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.runs.insert(scope, run, manager);
      await this.queue.enqueue(DISPATCH, run.id, { manager });
      await this.tell(scope, run.id, manager);
    });
  }

  private async tell(
    scope: Scope,
    runId: string,
    manager: Parameters<DomainEvents['publish']>[1],
  ): Promise<void> {
    await this.signals.changed(runId, manager);
    await this.domainEvents.publish(
      { type: 'run.updated', projectId: scope.projectId, entity: { kind: 'run', id: runId } },
      manager,
    );
  }

  private async find(scope: Scope, runId: string): Promise<RunEntity> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    return run;
  }

  private async lock(
    scope: Scope,
    runId: string,
    manager: Parameters<RunRepository['lock']>[2],
  ): Promise<RunEntity> {
    const run = await this.runs.lock(scope, runId, manager);
    if (!run) throw runNotFound(runId);
    return run;
  }
}

export function runNotFound(runId: string): Problem {
  return new Problem('run-not-found', `There is no run ${runId} that you can see.`);
}

function nameTaken(name: string, cause: unknown): Problem {
  return new Problem(
    'name-taken',
    `The project has a run "${name}" already. Choose another name or leave it out.`,
    {
      cause,
      errors: [{ pointer: '#/name', detail: 'taken' }],
    },
  );
}

function neededBy(name: string, dependents: readonly string[]): Problem {
  return new Problem(
    'run-in-use',
    `Run "${name}" is still needed by ${dependents.join(', ')}. Delete that first.`,
  );
}

function refuseBlocked(blockers: readonly RunBlocker[]): void {
  if (blockers.length === 0) return;
  throw new Problem(
    'unsuitable-data',
    blockers
      .map(({ detail }) => detail)
      .slice(0, 3)
      .join(' '),
    {
      errors: blockers.map(({ pointer, detail }) => ({ pointer, detail })),
    },
  );
}

function newRun(
  id: string,
  scope: ProjectScope,
  table: TrainingTable,
  plan: RunPlan,
  settings: TrainingSettings,
  name: string,
): RunEntity {
  const { target, task, metric, validation } = plan;
  if (target === null || task === null || metric === null || validation === null)
    throw new Error('A plan without blockers has a target, a task, a metric and a validation.');
  const { memoryMb, cpus } = settings.limits;
  const now = new Date();
  return {
    id,
    projectId: scope.projectId,
    name,
    datasetId: table.datasetId,
    datasetVersionId: table.datasetVersionId,
    datasetName: table.datasetName,
    versionNumber: table.versionNumber,
    dataSha256: table.parquetSha256,
    dataRows: table.rows,
    target,
    task,
    metric: metric.name,
    preset: plan.preset,
    budgetSeconds: plan.budgetSeconds,
    seed: plan.seed,
    plan: {
      validation,
      holdoutFraction: plan.holdoutFraction,
      columns: plan.columns,
      excluded: plan.excluded,
      families: plan.families,
      limits: { memoryMb, cpus },
    },
    status: 'queued',
    stage: 'queue',
    stages: [
      { stage: 'queue', status: 'started', startedAt: now.toISOString(), seconds: null, detail: null },
    ],
    warnings: [...plan.warnings],
    failure: null,
    generation: 0,
    lastSeq: 0,
    eventOffset: 0,
    bestScore: null,
    bestCandidateId: null,
    baselineScore: null,
    holdoutScore: null,
    winnerCandidateId: null,
    candidatesDone: 0,
    candidatesTotal: 0,
    createdBy: scope.userId,
    createdAt: now,
    updatedAt: now,
    admittedAt: null,
    startedAt: null,
    finishedAt: null,
    stopRequestedAt: null,
    cancelRequestedAt: null,
    watchedAt: null,
  };
}
