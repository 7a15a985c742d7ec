import { Injectable } from '@nestjs/common';
import type { Principal } from '../../platform/authorization/principal.js';
import { CallDoor } from '../access/call-door.js';
import { servedVersion } from '../predict/choose-target.js';
import type { Endpoint, ServingTarget } from '../predict/endpoint.js';

export interface Look {
  readonly principal: Principal;
  readonly idOrSlug: string;
  readonly clientAddress: string | null;
}

/** Endpoints for those who may call them: what other protocols tell of a model and its health. */
@Injectable()
export class ServedEndpoints {
  constructor(private readonly door: CallDoor) {}

  /** @throws Problem as a prediction would be refused (M4) */
  find(look: Look): Promise<Endpoint> {
    return this.door.look(look);
  }
}

/** Whether a call to this version would be answered now. */
export function isReady(
  { desiredState, primary }: Endpoint,
  { observedState, form }: ServingTarget = primary,
): boolean {
  return desiredState === 'running' && (form.path === 'compiled' || observedState === 'ready');
}

/**
 * The version that is asked for; the primary when none is.
 * @throws Problem `deployment-not-found` for a version that the endpoint does not serve
 */
export function versionOf(endpoint: Endpoint, version: string | undefined): ServingTarget {
  return version === undefined ? endpoint.primary : servedVersion(endpoint, version);
}
