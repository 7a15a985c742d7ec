import type { UserPrincipal } from './principal.js';

/** A checked credential: who it is and until when it holds. */
export interface Authentication {
  readonly principal: UserPrincipal;
  readonly expiresAt: Date;
}

/** Turns a bearer credential (access token or personal access token) into a person. Implemented by the auth room. */
export abstract class Authenticator {
  /** @returns undefined for a credential that is unknown, expired, revoked or malformed: all the same to the caller */
  abstract authenticate(credential: string): Promise<Authentication | undefined>;
}
