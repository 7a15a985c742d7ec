import {
  metricNamed,
  type CandidateState,
  type StudyDimension,
  type TrialRecord,
} from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { toPage } from '../../platform/paging/page.js';
import { Problem } from '../../platform/problems/problem.js';
import { RunEventRepository } from '../run-event.repository.js';
import { runNotFound } from '../run-problems.js';
import { RunStarter } from '../run-starter.js';
import { RunViews } from '../run-views.js';
import type { RunResponse } from '../run.dto.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { fittingSeconds } from '../plan/run-budget.js';
import type {
  ApplyTrialRequest,
  SearchDimension,
  StartStudyRequest,
  StudySpaceResponse,
  TrialListQuery,
  TrialListResponse,
  TrialResponse,
} from './study.dto.js';
import { checkedSpace, familySpace, PRUNERS, SAMPLERS, spaceFor, suggestedStudy } from './study-space.js';
import { TrialRepository } from './trial.repository.js';

/** Tuning studies: the hyperparameters of one candidate, tried on the folds of its run. */
@Injectable()
export class StudiesService {
  constructor(
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly trials: TrialRepository,
    private readonly starter: RunStarter,
    private readonly views: RunViews,
  ) {}

  /** @throws Problem `run-not-found`, `candidate-not-found`, `conflict` for one that cannot be tuned */
  async space(scope: Scope, runId: string, candidateId: string): Promise<StudySpaceResponse> {
    const { run, candidate } = await this.tunable(scope, runId, candidateId);
    const secondsPerTrial = trialSeconds(run, candidate);
    return {
      family: candidate.family,
      label: candidate.label,
      base: { ...candidate.hyperparameters },
      space: spaceFor(candidate, run.plan.columns),
      samplers: SAMPLERS,
      pruners: PRUNERS,
      secondsPerTrial,
      ...suggestedStudy(secondsPerTrial),
    };
  }

  /**
   * Queues a run of kind `study` on the same rows, folds and seed.
   * @throws Problem as {@link space}; `invalid-request` naming what is wrong with the space; `name-taken`, `queue-full`
   */
  async start(
    scope: ProjectScope,
    runId: string,
    candidateId: string,
    request: StartStudyRequest,
    id?: string,
  ): Promise<RunResponse> {
    const { run, candidate } = await this.tunable(scope, runId, candidateId);
    const study = await this.starter.repeat(
      scope,
      run,
      {
        origin: 'study',
        kind: 'study',
        parentRunId: runId,
        parentCandidateId: candidateId,
        budgetSeconds: request.budgetSeconds,
        name: request.name,
        nameTail: `${candidate.family}-study`,
        study: {
          family: candidate.family,
          baseHyperparameters: { ...candidate.hyperparameters },
          space: wantedSpace(run, candidate, request.space),
          sampler: request.sampler,
          pruner: request.pruner,
          maxTrials: request.maxTrials,
        },
      },
      id,
    );
    return this.views.one(scope, study);
  }

  /** @throws Problem `run-not-found`, `conflict` for a run that is no study */
  async list(scope: Scope, runId: string, query: TrialListQuery): Promise<TrialListResponse> {
    const { run, study } = await this.study(scope, runId);
    const [rows, total, best, importance] = await Promise.all([
      this.trials.list(scope, runId, query),
      this.trials.count(scope, runId),
      this.trials.best(scope, runId, metricNamed(run.metric).greaterIsBetter),
      this.events.ofType(scope, runId, 'importance', 1),
    ]);
    const [newest] = importance;
    return {
      ...toPage(
        rows,
        query.limit,
        (trial) => [trial.number],
        (trial) => toTrial(trial, best),
      ),
      total,
      study: {
        family: study.family,
        sampler: study.sampler,
        pruner: study.pruner,
        maxTrials: study.maxTrials,
        space: [...study.space],
      },
      importance: newest ? { method: newest.method, trials: newest.trials, items: newest.items } : null,
    };
  }

