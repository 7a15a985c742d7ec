import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';
import { hasNoMoreNames } from '../../platform/http/json-names.js';
import { newUuid } from '../../platform/identifiers/new-uuid.js';
import { Problem } from '../../platform/problems/problem.js';
import type { ModelPrediction } from '../../serving/model-servers.js';
import { CallLimits, limitHeaders, type LimitsTaken } from '../access/call-limits.js';
import { ShadowTraffic } from '../traffic/shadow-traffic.js';
import { applyRules } from './answer-rules.js';
import type { Caller } from './caller-check.js';
import { chooseTarget } from './choose-target.js';
import { EndpointDirectory, type KnownKey } from './endpoint-directory.js';
import type { Endpoint, ServingTarget } from './endpoint.js';
import { KeyUse } from './key-use.js';
import { readPlainBody, type PlainBody } from './plain-body.js';
import { loggedRows, type EntryTexts, type PredictionEntry } from './prediction-entry.js';
import { PredictionLogger } from './prediction-logger.js';
import { TargetCalls } from './target-calls.js';

/** What the head of a request tells of a call. */
export interface PlainHead {
  readonly slug: string;
  /** As sent: `X-API-Key` first, else the bearer of `Authorization`; empty for what is no key. Undefined: neither was sent. */
  readonly key: string | undefined;
  readonly splitKey: string | undefined;
}

export interface TakenCall {
  readonly id: string;
  readonly head: PlainHead;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  readonly key: KnownKey | undefined;
  readonly address: string;
  readonly limits: LimitsTaken;
  /** `performance.now()` when the request arrived. */
  readonly arrivedAt: number;
  /** When its limits were taken, on the clock of the wall. */
  readonly takenAt: number;
}

/** Of headers, only those that are of this call alone. */
export interface PlainReply {
  readonly body: string;
  readonly limitHeaders: Record<string, string>;
  /** Called when the last byte was given to the system. */
  readonly sent: () => void;
}

/** A body that was longer on its way is answered by the router, which asks again who may and whether it is served. */
const PROMPT_MS = 500;
const ANONYMOUS: Caller = { kind: 'anonymous', id: null, name: null };
const ROUTE = '/api/deployments/:deploymentId/predict';
const LEVELS_WITH_REQUESTS: readonly string[] = ['trace', 'debug', 'info'];

/** Parts of lines and answers that are the same for all calls of a caller to a version. */
interface FixedParts {
  readonly caller: Caller;
  readonly line: string;
  readonly answer: string;
}

/**
 * Calls about which there is nothing to say: a key that is known, a model that is up, rows that need no remark. They are
 * checked, answered and logged without waiting for anything but the disk, or the model's container; whatever is less plain is left to the router,
 * so that there is one set of rules and of words for what goes wrong.
 */
@Injectable()
export class PlainPredictions {
  private readonly http = new Logger('Http');
  private readonly logsRequests: boolean;
  private readonly fixed = new WeakMap<ServingTarget, FixedParts>();

  constructor(
    config: AppConfig,
    private readonly directory: EndpointDirectory,
    private readonly limits: CallLimits,
    private readonly keyUse: KeyUse,
    private readonly logger: PredictionLogger,
    private readonly shadows: ShadowTraffic,
    private readonly targets: TargetCalls,
  ) {
    this.logsRequests = LEVELS_WITH_REQUESTS.includes(config.logging.level);
  }

  /** Lets a call in and takes its limits, if all of that is known in memory; nothing is taken otherwise. */
  take(head: PlainHead, address: string, arrivedAt: number): TakenCall | undefined {
    const endpoint = this.directory.peek(head.slug);
    if (!endpoint || !isUp(endpoint)) return undefined;
    const takenAt = Date.now();
    const admitted = this.admit(head, endpoint, address, takenAt);
    const limits = admitted && this.limits.takeNow(endpoint, admitted.key, takenAt);
    if (!admitted || !limits) return undefined;
    const { caller, key } = admitted;
    return { id: newUuid(), head, endpoint, caller, key, address, limits, arrivedAt, takenAt };
  }

  giveBack({ endpoint, key, takenAt }: TakenCall): void {
    this.limits.giveBack(endpoint, key, takenAt);
  }

