import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { messageOf } from '../../platform/database/data-source.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import { ModelServers, type ModelPrediction } from '../../serving/model-servers.js';
import { RowValidator } from '../../serving/rows/row-validator.js';
import { ModelsService, type ServableModel } from '../../models/models.service.js';
import type { Deployment } from '../deployment.entity.js';
import { DeploymentsRepository } from '../deployments.repository.js';
import { applyRules, NO_RULES, type AnswerRules } from '../predict/answer-rules.js';
import { CompiledModels } from '../predict/compiled-models.js';
import { MASKED } from '../predict/log-mask.js';
import { MAX_ROWS_PER_CALL } from '../prediction.dto.js';
import { DeploymentTarget } from './deployment-target.entity.js';
import { RehearsalTally } from './rehearsal-tally.js';
import type { RehearsalResult } from './rehearsal.dto.js';
import {
  REHEARSE,
  RehearsalsRepository,
  type LoggedCall,
  type RehearsalRow,
} from './rehearsals.repository.js';
import { TargetsRepository } from './targets.repository.js';
import { TrafficService } from './traffic.service.js';

const ATTEMPTS = 3;
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 250;
const CALLS_BETWEEN_NOTES = 25;
const MAX_REASON_CHARACTERS = 500;

type Answer = (rows: readonly unknown[]) => Promise<readonly ModelPrediction[]>;

/** Answers the last logged calls once more with a version that is not live: what would change, and how long it takes. */
@Injectable()
export class RehearsalRun implements OnModuleInit, OnApplicationBootstrap {
  private readonly log = new Logger(RehearsalRun.name);

  constructor(
    private readonly rehearsals: RehearsalsRepository,
    private readonly deployments: DeploymentsRepository,
    private readonly models: ModelsService,
    private readonly compiled: CompiledModels,
    private readonly servers: ModelServers,
    private readonly targets: TargetsRepository,
    private readonly traffic: TrafficService,
    private readonly queue: WorkQueue,
  ) {}

  onModuleInit(): void {
    this.queue.register(REHEARSE, { concurrency: 1, attempts: ATTEMPTS }, (id, context) =>
      this.run(id, context),
    );
  }

  onApplicationBootstrap(): Promise<void> {
    return this.takeUp();
  }

  /** Work whose last try could not even note its end, as when the database was away, is done again. */
  @Cron(CronExpression.EVERY_5_MINUTES)
  async takeUp(): Promise<void> {
    try {
      for (const { id } of await this.rehearsals.unfinished()) await this.queue.enqueue(REHEARSE, id);
    } catch (cause) {
      this.log.warn(`Rehearsals could not be taken up, the next try is soon: ${messageOf(cause)}`);
    }
  }

  private async run(id: string, context: WorkContext): Promise<void> {
    const rehearsal = await this.rehearsals.findForWorker(id);
    if (!rehearsal || rehearsal.finished_at !== null) return;
    try {
      await this.rehearse(rehearsal, context);
    } catch (error) {
      const again = context.signal.aborted || context.attempt < ATTEMPTS;
      if (!(error instanceof Problem) && again) throw error;
      if (!(error instanceof Problem)) this.log.error({ err: error, rehearsalId: id }, 'A rehearsal failed.');
      const reason =
        error instanceof Problem ? error.detail : 'Internal error; the log of the API tells more.';
      await this.rehearsals.finish(rehearsal, { status: 'failed', reason });
    } finally {
      await this.traffic.endRehearsal(rehearsal.project_id, rehearsal.deployment_id);
    }
  }

  private async rehearse(rehearsal: RehearsalRow, { signal }: WorkContext): Promise<void> {
    const scope = SystemScope.forBackgroundWork(rehearsal.project_id);
    const deployment = await this.deployments.find(scope, rehearsal.deployment_id);
    if (!deployment) return;
    const model = await this.models.getServable(scope, rehearsal.model_version_id);
    const calls = await this.rehearsals.lastCalls(deployment.id, rehearsal.wanted_calls);
    if (!(await this.rehearsals.progress(rehearsal, 0, calls.length))) return this.cancelled(rehearsal);
    const candidate = await this.candidate(deployment, model, rehearsal, signal);
    if (!candidate) return this.cancelled(rehearsal);
    const current = await this.current(deployment);
    // Intervals say nothing about the answer itself, so they stay away.
    const rules = { ...NO_RULES, abstainBelow: deployment.abstainBelow };
    const tally = new RehearsalTally();
    const needed = model.contract.inputs.filter(({ required }) => required).map(({ name }) => name);
    for (const [done, call] of calls.entries()) {
      if (
        done % CALLS_BETWEEN_NOTES === 0 &&
        !(await this.rehearsals.progress(rehearsal, done, calls.length))
      )
        return this.cancelled(rehearsal);
      if (signal.aborted) throw new Error('The process ends; another one does the rehearsal again.');
      if (isFit(call, needed, tally)) await answerAgain(call, tally, { candidate, current, rules });
    }
    await this.rehearsals.progress(rehearsal, calls.length, calls.length);
    const result = tally.result();
    const reason = calls.length > 0 && result.calls === 0 ? nothingToAnswer(result) : undefined;
    await this.rehearsals.finish(
      rehearsal,
      reason === undefined ? { status: 'succeeded', result } : { status: 'failed', reason, result },
    );
  }

  private cancelled(rehearsal: RehearsalRow): Promise<void> {
    return this.rehearsals.finish(rehearsal, { status: 'cancelled' });
  }

