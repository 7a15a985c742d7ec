import { Injectable } from '@nestjs/common';
import { SystemScope, type Scope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { Problem } from '../../platform/problems/problem.js';
import { Freeze } from '../../platform/system/freeze.js';
import { SessionRepository, type ModelSession } from './session.repository.js';
import { SessionStart, unavailable } from './session-start.js';

const TOUCH_EVERY_MS = 10_000;

interface Live {
  readonly session: ModelSession;
  touchedAt: number;
}

/** Model servers for versions that are not deployed: started by the first call, ended when nobody has called for a while. */
@Injectable()
export class ModelSessions {
  /** Sessions that this process has seen ready. */
  private readonly live = new Map<string, Live>();
  private readonly starting = new Map<string, Promise<ModelSession>>();

  constructor(
    private readonly sessions: SessionRepository,
    private readonly starter: SessionStart,
    private readonly config: AppConfig,
    private readonly freeze: Freeze,
  ) {}

  get idleStopSeconds(): number {
    return this.config.modelSessions.idleSeconds;
  }

  /**
   * Asks the model server of a version; when it has died since the last call, a fresh one.
   * @throws Problem `model-session-unavailable`, `installation-frozen`, and what `ask` throws
   */
  async use<T>(
    scope: Scope,
    modelVersionId: string,
    ask: () => Promise<T>,
  ): Promise<{ answer: T; session: ModelSession }> {
    const session = await this.ready(scope, modelVersionId);
    try {
      return { answer: await ask(), session };
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'deployment-unavailable') throw error;
      this.live.delete(modelVersionId);
      const fresh = await this.ready(scope, modelVersionId);
      try {
        return { answer: await ask(), session: fresh };
      } catch (again) {
        if (!(again instanceof Problem) || again.code !== 'deployment-unavailable') throw again;
        throw unavailable('The model server keeps ending; try again in a moment.', again);
      }
    }
  }

  /** Ends sessions that nobody has used for a while. */
  async endIdle(): Promise<void> {
    for (const session of await this.sessions.removeIdle(this.idleStopSeconds)) await this.end(session);
  }

  async endAll(): Promise<void> {
    for (const session of await this.sessions.removeIdle(0)) await this.end(session);
  }

  async endOf(projectId: string): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    for (const session of await this.sessions.removeAll(scope)) await this.end(session);
  }

  private async ready(scope: Scope, modelVersionId: string): Promise<ModelSession> {
    const live = this.live.get(modelVersionId);
    if (live && (await this.isKept(scope, modelVersionId, live))) return live.session;
    const underWay = this.starting.get(modelVersionId);
    if (underWay) return underWay;
    const start = this.start(scope, modelVersionId);
    this.starting.set(modelVersionId, start);
    try {
      return await start;
    } finally {
      this.starting.delete(modelVersionId);
    }
  }

  /** Says now and then that the session is used; it may have been ended by another replica meanwhile. */
  private async isKept(scope: Scope, modelVersionId: string, live: Live): Promise<boolean> {
    if (Date.now() - live.touchedAt < TOUCH_EVERY_MS) return true;
    live.touchedAt = Date.now();
    if (await this.sessions.touch(scope, modelVersionId)) return true;
    this.live.delete(modelVersionId);
    return false;
  }

  private async start(scope: Scope, modelVersionId: string): Promise<ModelSession> {
    // Before the claim, which may end the session of somebody else to make room.
    if (!(await this.sessions.touch(scope, modelVersionId))) await this.freeze.requireThawed();
    const limit = this.config.modelSessions.max;
    const claimed = await this.sessions.claim(scope, modelVersionId, limit);
    if (!claimed)
      throw unavailable(
        `${limit} models are being asked at this moment, which is all this installation has room for. Try again in half a minute.`,
      );
    if (claimed.evicted) await this.end(claimed.evicted);
    try {
      const session = await this.starter.run(claimed.session);
      this.live.set(modelVersionId, { session, touchedAt: Date.now() });
      return session;
    } catch (error) {
      await this.sessions.remove(claimed.session);
      await this.end(claimed.session);
      throw error;
    }
  }

  private async end(session: ModelSession): Promise<void> {
    this.live.delete(session.modelVersionId);
    await this.starter.end(session);
  }
}
