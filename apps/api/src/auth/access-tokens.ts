import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AppConfig } from '../platform/config/app-config.js';

/** What every access token is; signing and verification (`JwtStrategy`) both read it here. */
export const ACCESS_TOKEN = {
  algorithm: 'HS256',
  /** Type in the header (RFC 9068), so that no token of another purpose passes for one. */
  type: 'at+jwt',
  audience: 'modelwright:access',
  lifeSeconds: 15 * 60,
  /** How far the clocks of replicas may be apart. */
  leewaySeconds: 30,
} as const;

/** Signs the short-lived tokens of sessions; the issuer is this installation. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly config: AppConfig,
  ) {}

  /** @param epoch of the user; a later epoch of the user ends the token */
  sign(userId: string, epoch: number): { token: string; expiresAt: Date } {
    const { algorithm, type, audience, lifeSeconds } = ACCESS_TOKEN;
    const issuedAt = Math.floor(Date.now() / 1_000);
    const token = this.jwt.sign(
      { epoch, iat: issuedAt },
      {
        secret: this.config.auth.jwtSecret,
        algorithm,
        header: { alg: algorithm, typ: type },
        subject: userId,
        audience,
        issuer: this.config.installationId,
        expiresIn: lifeSeconds,
      },
    );
    return { token, expiresAt: new Date((issuedAt + lifeSeconds) * 1_000) };
  }
}
