import { metricNamed, type CandidateRecipe, type CandidateState } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { isForeignKeyViolation } from '../platform/database/pg-errors.js';
import { toPage } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import type { CandidateListResponse } from './candidate.dto.js';
import type { CreateRunRequest, RunPreviewResponse } from './create-run.dto.js';
import { leaderboard } from './leaderboard.js';
import { fittingSeconds } from './plan/run-budget.js';
import { RunEventRepository } from './run-event.repository.js';
import { RunOutputsRegistry } from './run-outputs.js';
import { neededBy, runNotFound } from './run-problems.js';
import type { RunProvenance } from './run-rows.js';
import { recipeOf, sealedRun, type SealedRun } from './run-specification.js';
import { RunStarter, type RepeatRequest } from './run-starter.js';
import { isTerminal } from './run-status.js';
import { RunSteering } from './run-steering.js';
import { RunTelling } from './run-telling.js';
import { RunViews } from './run-views.js';
import type {
  ExtendRunRequest,
  FitCandidateRequest,
  RunListQuery,
  RunLogPage,
  RunLogQuery,
  RunPage,
  RunResponse,
} from './run.dto.js';
import type { RunEntity } from './run.entity.js';
import { RunRepository } from './run.repository.js';
import { OutputStore } from './supervise/output-store.js';