  /**
   * @param done gets the reply once the call would survive a kill of this process
   * @returns false if the router has to answer; then `done` is not called, and the limits are still taken
   */
  answer(call: TakenCall, text: string, done: (reply: PlainReply) => void): boolean {
    if (performance.now() - call.arrivedAt > PROMPT_MS) return false;
    const body = readPlainBody(text);
    if (!body) return false;
    const target = targetOf(call, body.rows[0]);
    if (hasNameTwice(text, body, target)) return false;
    const predictions = predictionsOf(target, body.rows);
    if (!predictions) return false;
    const outputs = applyRules(predictions, target.rules);
    const texts = { inputs: inputsText(target, body), outputs: JSON.stringify(outputs) };
    const entry = entryOf(call, target, body.rows, outputs, texts);
    this.logger.recordLine(entry, this.lineOf(call, target, entry, texts), () => {
      const reply = this.replyOf(call, target, texts.outputs);
      done({ ...reply, sent: () => this.finish(call, entry) });
      // The challenger's answers are compared with what the model said, not with what rules made of it.
      if (call.endpoint.shadow)
        this.shadows.offer(call.endpoint, { id: call.id, rows: body.rows, predictions });
    });
    return true;
  }

  /**
   * The same for a version whose container has to be asked.
   * @param signal aborted when the caller has gone
   * @returns false if the router has to answer, with the id of the call
   */
  async ask(
    call: TakenCall,
    text: string,
    signal: AbortSignal | undefined,
    done: (reply: PlainReply) => void,
  ): Promise<boolean> {
    const body = performance.now() - call.arrivedAt > PROMPT_MS ? undefined : readPlainBody(text);
    if (!body) return false;
    const target = targetOf(call, body.rows[0]);
    if (hasNameTwice(text, body, target)) return false;
    const predictions = await this.targets.predictPlain(target, body.rows, { callId: call.id, signal });
    if (!predictions) return false;
    const outputs = applyRules(predictions, target.rules);
    // What a container says has to be cut to what the log can hold; of a compiled model it is known before.
    const logged = loggedRows(outputs);
    const entry = {
      ...entryOf(call, target, body.rows, logged.rows as ModelPrediction[]),
      truncated: logged.truncated,
    };
    await this.logger.record(entry);
    done({
      ...this.replyOf(call, target, JSON.stringify(outputs)),
      sent: () => this.finish(call, entry),
    });
    if (call.endpoint.shadow)
      this.shadows.offer(call.endpoint, { id: call.id, rows: body.rows, predictions });
    return true;
  }

  /** To be called when the router has answered a call that `ask` could not. */
  forget({ id }: TakenCall): void {
    this.targets.forget(id);
  }

  /** One timing line, like that of the router (E10). */
  logRequest(call: TakenCall, requestId: string, path: string): void {
    if (!this.logsRequests) return;
    const durationMs = Math.round((performance.now() - call.arrivedAt) * 100) / 100;
    this.http.log({ requestId, method: 'POST', route: ROUTE, path, status: 200, durationMs }, 'request');
  }

  /** Who calls, if that is known in memory and enough (M4). */
  private admit(
    { key }: PlainHead,
    endpoint: Endpoint,
    address: string,
    now: number,
  ): Pick<TakenCall, 'caller' | 'key'> | undefined {
    if (!endpoint.addresses.allows(address)) return undefined;
    if (key === undefined)
      return endpoint.authMode === 'public' ? { caller: ANONYMOUS, key: undefined } : undefined;
    if (endpoint.authMode === 'workspace') return undefined;
    const known = this.directory.peekKeyText(key);
    if (known?.deploymentId !== endpoint.id) return undefined;
    if (known.expiresAt !== null && known.expiresAt.getTime() <= now) return undefined;
    if (!known.addresses.allows(address)) return undefined;
    this.keyUse.note(known.id, address);
    return { caller: known.caller, key: known };
  }

  private finish(call: TakenCall, entry: PredictionEntry): void {
    entry.latencyMs = performance.now() - call.arrivedAt;
  }

  private replyOf(call: TakenCall, target: ServingTarget, outputs: string): Omit<PlainReply, 'sent'> {
    const { answer } = this.partsOf(call, target);
    const latencyMs = Math.round((performance.now() - call.arrivedAt) * 1000) / 1000;
    return {
      body: `${answer}${outputs},"latency_ms":${latencyMs},"request_id":"${call.id}"}`,
      limitHeaders: limitHeaders(call.limits),
    };
  }

