import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AppConfig } from '../platform/config/app-config.js';
import { z } from 'zod';

export const ACCESS_TOKEN_SECONDS = 15 * 60;
export const ACCESS_TOKEN_AUDIENCE = 'modelwright:access';
export const ACCESS_TOKEN_ALGORITHM = 'HS256';

const Claims = z.object({
  sub: z.uuid(),
  epoch: z.number().int().positive(),
  exp: z.number().int(),
});

/** What an access token says after its signature held. */
export interface AccessClaims {
  readonly userId: string;
  /** The user's epoch when it was signed; a later epoch of the user ends the token. */
  readonly epoch: number;
  readonly expiresAt: Date;
}

/** Short-lived signed tokens: one algorithm, one audience, one issuer (this installation). */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly config: AppConfig,
  ) {}

  sign(userId: string, epoch: number): { token: string; expiresAt: Date } {
    const expiresAt = new Date((Math.floor(Date.now() / 1_000) + ACCESS_TOKEN_SECONDS) * 1_000);
    const token = this.jwt.sign(
      { epoch },
      {
        secret: this.config.auth.jwtSecret,
        algorithm: ACCESS_TOKEN_ALGORITHM,
        subject: userId,
        audience: ACCESS_TOKEN_AUDIENCE,
        issuer: this.config.installationId,
        expiresIn: ACCESS_TOKEN_SECONDS,
      },
    );
    return { token, expiresAt };
  }

  /** @returns undefined for anything but a whole, present token of this installation */
  verify(token: string): AccessClaims | undefined {
    try {
      const payload: unknown = this.jwt.verify<Record<string, unknown>>(token, {
        secret: this.config.auth.jwtSecret,
        algorithms: [ACCESS_TOKEN_ALGORITHM],
        audience: ACCESS_TOKEN_AUDIENCE,
        issuer: this.config.installationId,
        ignoreExpiration: false,
      });
      const claims = Claims.safeParse(payload);
      if (!claims.success) return undefined;
      const { sub, epoch, exp } = claims.data;
      return { userId: sub, epoch, expiresAt: new Date(exp * 1_000) };
    } catch {
      return undefined;
    }
  }
}
