import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers, type ModelPrediction } from '../../serving/model-servers.js';
import { placeOf } from '../predict/choose-target.js';
import type { Endpoint, ShadowTarget } from '../predict/endpoint.js';
import { loggedRows, storableText } from '../predict/prediction-entry.js';
import { compareAnswers } from './compared-answers.js';
import { ShadowRepository, type ShadowAnswer } from './shadow.repository.js';

/** Copies that wait; what comes beyond is dropped and counted. */
const MAX_WAITING = 200;
/** A call that is larger is not copied: it would hold up the others. */
const MAX_ROWS = 1_000;
/** A copy that waited longer is dropped: the challenger does not keep up. */
const MAX_WAIT_MS = 10_000;
const AT_ONCE = 2;
const STORE_EVERY_MS = 500;
const MAX_UNSTORED = 2_000;
const MAX_ERROR_CHARACTERS = 500;

/** A call that was answered. */
export interface AnsweredCall {
  readonly id: string;
  readonly rows: readonly unknown[];
  readonly predictions: readonly ModelPrediction[];
}

interface Copy extends AnsweredCall {
  readonly endpoint: Endpoint;
  readonly shadow: ShadowTarget;
  readonly offeredAt: number;
}

/**
 * Gives a challenger copies of calls that were answered, beside the path of the answer: a short queue, two at a time, and
 * under load the copies are the first to go. Its answers are stored with the calls and compared, and given to nobody.
 */
@Injectable()
export class ShadowTraffic implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(ShadowTraffic.name);
  private readonly waiting: Copy[] = [];
  private running = 0;
  private unstored: ShadowAnswer[] = [];
  private dropped = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly servers: ModelServers,
    private readonly repository: ShadowRepository,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.store(), STORE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.waiting.length = 0;
    await this.store();
  }

  /** Never waits and never throws. */
  offer(endpoint: Endpoint, call: AnsweredCall): void {
    const { shadow } = endpoint;
    if (!shadow || placeOf(`shadow:${call.id}`) >= shadow.sharePercent) return;
    if (this.waiting.length >= MAX_WAITING || call.rows.length > MAX_ROWS) {
      this.drop(shadow.id);
      return;
    }
    this.waiting.push({ ...call, endpoint, shadow, offeredAt: performance.now() });
    if (this.running < AT_ONCE) void this.work();
  }

  private async work(): Promise<void> {
    this.running += 1;
    for (let copy = this.waiting.shift(); copy; copy = this.waiting.shift()) {
      // Calls that wait for their answer go first.
      await setImmediate();
      if (performance.now() - copy.offeredAt > MAX_WAIT_MS) this.drop(copy.shadow.id);
      else this.keep(await this.ask(copy));
    }
    this.running -= 1;
  }

  private keep(answer: ShadowAnswer): void {
    if (this.unstored.length < MAX_UNSTORED) this.unstored.push(answer);
    else this.drop(answer.targetId);
  }

  private drop(targetId: string): void {
    this.dropped.set(targetId, (this.dropped.get(targetId) ?? 0) + 1);
  }

  private async ask({ id, endpoint, shadow, rows, predictions }: Copy): Promise<ShadowAnswer> {
    const startedAt = performance.now();
    const base = {
      callId: id,
      targetId: shadow.id,
      deploymentId: endpoint.id,
      projectId: endpoint.projectId,
      at: new Date().toISOString(),
      rowCount: rows.length,
    };
    try {
      const answer = await this.predict(shadow, rows);
      const { agreeing, differences } = compareAnswers(predictions, answer);
      const latencyMs = performance.now() - startedAt;
      return { ...base, agreeing, differences, latencyMs, error: null, outputs: loggedRows(answer).rows };
    } catch (error) {
      const latencyMs = performance.now() - startedAt;
      return {
        ...base,
        agreeing: 0,
        differences: [],
        latencyMs,
        error: this.wordsFor(error, shadow),
        outputs: [],
      };
    }
  }

  private async predict(
    { target }: ShadowTarget,
    rows: readonly unknown[],
  ): Promise<readonly ModelPrediction[]> {
    const checked = target.validator.check({ rows });
    if (!checked.ok)
      throw new Problem('invalid-prediction-input', 'The rows do not fit this version.', {
        errors: checked.errors,
      });
    const answer =
      target.form.path === 'compiled'
        ? await target.form.model.predict(checked.rows)
        : await this.servers.predict(target.serverId, checked.rows);
    return answer.predictions;
  }

  private wordsFor(error: unknown, { target }: ShadowTarget): string {
    if (!(error instanceof Problem)) {
      this.log.error({ err: error }, 'A copied call could not be answered.');
      return 'Internal error; the log of the API tells more.';
    }
    const reasons = target.mask.reasons(error.errors ?? []);
    return storableText([error.detail, ...reasons].join(' ')).slice(0, MAX_ERROR_CHARACTERS);
  }

  private async store(): Promise<void> {
    const answers = this.unstored;
    const dropped = this.dropped;
    if (answers.length === 0 && dropped.size === 0) return;
    this.unstored = [];
    this.dropped = new Map();
    try {
      await this.repository.store(answers, dropped);
    } catch (error) {
      // Copies are samples: what cannot be stored is let go, and said.
      this.log.warn({ err: error, answers: answers.length }, 'Answers of a challenger could not be stored.');
    }
  }
}
