import { Injectable } from '@nestjs/common';
import type { Principal } from '../../platform/authorization/principal.js';
import { Problem } from '../../platform/problems/problem.js';
import { CallerCheck, type Admitted, type Caller } from '../predict/caller-check.js';
import type { Endpoint } from '../predict/endpoint.js';
import { EndpointDirectory } from '../predict/endpoint-directory.js';
import { RejectedCalls } from './rejected-calls.js';

export interface Arrival {
  readonly idOrSlug: string;
  readonly principal: Principal;
  readonly clientAddress: string | null;
  /** `performance.now()` when the request arrived. */
  readonly arrivedAt: number;
}

/** Who gets in: a caller that the endpoint admits (M4), from an address that it and the key allow. */
@Injectable()
export class CallDoor {
  constructor(
    private readonly directory: EndpointDirectory,
    private readonly callers: CallerCheck,
    private readonly rejected: RejectedCalls,
  ) {}

  /** @throws Problem `unauthenticated`, `key-invalid`, `deployment-not-found`, `address-refused`; of an endpoint that is there it is logged */
  async admit(arrival: Arrival): Promise<Admitted> {
    const endpoint = await this.directory.find(arrival.idOrSlug);
    const check = () => this.callers.admit(arrival.principal, endpoint, arrival.clientAddress);
    const isUser = arrival.principal.kind === 'user';
    // People who are no members are told that there is nothing, and so nothing is logged of them.
    const admitted =
      endpoint && !isUser
        ? await this.unlessRefused(arrival, endpoint, unknownCaller(arrival.principal), check)
        : await check();
    await this.unlessRefused(arrival, admitted.endpoint, admitted.caller, () =>
      requireAddress(admitted, arrival.clientAddress),
    );
    return admitted;
  }

  /** The same for whoever only asks how an endpoint is; nothing of it is logged. */
  async look(arrival: Omit<Arrival, 'arrivedAt'>): Promise<Endpoint> {
    return (await this.enter(arrival)).endpoint;
  }

  /** The same for whoever has something else to say than a question; nothing of it is logged. */
  async enter({ idOrSlug, principal, clientAddress }: Omit<Arrival, 'arrivedAt'>): Promise<Admitted> {
    const admitted = await this.callers.admit(principal, await this.directory.find(idOrSlug), clientAddress);
    requireAddress(admitted, clientAddress);
    return admitted;
  }

  /** Does a check, and logs the call if it is refused. */
  async unlessRefused<T>(
    arrival: Pick<Arrival, 'clientAddress' | 'arrivedAt'>,
    endpoint: Endpoint,
    caller: Caller,
    check: () => T | Promise<T>,
  ): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof Problem && error.status < 500)
        this.rejected.note(endpoint, caller, arrival, error);
      throw error;
    }
  }
}

function unknownCaller({ kind }: Principal): Caller {
  return { kind: kind === 'deployment-key' ? 'key' : 'anonymous', id: null, name: null };
}

function requireAddress({ endpoint, key }: Admitted, address: string | null): void {
  if (!endpoint.addresses.allows(address))
    throw new Problem(
      'address-refused',
      `Deployment "${endpoint.slug}" takes no calls from ${address ?? 'this address'}. An editor of the project can add the address under Settings.`,
    );
  if (key && !key.addresses.allows(address))
    throw new Problem(
      'address-refused',
      `The key "${key.name}" may not be used from ${address ?? 'this address'}. An editor of the project can add the address under Keys.`,
    );
}
