import { Injectable } from '@nestjs/common';
import { notFound } from '../../platform/authorization/authorizer.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { CallerCheck } from '../predict/caller-check.js';
import type { Endpoint } from '../predict/endpoint.js';
import { EndpointDirectory } from '../predict/endpoint-directory.js';

export interface Look {
  readonly principal: Principal;
  readonly idOrSlug: string;
  readonly clientAddress: string | null;
}

/** Endpoints for those who may call them: what other protocols tell of a model and its health. */
@Injectable()
export class ServedEndpoints {
  constructor(
    private readonly directory: EndpointDirectory,
    private readonly callers: CallerCheck,
  ) {}

  /** @throws Problem as a prediction would be refused (M4) */
  async find({ principal, idOrSlug, clientAddress }: Look): Promise<Endpoint> {
    const { endpoint } = await this.callers.admit(
      principal,
      await this.directory.find(idOrSlug),
      clientAddress,
    );
    return endpoint;
  }
}

/** Whether a call would be answered now. */
export function isReady({ desiredState, observedState, form }: Endpoint): boolean {
  return desiredState === 'running' && (form.path === 'compiled' || observedState === 'ready');
}

/** @throws Problem `not-found` for a version that the endpoint does not serve */
export function requireVersion(endpoint: Endpoint, version: string | undefined): void {
  if (version !== undefined && version !== String(endpoint.modelVersionNumber)) throw notFound('deployment');
}
