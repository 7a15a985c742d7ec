import { Injectable } from '@angular/core';
import { type CreateDeploymentRequest, type Deployment, createDeployment } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { idempotencyKey } from '../shared/api/idempotency-key';

/** Starts serving a version; a repeated click with the same `key` makes one deployment only. */
@Injectable({ providedIn: 'root' })
export class DeploymentsGateway {
  newKey(): string {
    return idempotencyKey();
  }

  create(projectId: string, body: CreateDeploymentRequest, key: string): Promise<Deployment> {
    return call(createDeployment({ path: { projectId }, body, headers: { 'Idempotency-Key': key } }));
  }
}
