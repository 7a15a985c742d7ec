import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers, type ModelServerAnswer } from '../../serving/model-servers.js';
import { PredictionAllowance, type AllowanceAnswer } from './allowance.js';
import { CallerCheck, type Caller } from './caller-check.js';
import type { Endpoint } from './endpoint.js';
import { EndpointDirectory } from './endpoint-directory.js';
import { loggedRows, storableText, type PredictionEntry } from './prediction-entry.js';
import { PredictionLogger } from './prediction-logger.js';
import type { CheckedRows } from '../../serving/rows/row-validator.js';

export interface PredictCall {
  readonly idOrSlug: string;
  readonly principal: Principal;
  readonly body: unknown;
  readonly clientAddress: string | null;
  /** `performance.now()` when the request arrived. */
  readonly arrivedAt: number;
}

export interface PredictReply {
  readonly deployment_id: string;
  readonly endpoint_slug: string;
  readonly model_version: number;
  readonly predictions: readonly unknown[];
  readonly latency_ms: number;
  readonly request_id: string;
}

export interface PredictOutcome {
  readonly reply: PredictReply;
  readonly allowance: AllowanceAnswer;
  /** The log row, whose latency is set when the last byte is out. */
  readonly entry: PredictionEntry;
}

interface CallInProgress {
  readonly id: string;
  readonly call: PredictCall;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
}

/** The prediction path: who may, how often, is the input right, ask the model server, log, answer. */
@Injectable()
export class PredictService {
  constructor(
    private readonly directory: EndpointDirectory,
    private readonly callers: CallerCheck,
    private readonly allowance: PredictionAllowance,
    private readonly servers: ModelServers,
    private readonly logger: PredictionLogger,
  ) {}

  /** @throws Problem also for refused calls; those that reached the deployment are in its log (M11) */
  async predict(call: PredictCall): Promise<PredictOutcome> {
    const { endpoint, caller } = await this.callers.admit(
      call.principal,
      await this.directory.find(call.idOrSlug),
      call.clientAddress,
    );
    const allowance = await this.allowance.take(endpoint.id, endpoint.rateLimitPerMinute);
    if (!allowance.allowed) throw tooMany(endpoint, allowance);
    const progress: CallInProgress = { id: uuidv7(), call, endpoint, caller };
    try {
      return { ...(await this.answer(progress)), allowance };
    } catch (error) {
      if (error instanceof Problem) await this.logger.record(failedEntry(progress, error));
      throw error;
    }
  }

  private async answer(progress: CallInProgress): Promise<Omit<PredictOutcome, 'allowance'>> {
    const { endpoint, call } = progress;
    const checked = endpoint.validator.check(call.body);
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
    const predictions = withWarnings(answer, checked);
    const latencyMs = elapsed(call.arrivedAt);
    const entry = {
      ...entryOf(progress, latencyMs),
      status: 200,
      ...rowsOf(endpoint.mask.rows(checked.rows), predictions),
      error: null,
    };
    await this.logger.record(entry);
    crashpoint('predict.logged');
    const reply = {
      deployment_id: endpoint.id,
      endpoint_slug: endpoint.slug,
      model_version: endpoint.modelVersionNumber,
      predictions,
      latency_ms: round(elapsed(call.arrivedAt)),
      request_id: progress.id,
    };
    return { reply, entry };
  }
}

function withWarnings(answer: ModelServerAnswer, checked: CheckedRows): unknown[] {
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

function tooMany(endpoint: Endpoint, allowance: AllowanceAnswer): Problem {
  const detail = `Deployment "${endpoint.slug}" answers ${allowance.limit} calls a minute; try again in ${allowance.resetSeconds} s or raise its limit.`;
  return new Problem('rate-limited', detail, {
    retryAfterSeconds: allowance.resetSeconds,
    headers: allowanceHeaders(allowance),
  });
}

/** RateLimit fields as in draft-ietf-httpapi-ratelimit-headers. */
export function allowanceHeaders(allowance: AllowanceAnswer): Record<string, string> {
  return {
    'RateLimit-Policy': `"minute";q=${allowance.limit};w=60`,
    RateLimit: `"minute";r=${allowance.remaining};t=${allowance.resetSeconds}`,
  };
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
  const body = progress.call.body;
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
    errorCode: problem.code,
  };
}

const elapsed = (since: number): number => performance.now() - since;
const round = (ms: number): number => Math.round(ms * 1000) / 1000;
