import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { UnreadableBody } from '../../platform/http/json-body.js';
import { Problem } from '../../platform/problems/problem.js';
import { refusedRows } from '../../serving/rows/refused-rows.js';
import { endedOverCall, type ModelServerAnswer } from '../../serving/model-servers.js';
import { CallLimits, type LimitsTaken } from '../access/call-limits.js';
import { CallDoor } from '../access/call-door.js';
import { ShadowTraffic } from '../traffic/shadow-traffic.js';
import { applyRules, type Prediction } from './answer-rules.js';
import type { Caller } from './caller-check.js';
import { chooseTarget, servedVersion } from './choose-target.js';
import type { Endpoint, ServingTarget } from './endpoint.js';
import { Explanations, type ReplyExplanation } from './explanations.js';
import { loggedRows, storableText, type PredictionEntry } from './prediction-entry.js';
import { PredictionLogger } from './prediction-logger.js';
import { readNative, type Question, type ReadQuestion } from './question.js';
import { TargetCalls } from './target-calls.js';
import type { CheckedRows } from '../../serving/rows/row-validator.js';

export interface PredictCall {
  readonly idOrSlug: string;
  readonly principal: Principal;
  readonly body: unknown;
  /** How the body is read; the native form when left out. */
  readonly read?: ReadQuestion;
  readonly clientAddress: string | null;
  /** `performance.now()` when the request arrived. */
  readonly arrivedAt: number;
  /** Given when another part of this process has taken the call already. */
  readonly callId?: string;
  /** Calls with the same key are answered by the same version while traffic is split. */
  readonly splitKey?: string;
  /** Number of the version that has to answer; the split decides when left out. */
  readonly version?: string;
  /** Aborted with a problem when the caller has gone. */
  readonly signal?: AbortSignal | undefined;
}

export interface PredictReply {
  readonly deployment_id: string;
  readonly endpoint_slug: string;
  readonly model_version: number;
  readonly predictions: readonly Prediction[];
  /** Only for calls that ask for it. */
  readonly explanation?: ReplyExplanation;
  readonly latency_ms: number;
  readonly request_id: string;
}

export interface PredictOutcome {
  readonly reply: PredictReply;
  readonly endpoint: Endpoint;
  /** The version that answered; while traffic is split that need not be the primary. */
  readonly target: ServingTarget;
  readonly limits: LimitsTaken;
  /** The log row, whose latency is set when the last byte is out. */
  readonly entry: PredictionEntry;
}

/** One that has failed waits for a person to start it; asking every few seconds would not bring that about. */
const FAILED_RETRY_SECONDS = 60;

interface CallInProgress {
  readonly id: string;
  readonly call: PredictCall;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  /** The version that answers; the primary until the body was read. */
  target: ServingTarget;
  /** Once the body was read. */
  question: Question | undefined;
}

/** The prediction path: who may, how often, is the input right, ask the model server, log, answer. */
@Injectable()
export class PredictService {
  constructor(
    private readonly door: CallDoor,
    private readonly limits: CallLimits,
    private readonly targets: TargetCalls,
    private readonly logger: PredictionLogger,
    private readonly explanations: Explanations,
    private readonly shadows: ShadowTraffic,
  ) {}

  /** @throws Problem also for refused calls; those that reached the deployment are in its log (M11) */
  async predict(call: PredictCall): Promise<PredictOutcome> {
    const { endpoint, caller, key } = await this.door.admit(call);
    const limits = await this.door.unlessRefused(call, endpoint, caller, () =>
      this.limits.take(endpoint, key),
    );
    const progress: CallInProgress = {
      id: call.callId ?? uuidv7(),
      call,
      endpoint,
      target: endpoint.primary,
      caller,
      question: undefined,
    };
    try {
      return { ...(await this.answer(progress)), limits };
    } catch (error) {
      if (error instanceof Problem) await this.logger.record(failedEntry(progress, error));
      throw error;
    }
  }

  private async answer(progress: CallInProgress): Promise<Omit<PredictOutcome, 'limits'>> {
    const { endpoint, call } = progress;
    if (call.body instanceof UnreadableBody) throw call.body.problem;
    const question = readQuestion(progress);
    try {
      return await this.answerBy(progress, question);
    } catch (error) {
      const isOther = progress.target !== endpoint.primary && call.version === undefined;
      const isAway =
        error instanceof Problem && error.code === 'deployment-unavailable' && !endedOverCall(error);
      if (!isOther || !isAway) throw error;
      // The version in place answers for one that cannot.
      progress.target = endpoint.primary;
      progress.question = (call.read ?? readNative)(call.body, endpoint.primary);
      return this.answerBy(progress, progress.question);
    }
  }

