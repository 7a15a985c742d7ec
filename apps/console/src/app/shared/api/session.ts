import { Injectable, computed, signal } from '@angular/core';
import {
  type Session as SessionAnswer,
  type User,
  redeemSignInLink,
  refreshSession,
  signIn,
  signOut,
  signOutEverywhere,
} from '@modelwright/sdk';
import { call } from './call';
import { type ApiProblem, problemFromResponse, toProblem } from './problem';

/** Renewed this long before it ends, so that uploads and the live connection never meet an old token. */
const RENEW_BEFORE_MS = 60_000;
const SOONEST_RENEWAL_MS = 5_000;
/** Longer timers overflow in browsers. */
const MOST_TIMER_MS = 2 ** 31 - 1;
/** A read that got no answer at all is tried once more after this long. */
const READ_AGAIN_MS = 250;
const REFRESH_LOCK = 'modelwright.refresh';
/** Signing in and out answers 401 about the credentials themselves: a refresh would not help, so these go out as they are. */
const DIRECTLY = { fetch: (input: RequestInfo | URL, init?: RequestInit) => globalThis.fetch(input, init) };

/**
 * Who is signed in. The access token lives in memory only; the refresh token is a cookie that script cannot read.
 * An expired access token is renewed silently, once per request; when that fails the session is over.
 */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly token = signal<string | undefined>(undefined);
  private readonly person = signal<User | undefined>(undefined);
  private readonly over = signal(false);
  private readonly trouble = signal<ApiProblem | undefined>(undefined);
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private restoring: Promise<boolean> | undefined;
  private refreshing: Promise<boolean> | undefined;

  readonly accessToken = this.token.asReadonly();
  readonly user = this.person.asReadonly();
  readonly signedIn = computed(() => this.person() !== undefined);
  /** Whether a session ended while the console was open. */
  readonly expired = this.over.asReadonly();
  /** Why nobody could be asked who is signed in: the server did not answer, or not as it should. */
  readonly problem = this.trouble.asReadonly();

  /** Whether somebody is signed in; asks the server once per page load. */
  restore(): Promise<boolean> {
    if (this.signedIn()) return Promise.resolve(true);
    return (this.restoring ??= this.refresh()
      .catch((error: unknown) => {
        this.trouble.set(toProblem(error));
        return false;
      })
      .finally(() => (this.restoring = undefined)));
  }

  async signIn(email: string, password: string): Promise<void> {
    this.enter(await call(signIn({ ...DIRECTLY, body: { email, password } })));
  }

  async redeem(token: string): Promise<void> {
    this.enter(await call(redeemSignInLink({ ...DIRECTLY, body: { token } })));
  }

  async signOut(): Promise<void> {
    await call(signOut(DIRECTLY));
    this.leave(false);
  }

  /** Ends every session of this person on every device. */
  async signOutEverywhere(): Promise<void> {
    await call(signOutEverywhere());
    this.leave(false);
  }

  updateUser(user: User): void {
    this.person.set(user);
  }

  /** Sends with the access token; renews it once when the server no longer takes it. */
  async fetch(request: Request): Promise<Response> {
    const retry = request.clone();
    const response = await this.send(request);
    if (response.status !== 401) return response;
    if (!(await this.refresh())) {
      this.leave(true);
      return response;
    }
    return this.send(retry);
  }

  /** One renewal at a time in this tab, and one tab after the other: a refresh token is good for a single use. */
  refresh(): Promise<boolean> {
    return (this.refreshing ??= this.locked(() => this.renew()).finally(() => (this.refreshing = undefined)));
  }

  /** @throws ApiProblem when the server could not be asked; that is not the same as a session that has ended */
  private async renew(): Promise<boolean> {
    const { data, error, response } = await refreshSession(DIRECTLY);
    // This browser has no session at all, which is no failure.
    if (response?.status === 204) return false;
    if (data) this.enter(data);
    else if (!response) throw toProblem(error);
    else if (response.status !== 401) throw problemFromResponse(response, error);
    return data !== undefined;
  }

  private locked(work: () => Promise<boolean>): Promise<boolean> {
    return navigator.locks ? navigator.locks.request(REFRESH_LOCK, work) : work();
  }

  private async send(request: Request): Promise<Response> {
    const token = this.token();
    if (token) request.headers.set('authorization', `Bearer ${token}`);
    if (request.method !== 'GET') return fetch(request);
    try {
      return await fetch(request.clone());
    } catch (error) {
      if (request.signal.aborted) throw error;
      // Browsers break off calls when a network of the machine comes or goes, and containers bring and take theirs.
      await new Promise((resolve) => setTimeout(resolve, READ_AGAIN_MS));
      return fetch(request);
    }
  }

  /** Takes over a session that the server has just given. */
  enter(session: SessionAnswer): void {
    this.token.set(session.accessToken);
    this.person.set(session.user);
    this.over.set(false);
    this.trouble.set(undefined);
    this.renewBefore(Date.parse(session.expiresAt));
  }

  private renewBefore(endsMs: number): void {
    clearTimeout(this.renewal);
    const waitMs = Math.max(endsMs - Date.now() - RENEW_BEFORE_MS, SOONEST_RENEWAL_MS);
    if (waitMs > MOST_TIMER_MS) return;
    // When it fails, the next request finds out and says so.
    this.renewal = setTimeout(() => void this.refresh().catch(() => false), waitMs);
  }

  private leave(expired: boolean): void {
    clearTimeout(this.renewal);
    this.token.set(undefined);
    this.person.set(undefined);
    this.over.set(expired);
  }
}
