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

const REFRESH_LOCK = 'modelwright.refresh';
/** Signing in and out answers 401 about the credentials themselves: a refresh would not help. */
const WITHOUT_REFRESH = [
  '/api/auth/refresh',
  '/api/auth/sign-in',
  '/api/auth/redeem-link',
  '/api/auth/sign-out',
];

/**
 * Who is signed in. The access token lives in memory only; the refresh token is a cookie that script cannot read.
 * An expired access token is renewed silently, once per request; when that fails the session is over.
 */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly token = signal<string | undefined>(undefined);
  private readonly person = signal<User | undefined>(undefined);
  private readonly over = signal(false);
  private restoring: Promise<boolean> | undefined;
  private refreshing: Promise<boolean> | undefined;

  readonly accessToken = this.token.asReadonly();
  readonly user = this.person.asReadonly();
  readonly signedIn = computed(() => this.person() !== undefined);
  /** Whether a session ended while the console was open. */
  readonly expired = this.over.asReadonly();

  /** Whether somebody is signed in; asks the server once per page load. */
  restore(): Promise<boolean> {
    if (this.signedIn()) return Promise.resolve(true);
    return (this.restoring ??= this.refresh().finally(() => (this.restoring = undefined)));
  }

  async signIn(email: string, password: string): Promise<void> {
    this.enter(await call(signIn({ body: { email, password } })));
  }

  async redeem(token: string): Promise<void> {
    this.enter(await call(redeemSignInLink({ body: { token } })));
  }

  async signOut(): Promise<void> {
    await call(signOut());
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
    if (response.status !== 401 || WITHOUT_REFRESH.includes(new URL(request.url).pathname)) return response;
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

  private async renew(): Promise<boolean> {
    const { data } = await refreshSession();
    if (data) this.enter(data);
    return data !== undefined;
  }

  private locked(work: () => Promise<boolean>): Promise<boolean> {
    return navigator.locks ? navigator.locks.request(REFRESH_LOCK, work) : work();
  }

  private send(request: Request): Promise<Response> {
    const token = this.token();
    if (token) request.headers.set('authorization', `Bearer ${token}`);
    return fetch(request);
  }

  /** Takes over a session that the server has just given. */
  enter(session: SessionAnswer): void {
    this.token.set(session.accessToken);
    this.person.set(session.user);
    this.over.set(false);
  }

  private leave(expired: boolean): void {
    this.token.set(undefined);
    this.person.set(undefined);
    this.over.set(expired);
  }
}