  private async answerBy(
    progress: CallInProgress,
    question: Question,
  ): Promise<Omit<PredictOutcome, 'limits'>> {
    const { endpoint, call, target } = progress;
    const checked = target.validator.check(question.body);
    if (!checked.ok) throw refusedRows(checked.errors, `the model of "${endpoint.slug}"`);
    requireServing(endpoint, target);
    const answer = await this.targets.predict(endpoint, target, checked.rows, {
      callId: progress.id,
      signal: call.signal,
    });
    crashpoint('predict.answered');
    const predictions = applyRules(withWarnings(answer, checked), target.rules);
    const explanation =
      question.explain &&
      (await this.explanations.of(endpoint, target, checked.rows, question.explain.label));
    const latencyMs = elapsed(call.arrivedAt);
    const entry = {
      ...entryOf(progress, latencyMs),
      status: 200,
      ...rowsOf(target.mask.rows(checked.rows), target.mask.answers(predictions)),
      error: null,
    };
    await this.logger.record(entry);
    crashpoint('predict.logged');
    if (endpoint.shadow) {
      const { predictions: given } = answer;
      this.shadows.offer(endpoint, { id: progress.id, rows: rowsIn(question.body), predictions: given });
    }
    const reply = {
      deployment_id: endpoint.id,
      endpoint_slug: endpoint.slug,
      model_version: target.modelVersionNumber,
      predictions,
      ...(explanation ? { explanation } : {}),
      latency_ms: round(elapsed(call.arrivedAt)),
      request_id: progress.id,
    };
    return { reply, endpoint, target, entry };
  }
}

/** Reads the body and chooses who answers; another version than the primary may read the body in its own way. */
function readQuestion(progress: CallInProgress): Question {
  const { call, endpoint, id } = progress;
  const read = call.read ?? readNative;
  if (call.version !== undefined) {
    progress.target = servedVersion(endpoint, call.version);
    return (progress.question = read(call.body, progress.target));
  }
  const asked = read(call.body, endpoint.primary);
  // Contributions come from a container, and only the primary's is woken when it rests.
  if (asked.explain) return (progress.question = asked);
  progress.target = chooseTarget(endpoint, {
    callId: id,
    header: call.splitKey,
    firstRow: rowsIn(asked.body)[0],
  });
  const question = progress.target === endpoint.primary ? asked : read(call.body, progress.target);
  progress.question = question;
  return question;
}

function withWarnings(answer: ModelServerAnswer, checked: CheckedRows): Prediction[] {
  return answer.predictions.map((prediction, index) => {
    const warnings = checked.warnings[index];
    return warnings ? { ...prediction, warnings } : prediction;
  });
}

function requireServing(endpoint: Endpoint, target: ServingTarget): void {
  if (endpoint.desiredState === 'stopped') {
    throw new Problem(
      'deployment-not-ready',
      `Deployment "${endpoint.slug}" is stopped. Start it and send the call again.`,
    );
  }
  // A compiled model answers whatever state its container is in.
  if (target.observedState === 'failed' && target.form.path === 'container') {
    // Nobody wanted it so, hence no mistake of the caller: callers that try again do, and figures of failures count it.
    const reason = target.failureReason ?? 'The reason is not known.';
    throw new Problem('deployment-unavailable', `Deployment "${endpoint.slug}" has failed: ${reason}`, {
      retryAfterSeconds: FAILED_RETRY_SECONDS,
    });
  }
}

type EntryBase = Omit<PredictionEntry, 'status' | 'rowCount' | 'inputs' | 'outputs' | 'truncated' | 'error'>;

function entryOf(
  { id, endpoint, target, caller, call, question }: CallInProgress,
  latencyMs: number,
): EntryBase {
  return {
    id,
    projectId: endpoint.projectId,
    deploymentId: endpoint.id,
    modelVersionId: target.modelVersionId,
    modelVersionNumber: target.modelVersionNumber,
    at: new Date(Date.now() - latencyMs).toISOString(),
    latencyMs,
    callerKind: caller.kind,
    callerId: caller.id,
    callerName: caller.name,
    clientAddress: call.clientAddress,
    ...(question?.explain && { explained: true }),
  };
}

function rowsOf(inputs: readonly unknown[], outputs: readonly unknown[]) {
  const loggedInputs = loggedRows(inputs);
  const loggedOutputs = loggedRows(outputs);
  return {
    rowCount: inputs.length,
    inputs: loggedInputs.rows,
    outputs: loggedOutputs.rows,
    truncated: loggedInputs.truncated || loggedOutputs.truncated,
  };
}

function failedEntry(progress: CallInProgress, problem: Problem): PredictionEntry {
  const body = progress.question?.body ?? progress.call.body;
  // Of what is no JSON there are no rows, and nothing of it is kept.
  const rows = body === undefined || body === null || body instanceof UnreadableBody ? [] : rowsIn(body);
  const { mask } = progress.target;
  const reasons = mask.reasons(problem.errors ?? []);
  const error = storableText([problem.detail, ...reasons].join(' ')).slice(0, 2000);
  return {
    ...entryOf(progress, elapsed(progress.call.arrivedAt)),
    status: problem.status,
    ...rowsOf(mask.rows(rows), []),
    error,
    errorCode: problem.code,
  };
}

function rowsIn(body: unknown): readonly unknown[] {
  return typeof body === 'object' && body !== null && 'rows' in body && Array.isArray(body.rows)
    ? (body.rows as unknown[])
    : [body];
}

const elapsed = (since: number): number => performance.now() - since;
const round = (ms: number): number => Math.round(ms * 1000) / 1000;
