import type { CandidateRecipe, RunKind, StudySpec } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { RuntimeImage } from '../platform/containers/runtime-image.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import type { CreateRunRequest, EngineChoice, RunPreviewResponse } from './create-run.dto.js';
import { engineChoices } from './plan/engine-choice.js';
import { classFor } from './plan/run-class.js';
import { nextRunName, runNameStem } from './plan/run-name.js';
import type { RunPlan } from './plan/run-plan.js';
import { planRun } from './plan/run-planner.js';
import type { TrainingTable } from './plan/training-table.js';
import { nameTaken, refuseBlocked } from './run-problems.js';
import { findingsOfPlan } from './findings/finding-rows.js';
import { FindingRepository } from './findings/finding.repository.js';
import { RunQueueRepository } from './run-queue.repository.js';
import { toPreviewResponse } from './run-responses.js';
import { MANUAL, newRun, repeatedRun, type RunProvenance } from './run-rows.js';
import { RunTelling } from './run-telling.js';
import type { RunEntity } from './run.entity.js';
import { RunRepository } from './run.repository.js';
import { DISPATCH } from './supervise/work-kinds.js';
import { TrainingData } from './training-data.js';
import { TrainingSettings } from './training-settings.js';

const NAME_TRIES = 5;

export interface RepeatRequest extends RunProvenance {
  readonly kind: RunKind;
  readonly budgetSeconds: number;
  readonly recipe?: CandidateRecipe | null;
  /** What to tune, for kind `study`; as the parent does if left out. */
  readonly study?: StudySpec | null;
  readonly name?: string | undefined;
  /** Last part of a name that is made, as in `churn-more-2`. */
  readonly nameTail: string;
}

/** Plans runs and puts them into the queue. */
@Injectable()
export class RunStarter {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly runQueue: RunQueueRepository,
    private readonly findings: FindingRepository,
    private readonly data: TrainingData,
    private readonly settings: TrainingSettings,
    private readonly image: RuntimeImage,
    private readonly queue: WorkQueue,
    private readonly telling: RunTelling,
  ) {}

  async preview(scope: ProjectScope, request: CreateRunRequest): Promise<RunPreviewResponse> {
    const { table, plan, engines } = await this.plan(scope, request);
    const [name, queueAhead] = await Promise.all([
      this.nameFor(scope, request, plan),
      this.runQueue.ahead(scope, plan.runClass),
    ]);
    return toPreviewResponse(table, plan, this.settings.limits, { name, queueAhead, engines });
  }

  /**
   * @param id for the run; one that exists already is what an earlier try of the same request made
   * @throws Problem `unsuitable-data` naming everything that is in the way, `name-taken`, `queue-full`,
   *   `dataset-not-found`
   */
  async start(
    scope: ProjectScope,
    request: CreateRunRequest,
    id: string = uuid(),
    provenance: RunProvenance = MANUAL,
  ): Promise<RunEntity> {
    const earlier = await this.runs.find(scope, id);
    if (earlier) return earlier;
    const { table, plan } = await this.plan(scope, request);
    refuseBlocked(plan.blockers);
    return this.queueRun(scope, request.name !== undefined, async () =>
      newRun(id, scope, table, plan, { name: await this.nameFor(scope, request, plan), provenance }),
    );
  }

  /**
   * Queues a run on exactly what another was asked for.
   * @throws Problem `conflict` when its dataset is gone, `name-taken`, `queue-full`
   */
  async repeat(
    scope: ProjectScope,
    parent: RunEntity,
    request: RepeatRequest,
    id: string = uuid(),
  ): Promise<RunEntity> {
    const earlier = await this.runs.find(scope, id);
    if (earlier) return earlier;
    if (parent.datasetId === null)
      throw new Problem(
        'conflict',
        `The dataset of run "${parent.name}" was deleted, so it cannot be run again. Upload the data and start a new run.`,
      );
    const longest = this.settings.limits.maxBudgetSeconds;
    if (request.budgetSeconds > longest)
      throw new Problem(
        'unsuitable-data',
        `This installation ends work after ${longest} s; choose less time.`,
        {
          errors: [{ pointer: '#/budgetSeconds', detail: `at most ${longest}` }],
        },
      );
    const stem = runNameStem(parent.target ?? 'clusters', request.nameTail);
    return this.queueRun(scope, request.name !== undefined, async () =>
      repeatedRun(id, scope, parent, {
        ...request,
        name: request.name ?? (await this.freeName(scope, stem)),
        runClass: classFor(request.budgetSeconds),
      }),
    );
  }

  /** Tries again with the next name when somebody took this one in the meantime. */
  private async queueRun(
    scope: ProjectScope,
    isNamed: boolean,
    make: () => Promise<RunEntity>,
  ): Promise<RunEntity> {
    await this.refuseFullQueue(scope);
    for (let attempt = 1; ; attempt++) {
      const run = await make();
      try {
        await this.insert(scope, run);
        crashpoint('training.row_written');
        return run;
      } catch (error) {
        if (isForeignKeyViolation(error))
          throw new Problem(
            'dataset-not-found',
            `The dataset ${run.datasetId} was deleted in the meantime.`,
            {
              cause: error,
            },
          );
        if (!isUniqueViolation(error, 'uq_run__project_id_name')) throw error;
        if (isNamed || attempt === NAME_TRIES) throw nameTaken(run.name, error);
      }
    }
  }

  private async refuseFullQueue(scope: ProjectScope): Promise<void> {
    const most = this.settings.maxQueuedPerProject;
    if ((await this.runQueue.countWaiting(scope)) < most) return;
    throw new Problem(
      'queue-full',
      `${most} runs of this project wait already. Cancel some or wait; the operator can raise TRAINING_MAX_QUEUED_PER_PROJECT.`,
    );
  }

  private async plan(
    scope: ProjectScope,
    request: CreateRunRequest,
  ): Promise<{ table: TrainingTable; plan: RunPlan; engines: EngineChoice[] }> {
    const { datasetId, versionNumber, target } = request;
    const [table, image] = await Promise.all([
      this.data.table(scope, { datasetId, versionNumber, target }),
      this.image.state(),
    ]);
    const engines = engineChoices(image.state === 'ready' ? image.engines : undefined);
    return { table, plan: planRun(table, request, this.settings.limits, engines), engines };
  }

  private async nameFor(scope: Scope, request: CreateRunRequest, plan: RunPlan): Promise<string> {
    if (request.name !== undefined) return request.name;
    const what = plan.target ?? (plan.task === 'clustering' ? 'clusters' : 'run');
    return this.freeName(scope, runNameStem(what, plan.preset));
  }

  private async freeName(scope: Scope, stem: string): Promise<string> {
    return nextRunName(stem, await this.runs.namesOf(scope, stem));
  }

  private async insert(scope: ProjectScope, run: RunEntity): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.runs.insert(scope, run, manager);
      await this.findings.upsert(scope, run.id, findingsOfPlan(run.warnings, run.createdAt), manager);
      await this.queue.enqueue(DISPATCH, run.id, { manager });
      await this.telling.changed(scope, run.id, manager);
    });
  }
}