  /** The version that answers, for comparing times; nothing when it is not there to be asked. */
  private async current(deployment: Deployment): Promise<Answer | undefined> {
    const form = await this.compiled.formOf(deployment.projectId, deployment.modelVersionId);
    const validator = new RowValidator(deployment.contract, MAX_ROWS_PER_CALL);
    if (form.path === 'compiled') return checked(validator, (rows) => form.model.predict(rows));
    if (deployment.observedState !== 'ready') return undefined;
    return checked(validator, (rows) => this.servers.predict(deployment.serverId, rows));
  }

  /** @returns nothing when it was cancelled meanwhile */
  private async candidate(
    deployment: Deployment,
    model: ServableModel,
    rehearsal: RehearsalRow,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const form = await this.compiled.formOf(deployment.projectId, model.modelVersionId);
    const validator = new RowValidator(model.contract, MAX_ROWS_PER_CALL);
    if (form.path === 'compiled') return checked(validator, (rows) => form.model.predict(rows));
    const serverId =
      deployment.modelVersionId === model.modelVersionId
        ? deployment.serverId
        : await this.server(deployment, model, rehearsal, signal);
    return serverId === undefined
      ? undefined
      : checked(validator, (rows) => this.servers.predict(serverId, rows));
  }

  private async server(
    deployment: Deployment,
    model: ServableModel,
    rehearsal: RehearsalRow,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const scope = SystemScope.forBackgroundWork(deployment.projectId);
    if (deployment.desiredState === 'stopped')
      throw new Problem('deployment-not-ready', 'The deployment is stopped; start it, and rehearse again.');
    await this.traffic.placeForRehearsal(scope, deployment.id, model);
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if (signal.aborted) throw new Error('The process ends; another one does the rehearsal again.');
      const target = serverWith(model, await this.targets.ofDeployment(scope, deployment.id));
      if (target?.observedState === 'ready') return target.serverId;
      if (!target || target.observedState === 'failed')
        throw new Problem(
          'deployment-not-ready',
          `Its server did not start: ${target?.failureReason ?? 'it was removed.'}`,
        );
      if (!(await this.rehearsals.progress(rehearsal, 0, rehearsal.calls_total ?? 0))) return undefined;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Problem('deployment-not-ready', `Its server was not ready within ${READY_WITHIN_MS / 1000} s.`);
  }
}

function serverWith(
  model: ServableModel,
  targets: readonly DeploymentTarget[],
): DeploymentTarget | undefined {
  return targets.find(({ modelVersionId }) => modelVersionId === model.modelVersionId);
}

function checked(
  validator: RowValidator,
  predict: (
    rows: Extract<ReturnType<RowValidator['check']>, { ok: true }>['rows'],
  ) => Promise<{ readonly predictions: readonly ModelPrediction[] }>,
): Answer {
  return async (rows) => {
    const check = validator.check({ rows });
    if (!check.ok)
      throw new Problem('invalid-prediction-input', 'The rows do not fit this version.', {
        errors: check.errors,
      });
    return (await predict(check.rows)).predictions;
  };
}

/** Whether the call can be answered once more as it was; else it is counted as left out. */
function isFit(call: LoggedCall, needed: readonly string[], tally: RehearsalTally): boolean {
  const { leftOut } = tally;
  const lacking = lackingIn(call.inputs, needed);
  if (call.status >= 400) leftOut.failed += 1;
  else if (call.truncated) leftOut.truncated += 1;
  else if (call.inputs.some(isMasked)) leftOut.masked += 1;
  else if (lacking.length > 0) tally.lacks(lacking);
  else return true;
  return false;
}

/** A rehearsal in which nothing was rehearsed says nothing about the version. */
function nothingToAnswer({ leftOut }: RehearsalResult): string {
  const whys = [
    [leftOut.failed, 'had failed'],
    [leftOut.masked, 'have masked values'],
    [leftOut.lacking, 'lack an input that the version needs'],
    [leftOut.truncated, 'were too long for the log'],
  ] as const;
  const said = whys.flatMap(([count, why]) => (count > 0 ? [`${count} ${why}`] : []));
  return `None of the last calls can be answered again: ${said.join(', ')}.`;
}

/** Inputs that some row does not have. Callers may have sent them: what the version that answered did not use is not kept. */
function lackingIn(rows: readonly unknown[], needed: readonly string[]): string[] {
  return needed.filter((name) =>
    rows.some((row) => typeof row === 'object' && row !== null && !Object.hasOwn(row, name)),
  );
}

function isMasked(row: unknown): boolean {
  return row === MASKED || (typeof row === 'object' && row !== null && Object.values(row).includes(MASKED));
}

interface Versions {
  readonly candidate: Answer;
  /** The version that answers now, where it can be asked. */
  readonly current: Answer | undefined;
  readonly rules: AnswerRules;
}

async function answerAgain(
  call: LoggedCall,
  tally: RehearsalTally,
  { candidate, current, rules }: Versions,
): Promise<void> {
  const startedAt = performance.now();
  try {
    const answer = await candidate(call.inputs);
    const ms = performance.now() - startedAt;
    // The log has answers as they were given out. The rule of today for both: a rule that came later is no change
    // that the version makes.
    tally.answered(call.id, applyRules(call.outputs, rules), applyRules(answer, rules), ms);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const reasons = (error.errors ?? []).map(({ detail }) => detail);
    tally.failed(call.id, [error.detail, ...reasons].join(' ').slice(0, MAX_REASON_CHARACTERS));
  }
  if (!current) return;
  const askedAt = performance.now();
  try {
    await current(call.inputs);
    tally.currentTook(performance.now() - askedAt);
  } catch (error) {
    // The rows may be of another contract than that of the version that answers now: no time to compare.
    if (!(error instanceof Problem)) throw error;
  }
}