  /** What `lineOf` of an entry gives, but for the order: without reading through all of it again. */
  private lineOf(
    call: TakenCall,
    target: ServingTarget,
    { id, at, rowCount, latencyMs }: PredictionEntry,
    { inputs, outputs }: { readonly inputs: string; readonly outputs: string },
  ): string {
    const own = `"id":"${id}","at":"${at}","rowCount":${rowCount},"latencyMs":${latencyMs}`;
    const address = JSON.stringify(call.address);
    return `${this.partsOf(call, target).line}${own},"clientAddress":${address},"inputs":${inputs},"outputs":${outputs}}\n`;
  }

  private partsOf({ endpoint, caller }: TakenCall, target: ServingTarget): FixedParts {
    const known = this.fixed.get(target);
    if (known?.caller === caller) return known;
    const line = JSON.stringify({
      projectId: endpoint.projectId,
      deploymentId: endpoint.id,
      modelVersionId: target.modelVersionId,
      modelVersionNumber: target.modelVersionNumber,
      status: 200,
      truncated: false,
      error: null,
      callerKind: caller.kind,
      callerId: caller.id,
      callerName: caller.name,
    });
    const answer = JSON.stringify({
      deployment_id: endpoint.id,
      endpoint_slug: endpoint.slug,
      model_version: target.modelVersionNumber,
    });
    const parts = {
      caller,
      line: `${line.slice(0, -1)},`,
      answer: `${answer.slice(0, -1)},"predictions":`,
    };
    this.fixed.set(target, parts);
    return parts;
  }
}

/** Whether calls need nobody to be woken first. */
function isUp({ desiredState, observedState, form }: Endpoint): boolean {
  return desiredState !== 'stopped' && (form.path === 'compiled' || observedState === 'ready');
}

/** Whether a container has to be asked, as far as the endpoint's first version tells. */
export const asksContainer = ({ endpoint }: TakenCall): boolean => endpoint.form.path !== 'compiled';

function targetOf({ endpoint, id, head }: TakenCall, firstRow: unknown): ServingTarget {
  if (endpoint.targets.length === 1) return endpoint.primary;
  return chooseTarget(endpoint, { callId: id, header: head.splitKey, firstRow });
}

/** Plain rows have each column once; where the text has other names than that, the router says what is wrong. */
function hasNameTwice(text: string, { rows, namesAround }: PlainBody, { plainRows }: ServingTarget): boolean {
  return !hasNoMoreNames(text, rows.length * plainRows.width + namesAround);
}

/** Nothing for what the router answers: also for a model that fails, which is a call to log with its problem (M11). */
function predictionsOf({ form, plainRows }: ServingTarget, rows: readonly unknown[]) {
  if (form.path !== 'compiled') return undefined;
  try {
    return form.model.predictPlain(rows, plainRows);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** As the caller wrote them, unless the log may not hold all of it. */
function inputsText({ mask }: ServingTarget, { rows, text }: PlainBody): string {
  const logged = mask.rows(rows);
  return text !== undefined && logged === rows ? text : JSON.stringify(logged);
}

function entryOf(
  { id, endpoint, caller, address, arrivedAt, takenAt }: TakenCall,
  { modelVersionId, modelVersionNumber, mask }: ServingTarget,
  rows: readonly unknown[],
  outputs: readonly ModelPrediction[],
  texts?: EntryTexts,
): PredictionEntry {
  return {
    id,
    projectId: endpoint.projectId,
    deploymentId: endpoint.id,
    modelVersionId,
    modelVersionNumber,
    at: isoTime(takenAt),
    status: 200,
    rowCount: rows.length,
    latencyMs: performance.now() - arrivedAt,
    inputs: mask.rows(rows),
    outputs,
    truncated: false,
    error: null,
    callerKind: caller.kind,
    callerId: caller.id,
    callerName: caller.name,
    clientAddress: address,
    ...(texts && { texts }),
  };
}

let lastTime = { at: 0, text: '' };

/** Many calls arrive within one millisecond. */
function isoTime(at: number): string {
  if (lastTime.at !== at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}
