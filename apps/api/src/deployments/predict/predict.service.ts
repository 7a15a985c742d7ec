import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers, type ModelServerAnswer } from '../../serving/model-servers.js';
import { CallLimits, type LimitsTaken } from '../access/call-limits.js';
import { CallDoor } from '../access/call-door.js';
import type { Caller } from './caller-check.js';
import type { Endpoint } from './endpoint.js';
import { loggedRows, storableText, type PredictionEntry } from './prediction-entry.js';
import { PredictionLogger } from './prediction-logger.js';
import { applyRules, type Prediction } from './answer-rules.js';
import { Explanations, type ReplyExplanation } from './explanations.js';
import { readNative, type Question, type ReadQuestion } from './question.js';
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
  readonly limits: LimitsTaken;
  /** The log row, whose latency is set when the last byte is out. */
  readonly entry: PredictionEntry;
}

interface CallInProgress {
  readonly id: string;
  readonly call: PredictCall;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  /** Once the body was read. */
  question: Question | undefined;
}

/** The prediction path: who may, how often, is the input right, ask the model server, log, answer. */
@Injectable()
export class PredictService {
  constructor(
    private readonly door: CallDoor,
    private readonly limits: CallLimits,
    private readonly servers: ModelServers,
    private readonly logger: PredictionLogger,
    private readonly explanations: Explanations,
  ) {}

  /** @throws Problem also for refused calls; those that reached the deployment are in its log (M11) */
  async predict(call: PredictCall): Promise<PredictOutcome> {
    const { endpoint, caller, key } = await this.door.admit(call);
    const limits = await this.door.unlessRefused(call, endpoint, caller, () =>
      this.limits.take(endpoint, key),
    );
    const progress: CallInProgress = { id: uuidv7(), call, endpoint, caller, question: undefined };
    try {
      return { ...(await this.answer(progress)), limits };
    } catch (error) {
      if (error instanceof Problem) await this.logger.record(failedEntry(progress, error));
      throw error;
    }
  }

  private async answer(progress: CallInProgress): Promise<Omit<PredictOutcome, 'limits'>> {
    const { endpoint, call } = progress;
    const question = (progress.question = (call.read ?? readNative)(call.body, endpoint));
    const checked = endpoint.validator.check(question.body);
    if (!checked.ok) {
      const detail = `${checked.errors.length === 1 ? 'One value does' : `${checked.errors.length} values do`} not fit the model of "${endpoint.slug}".`;
      throw new Problem('invalid-prediction-input', detail, { errors: checked.errors });
    }
    requireServing(endpoint);
    const { form } = endpoint;
    const answer =
      form.path === 'compiled'
        ? await form.model.predict(checked.rows)
        : await this.servers.predict(endpoint.id, checked.rows);
    crashpoint('predict.answered');
    const predictions = applyRules(withWarnings(answer, checked), endpoint.rules);
    const explanation =
      question.explain && (await this.explanations.of(endpoint, checked.rows, question.explain.label));
    const latencyMs = elapsed(call.arrivedAt);
    const entry = {
      ...entryOf(progress, latencyMs),
      status: 200,
      ...rowsOf(endpoint.mask.rows(checked.rows), endpoint.mask.answers(predictions)),
      error: null,
    };
    await this.logger.record(entry);
    crashpoint('predict.logged');
    const reply = {
      deployment_id: endpoint.id,
      endpoint_slug: endpoint.slug,
      model_version: endpoint.modelVersionNumber,
      predictions,
      ...(explanation ? { explanation } : {}),
      latency_ms: round(elapsed(call.arrivedAt)),
      request_id: progress.id,
    };
    return { reply, endpoint, entry };
  }
}

function withWarnings(answer: ModelServerAnswer, checked: CheckedRows): Prediction[] {
  return answer.predictions.map((prediction, index) => {
    const warnings = checked.warnings[index];
    return warnings ? { ...prediction, warnings } : prediction;
  });
}

function requireServing(endpoint: Endpoint): void {
  if (endpoint.desiredState === 'stopped') {
    throw new Problem(
      'deployment-not-ready',
      `Deployment "${endpoint.slug}" is stopped. Start it and send the call again.`,
    );
  }
  // A compiled model answers whatever state its container is in.
  if (endpoint.observedState === 'failed' && endpoint.form.path === 'container') {
    const reason = endpoint.failureReason ?? 'the reason is not known';
    throw new Problem('deployment-not-ready', `Deployment "${endpoint.slug}" has failed: ${reason}`);
  }
}

type EntryBase = Omit<PredictionEntry, 'status' | 'rowCount' | 'inputs' | 'outputs' | 'truncated' | 'error'>;

function entryOf({ id, endpoint, caller, call }: CallInProgress, latencyMs: number): EntryBase {
  return {
    id,
    projectId: endpoint.projectId,
    deploymentId: endpoint.id,
    modelVersionId: endpoint.modelVersionId,
    modelVersionNumber: endpoint.modelVersionNumber,
    at: new Date(Date.now() - latencyMs).toISOString(),
    latencyMs,
    callerKind: caller.kind,
    callerId: caller.id,
    callerName: caller.name,
    clientAddress: call.clientAddress,
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
  const rows =
    typeof body === 'object' && body !== null && 'rows' in body && Array.isArray(body.rows)
      ? (body.rows as unknown[])
      : [body];
  const { mask } = progress.endpoint;
  const reasons = mask.reasons(problem.errors ?? []);
  const error = storableText([problem.detail, ...reasons].join(' ')).slice(0, 2000);
  return {
    ...entryOf(progress, elapsed(progress.call.arrivedAt)),
    status: problem.status,
    ...rowsOf(mask.rows(rows), []),
    error,
  };
}

const elapsed = (since: number): number => performance.now() - since;
const round = (ms: number): number => Math.round(ms * 1000) / 1000;
