import { Injectable, inject } from '@angular/core';
import { type Invitation, type UpdateUserRequest, inviteUser, listUsers, updateUser } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { Session } from '../shared/api/session';

@Injectable()
export class PeopleStore {
  private readonly session = inject(Session);
  readonly me = this.session.user;
  readonly list = pages({
    params: () => (this.session.user()?.isAdmin ? this.session.user()?.id : undefined),
    load: (_user, page, signal) => call(listUsers({ query: page, signal })),
  });

  async invite(email: string, isAdmin: boolean): Promise<Invitation> {
    const invitation = await call(inviteUser({ body: { email, isAdmin } }));
    this.list.source.reload();
    return invitation;
  }

  async update(userId: string, change: UpdateUserRequest): Promise<void> {
    await call(updateUser({ path: { userId }, body: change }));
    this.list.source.reload();
  }
}
