import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import { z } from 'zod';
import type { Authentication } from '../platform/authorization/authenticator.js';
import { AppConfig } from '../platform/config/app-config.js';
import { AccessMemory } from './access-memory.js';
import { ACCESS_TOKEN } from './access-tokens.js';

const VerifiedToken = z.object({
  header: z.object({ typ: z.literal(ACCESS_TOKEN.type) }),
  payload: z.object({
    sub: z.uuid(),
    epoch: z.number().int().positive(),
    exp: z.number().int(),
  }),
});

/** Sockets carry their token in the handshake and not in a header, so what is asked about is the token alone. */
interface TokenRequest {
  readonly token: string;
}

/** Verifies access tokens: one algorithm, one type, one audience, one issuer (this installation), and a user's epoch. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  /** Only declared: a field would be emptied after the parent's constructor has registered the strategy. */
  declare private passport: passport.Authenticator | undefined;

  constructor(
    config: AppConfig,
    private readonly memory: AccessMemory,
  ) {
    super({
      jwtFromRequest: (request: TokenRequest) => request.token,
      secretOrKey: config.auth.jwtSecret,
      jsonWebTokenOptions: { complete: true, clockTolerance: ACCESS_TOKEN.leewaySeconds },
      algorithms: [ACCESS_TOKEN.algorithm],
      audience: ACCESS_TOKEN.audience,
      issuer: config.installationId,
      ignoreExpiration: false,
    });
  }

  /** An own registry: applications in one process must not answer with each other's secrets. */
  getPassportInstance(): passport.Authenticator {
    return (this.passport ??= new passport.Passport());
  }

  /** @returns undefined for anything but a whole, present token of this installation whose user is still in */
  check(token: string): Promise<Authentication | undefined> {
    return new Promise((resolve, reject) => {
      const answered = (error: Error | null, authentication: Authentication | false): void =>
        error ? reject(error) : resolve(authentication || undefined);
      const verify = this.getPassportInstance().authenticate(this.name, { session: false }, answered) as (
        request: TokenRequest,
        response: object,
        next: (error?: Error) => void,
      ) => void;
      verify({ token }, {}, (error) => reject(error ?? new Error('The token was not judged.')));
    });
  }

  /** Called by passport once signature and times of the token hold. */
  async validate(verified: unknown): Promise<Authentication | false> {
    const token = VerifiedToken.safeParse(verified);
    if (!token.success) return false;
    const { sub: userId, epoch, exp } = token.data.payload;
    const user = await this.memory.userOf(userId, epoch);
    if (!user || user.disabledAt || user.epoch !== epoch) return false;
    return { principal: { kind: 'user', userId, isAdmin: user.isAdmin }, expiresAt: new Date(exp * 1_000) };
  }
}
