import { Injectable, inject } from '@angular/core';
import {
  type CreatedDeploymentKey,
  createDeploymentKey,
  listDeploymentKeys,
  revokeDeploymentKey,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { reloadOn } from '../shared/realtime/realtime';
import { DeploymentStore } from './deployment.store';

@Injectable()
export class KeysStore {
  private readonly deployment = inject(DeploymentStore);
  readonly list = pages({
    params: () => this.deployment.id(),
    load: (deploymentId, page, signal) =>
      call(listDeploymentKeys({ path: { deploymentId }, query: page, signal })),
  });

  constructor() {
    // A call with a key moves its last use.
    reloadOn(this.list.source, (event) => event.entity.id === this.deployment.id());
  }

  /** @param expiresAt an ISO time, null for never, undefined for the server's own choice (90 days) */
  async create(name: string, expiresAt: string | null | undefined): Promise<CreatedDeploymentKey> {
    const created = await call(
      createDeploymentKey({
        path: { deploymentId: this.deployment.id() },
        body: expiresAt === undefined ? { name } : { name, expiresAt },
      }),
    );
    this.list.source.reload();
    return created;
  }

  async revoke(keyId: string): Promise<void> {
    await call(revokeDeploymentKey({ path: { deploymentId: this.deployment.id(), keyId } }));
    this.list.source.reload();
  }
}