/** Runs as people see and steer them. What happens to them in the meantime is in `supervise/`. */
@Injectable()
export class TrainingService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly views: RunViews,
    private readonly starter: RunStarter,
    private readonly steering: RunSteering,
    private readonly outputs: RunOutputsRegistry,
    private readonly artifacts: OutputStore,
    private readonly telling: RunTelling,
  ) {}

  previewRun(scope: ProjectScope, request: CreateRunRequest): Promise<RunPreviewResponse> {
    return this.starter.preview(scope, request);
  }

  /**
   * @param id for the run; one that exists already is what an earlier try of the same request made
   * @throws Problem `unsuitable-data` naming everything that is in the way, `name-taken`, `queue-full`,
   *   `dataset-not-found`
   */
  async createRun(scope: ProjectScope, request: CreateRunRequest, id?: string): Promise<RunResponse> {
    return this.views.one(scope, await this.starter.start(scope, request, id));
  }

  /**
   * Starts a run for a room above, which says how it came about. Errors as of {@link createRun}.
   * @param request as the API takes it; what is left out is decided from the data
   */
  async startRun(
    scope: ProjectScope,
    request: CreateRunRequest,
    provenance: RunProvenance,
    id?: string,
  ): Promise<RunResponse> {
    return this.views.one(scope, await this.starter.start(scope, request, id, provenance));
  }

  /**
   * Starts a run on exactly what another was asked for: the same rows, folds, columns, seed and limits. For rooms above:
   * reproduce a run, or fit one recipe.
   * @throws Problem `run-not-found`, `conflict` when its dataset is gone, `name-taken`, `queue-full`
   */
  async repeatRun(
    scope: ProjectScope,
    runId: string,
    request: Pick<RepeatRequest, 'origin' | 'recipe' | 'name' | 'nameTail'> & { budgetSeconds?: number },
    id?: string,
  ): Promise<RunResponse> {
    const parent = await this.find(scope, runId);
    const recipe = request.recipe ?? recipeOf(parent);
    const run = await this.starter.repeat(
      scope,
      parent,
      {
        ...request,
        recipe,
        kind: recipe === null ? 'search' : 'fixed',
        budgetSeconds: request.budgetSeconds ?? parent.budgetSeconds,
        parentRunId: runId,
      },
      id,
    );
    return this.views.one(scope, run);
  }

  /**
   * More time for a run that has ended: a new one that goes on from what its search knew.
   * @throws Problem `conflict` when there is nothing to go on from
   */
  async extendRun(
    scope: ProjectScope,
    runId: string,
    request: ExtendRunRequest,
    id?: string,
  ): Promise<RunResponse> {
    const parent = await this.find(scope, runId);
    await this.refuseExtension(scope, parent);
    const run = await this.starter.repeat(
      scope,
      parent,
      {
        origin: 'extend',
        kind: parent.kind,
        parentRunId: runId,
        budgetSeconds: request.budgetSeconds,
        name: request.name,
        nameTail: 'more',
      },
      id,
    );
    return this.views.one(scope, run);
  }

  /**
   * A new run that fits one candidate on all training rows and keeps it as its model.
   * @throws Problem `candidate-not-found`, `conflict` for one that cannot be fitted by itself
   */
  async fitCandidate(
    scope: ProjectScope,
    runId: string,
    candidateId: string,
    request: FitCandidateRequest,
    id?: string,
  ): Promise<RunResponse> {
    const parent = await this.find(scope, runId);
    const candidate = await this.events.candidate(scope, runId, candidateId);
    if (!candidate)
      throw new Problem('candidate-not-found', `Run "${parent.name}" has no candidate ${candidateId}.`);
    const output = await this.runs.findOutput(scope, runId);
    const written = output ? await this.artifacts.recipeOf(output, candidateId) : undefined;
    refuseFitting(parent, candidate, written);
    const run = await this.starter.repeat(
      scope,
      parent,
      {
        origin: 'fit-candidate',
        kind: 'fixed',
        parentRunId: runId,
        parentCandidateId: candidateId,
        recipe: written ?? { family: candidate.family, hyperparameters: candidate.hyperparameters ?? {} },
        budgetSeconds: fittingSeconds(candidate.fitSeconds ?? 0),
        name: request.name,
        nameTail: `${candidate.family}-fit`,
      },
      id,
    );
    return this.views.one(scope, run);
  }

  /** Everything that decides what a run makes, as it was sealed when the run began. @throws Problem `run-not-found` */
  async runSpecOf(scope: Scope, runId: string): Promise<SealedRun> {
    return sealedRun(await this.find(scope, runId));
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

  async cancelRun(scope: ProjectScope, runId: string): Promise<RunResponse> {
    await this.steering.cancel(scope, runId);
    return this.getRun(scope, runId);
  }

  async stopRun(scope: ProjectScope, runId: string): Promise<RunResponse> {
    await this.steering.stop(scope, runId);
    return this.getRun(scope, runId);
  }

  async pauseRun(scope: ProjectScope, runId: string): Promise<RunResponse> {
    await this.steering.pause(scope, runId);
    return this.getRun(scope, runId);
  }

  async continueRun(scope: ProjectScope, runId: string): Promise<RunResponse> {
    await this.steering.continue(scope, runId);
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
        await this.telling.changed(scope, runId, manager);
      });
    } catch (error) {
      // Somebody promoted it between the look and the deletion.
      if (isForeignKeyViolation(error)) throw neededBy(run.name, ['a model version']);
      throw error;
    }
    await this.artifacts.remove(runId);
  }

  private async refuseExtension(scope: ProjectScope, parent: RunEntity): Promise<void> {
    const refuse = (detail: string): never => {
      throw new Problem('conflict', detail);
    };
    if (!isTerminal(parent.status))
      refuse(`Run "${parent.name}" is ${parent.status}; give it more time when it has ended.`);
    if (parent.kind === 'fixed') refuse(`Run "${parent.name}" did not search, so more time changes nothing.`);
    if (!(await this.runs.findSearchState(scope, parent.id)))
      refuse(`Run "${parent.name}" left nothing to go on from. Start a new run with more time.`);
  }

  private async find(scope: Scope, runId: string): Promise<RunEntity> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    return run;
  }
}

/** @param written what the trainer wrote down that the candidate is made of */
function refuseFitting(
  run: RunEntity,
  candidate: CandidateState,
  written: CandidateRecipe | undefined,
): void {
  const refuse = (detail: string): never => {
    throw new Problem('conflict', detail);
  };
  if (candidate.isEnsemble && !written)
    refuse(
      'What this ensemble is made of was not kept, because its run did not succeed; fit one of its members.',
    );
  if (candidate.isBaseline) refuse('The baseline only guesses; there is nothing to fit.');
  if (candidate.status !== 'succeeded')
    refuse(`Candidate ${candidate.candidateId} is ${candidate.status}; only one with a score can be fitted.`);
  if (run.winnerCandidateId === candidate.candidateId && run.status === 'succeeded')
    refuse('This candidate is the model of its run already.');
}
