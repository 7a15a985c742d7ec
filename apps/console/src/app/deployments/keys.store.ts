import { Injectable, inject } from '@angular/core';
import {
  type CreateDeploymentKeyRequest,
  type CreatedDeploymentKey,
  type UpdateDeploymentKeyRequest,
  createDeploymentKey,
  listDeploymentKeys,
  revokeDeploymentKey,
  rotateDeploymentKey,
  updateDeploymentKey,
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

  async create(body: CreateDeploymentKeyRequest): Promise<CreatedDeploymentKey> {
    const created = await call(createDeploymentKey({ path: { deploymentId: this.deployment.id() }, body }));
    this.changed();
    return created;
  }

  async update(keyId: string, body: UpdateDeploymentKeyRequest): Promise<void> {
    await call(updateDeploymentKey({ path: { deploymentId: this.deployment.id(), keyId }, body }));
    this.changed();
  }

  /** The old key goes on for so many hours. */
  async rotate(keyId: string, overlapHours: number): Promise<CreatedDeploymentKey> {
    const path = { deploymentId: this.deployment.id(), keyId };
    const created = await call(rotateDeploymentKey({ path, body: { overlapHours } }));
    this.changed();
    return created;
  }

  async revoke(keyId: string): Promise<void> {
    await call(revokeDeploymentKey({ path: { deploymentId: this.deployment.id(), keyId } }));
    this.changed();
  }

  /** The page counts keys that end soon. */
  private changed(): void {
    this.list.source.reload();
    this.deployment.deployment.reload();
  }
}
