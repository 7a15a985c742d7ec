import { Injectable, inject } from '@angular/core';
import {
  type CreatePersonalAccessTokenRequest,
  type CreatedPersonalAccessToken,
  createPersonalAccessToken,
  listPersonalAccessTokens,
  revokePersonalAccessToken,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { Session } from '../shared/api/session';

@Injectable()
export class TokensStore {
  private readonly session = inject(Session);
  readonly list = pages({
    params: () => this.session.user()?.id,
    load: (_user, page, signal) => call(listPersonalAccessTokens({ query: page, signal })),
  });

  /** The answer holds the token itself, this once. */
  async create(request: CreatePersonalAccessTokenRequest): Promise<CreatedPersonalAccessToken> {
    const created = await call(createPersonalAccessToken({ body: request }));
    this.list.source.reload();
    return created;
  }

  async revoke(tokenId: string): Promise<void> {
    await call(revokePersonalAccessToken({ path: { tokenId } }));
    this.list.source.reload();
  }
}
