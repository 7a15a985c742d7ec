import { setTimeout as sleep } from 'node:timers/promises';
import type { CellValue } from '@modelwright/contracts';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { ModelServers, type ModelPrediction, type ModelServerAnswer } from '../../serving/model-servers.js';
import { RECONCILE } from '../serving/reconcile.js';
import type { Endpoint, ServingTarget } from './endpoint.js';
import { MAX_LOGGED_ROWS } from './prediction-entry.js';

/** A call that wakes a sleeping container waits this long for it; then it is asked to come back. */
export const WAKE_WAIT_MS = 20_000;
const RETRY_AFTER_SECONDS = 5;
const LOOK_EVERY_MS = 50;
const NOTE_EVERY_MS = 15_000;

export interface CallInfo {
  readonly callId?: string | undefined;
  /** Aborted with a problem when the caller has gone. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks a version for predictions where it answers: inside this process, or its container, which is woken if need be. */
@Injectable()
export class TargetCalls implements OnModuleInit, OnApplicationShutdown {
  private readonly waking = new Map<string, Promise<void>>();
  /** Servers whose container was used since the last note. */
  private readonly used = new Set<string>();
  /** Why plain calls could not be answered, by call, while they are on their way to the router. */
  private readonly failures = new Map<string, Problem>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly servers: ModelServers,
    private readonly dataSource: DataSource,
    private readonly queue: WorkQueue,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.noteUse(), NOTE_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @throws Problem as `ModelServers.predict`, and `deployment-unavailable` while the container wakes up */
  async predict(
    endpoint: Endpoint,
    target: ServingTarget,
    rows: readonly Record<string, CellValue>[],
    { callId, signal }: CallInfo = {},
  ): Promise<ModelServerAnswer> {
    if (target.form.path === 'compiled') return target.form.model.predict(rows);
    const failure = callId === undefined ? undefined : this.failures.get(callId);
    if (failure) throw failure;
    await this.awake(endpoint, target);
    try {
      return await this.servers.predict(target.serverId, rows, signal);
    } catch (error) {
      const wentToSleep =
        error instanceof Problem && error.code === 'deployment-unavailable' && (await this.isAsleep(target));
      if (!wentToSleep) throw error;
      await this.awake(endpoint, { ...target, observedState: 'idle' });
      return this.servers.predict(target.serverId, rows, signal);
    }
  }

  /**
   * Asks the container of a version for rows about which there is nothing to say; undefined if there is something to say,
   * or if it could not answer. Why it could not is what `predict` then says to the same call, until it is forgotten.
   */
  async predictPlain(
    target: ServingTarget,
    rows: readonly unknown[],
    { callId, signal }: { readonly callId: string; readonly signal: AbortSignal | undefined },
  ): Promise<readonly ModelPrediction[] | undefined> {
    if (target.form.path === 'compiled' || rows.length === 0 || rows.length > MAX_LOGGED_ROWS)
      return undefined;
    const row = new Float64Array(target.plainRows.width);
    if (!rows.every((one) => target.plainRows.read(one, row))) return undefined;
    this.used.add(target.serverId);
    try {
      const text = { count: rows.length, text: JSON.stringify(rows).slice(1, -1) };
      return (await this.servers.predictText(target.serverId, text, signal)).predictions;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // Perhaps it went to sleep: asked again, it is woken.
      if (error.code !== 'deployment-unavailable') this.failures.set(callId, error);
      return undefined;
    }
  }

  forget(callId: string): void {
    this.failures.delete(callId);
  }

  /** What is known of the endpoint may be seconds old. */
  private async isAsleep({ serverId }: ServingTarget): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM deployment WHERE server_id = $1 AND observed_state = 'idle'`,
      [serverId],
    );
    return rows.length > 0;
  }

  /**
   * Makes sure that the container of a version runs: also of one that answers compiled, for what only a container can do.
   * @throws Problem `deployment-unavailable` when it is not up in time
   */
  async awake(endpoint: Endpoint, target: ServingTarget): Promise<void> {
    this.used.add(target.serverId);
    const sleeps = target.observedState === 'idle' || target.form.path === 'compiled';
    if (!sleeps || target.serverId !== endpoint.primary.serverId) return;
    const known = this.waking.get(target.serverId);
    const waking = known ?? this.wake(endpoint, target).finally(() => this.waking.delete(target.serverId));
    this.waking.set(target.serverId, waking);
    await waking;
  }

  private async wake(endpoint: Endpoint, target: ServingTarget): Promise<void> {
    if ((await this.servers.readiness(target.serverId, LOOK_EVERY_MS)).ready) return;
    await this.noteNeed([target.serverId]);
    await this.queue.enqueue(RECONCILE, endpoint.id);
    const deadline = Date.now() + WAKE_WAIT_MS;
    while (Date.now() < deadline) {
      if ((await this.servers.readiness(target.serverId, LOOK_EVERY_MS)).ready) return;
      await sleep(LOOK_EVERY_MS);
    }
    const others =
      target.form.path === 'compiled' ? ' Predictions without explanations are answered meanwhile.' : '';
    throw new Problem(
      'deployment-unavailable',
      `The container of "${endpoint.slug}" was asleep and is being started; try again in ${RETRY_AFTER_SECONDS} s.${others}`,
      { retryAfterSeconds: RETRY_AFTER_SECONDS },
    );
  }

  private async noteUse(): Promise<void> {
    const ids = [...this.used];
    this.used.clear();
    if (ids.length === 0) return;
    // Lost notes are made again with the next call.
    await this.noteNeed(ids).catch(() => ids.forEach((id) => this.used.add(id)));
  }

  private async noteNeed(serverIds: readonly string[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE deployment SET last_needed_at = now() WHERE server_id = ANY ($1::uuid[])`,
      [serverIds],
    );
  }
}