  /**
   * Queues a run that fits the recipe of a trial on all training rows; its model is a new version.
   * @throws Problem `run-not-found`, `trial-not-found`, `conflict` for a trial without a score on every fold
   */
  async apply(
    scope: ProjectScope,
    runId: string,
    number: number,
    request: ApplyTrialRequest,
    id?: string,
  ): Promise<RunResponse> {
    const { run, study } = await this.study(scope, runId);
    const trial = await this.trials.find(scope, runId, number);
    if (!trial) throw new Problem('trial-not-found', `Study "${run.name}" has no trial ${number}.`);
    if (trial.state !== 'complete')
      throw new Problem(
        'conflict',
        `Trial ${number} is ${trial.state}; only one that was judged on every fold can be applied.`,
      );
    const fitted = await this.starter.repeat(
      scope,
      run,
      {
        origin: 'study-apply',
        kind: 'fixed',
        parentRunId: runId,
        parentCandidateId: `trial-${number}`,
        recipe: { family: study.family, hyperparameters: trial.hyperparameters },
        budgetSeconds: fittingSeconds(trial.seconds),
        name: request.name,
        nameTail: `${study.family}-tuned`,
      },
      id,
    );
    return this.views.one(scope, fitted);
  }

  private async tunable(
    scope: Scope,
    runId: string,
    candidateId: string,
  ): Promise<{ run: RunEntity; candidate: CandidateState }> {
    const run = await this.find(scope, runId);
    const candidate = await this.events.candidate(scope, runId, candidateId);
    if (!candidate)
      throw new Problem('candidate-not-found', `Run "${run.name}" has no candidate ${candidateId}.`);
    const refuse = (detail: string): never => {
      throw new Problem('conflict', detail);
    };
    if (candidate.isEnsemble)
      refuse('An ensemble has no hyperparameters of its own; tune one of its members.');
    if (candidate.isBaseline) refuse('The baseline only guesses; there is nothing to tune.');
    if (candidate.status !== 'succeeded')
      refuse(`Candidate ${candidateId} is ${candidate.status}; only one with a score can be tuned.`);
    if (!familySpace(candidate.family))
      refuse(`${candidate.label} has no hyperparameters that can be tuned here.`);
    return { run, candidate };
  }

  private async study(scope: Scope, runId: string) {
    const run = await this.find(scope, runId);
    const { study } = run.plan;
    if (run.kind !== 'study' || !study)
      throw new Problem('conflict', `Run "${run.name}" is no tuning study, so it has no trials.`);
    return { run, study };
  }

  private async find(scope: Scope, runId: string): Promise<RunEntity> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    return run;
  }
}

function wantedSpace(
  run: RunEntity,
  candidate: CandidateState,
  asked: readonly SearchDimension[] | undefined,
): StudyDimension[] {
  if (!asked) return spaceFor(candidate, run.plan.columns);
  const { space, errors } = checkedSpace(candidate.family, asked);
  if (errors.length > 0)
    throw new Problem('invalid-request', 'The search space cannot be used as it is; see errors.', { errors });
  return space;
}

/** Time of one trial: the folds of the candidate, side by side on the processors of the run. */
function trialSeconds({ plan }: RunEntity, { fitSeconds, foldScores }: CandidateState): number | null {
  if (fitSeconds == null) return null;
  const folds = foldScores?.length || plan.validation.folds;
  return (fitSeconds * folds) / Math.max(1, Math.floor(plan.limits.cpus));
}

function toTrial(trial: TrialRecord, best: number | null): TrialResponse {
  return {
    number: trial.number,
    state: trial.state,
    params: trial.params,
    hyperparameters: trial.hyperparameters,
    score: trial.score ?? null,
    std: trial.std ?? null,
    foldScores: trial.foldScores,
    seconds: trial.seconds,
    reason: trial.reason ?? null,
    best: trial.number === best,
  };
}
