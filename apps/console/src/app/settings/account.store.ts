import { Injectable, inject } from '@angular/core';
import { type SetPasswordRequest, setPassword, updateCurrentUser } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { Session } from '../shared/api/session';

@Injectable()
export class AccountStore {
  private readonly session = inject(Session);
  readonly user = this.session.user;

  async rename(displayName: string): Promise<void> {
    this.session.updateUser(await call(updateCurrentUser({ body: { displayName } })));
  }

  /** Ends every other session of this person. */
  async setPassword(request: SetPasswordRequest): Promise<void> {
    this.session.enter(await call(setPassword({ body: request })));
  }
}
