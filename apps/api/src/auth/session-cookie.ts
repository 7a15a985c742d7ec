import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { AppConfig } from '../platform/config/app-config.js';
import { SESSION_DAYS } from './sessions.repository.js';

const DEVICE_DAYS = 365;
const DAY_SECONDS = 86_400;

/**
 * The cookies of the console: the refresh token, and the mark of a known browser. Scripts cannot read them, other sites
 * cannot send them; over https their names bind them to this host.
 */
@Injectable()
export class SessionCookie {
  private readonly secure: boolean;
  private readonly refreshName: string;
  private readonly deviceName: string;

  constructor(config: AppConfig) {
    this.secure = config.http.publicUrl.startsWith('https:');
    // Cookies do not know ports: two installations on one host need names of their own.
    const suffix = createHash('sha256').update(config.installationId).digest('hex').slice(0, 8);
    const prefix = this.secure ? '__Host-' : '';
    this.refreshName = `${prefix}modelwright-session-${suffix}`;
    this.deviceName = `${prefix}modelwright-device-${suffix}`;
  }

  refreshTokenOf(request: FastifyRequest): string | undefined {
    return valueOf(request, this.refreshName);
  }

  deviceOf(request: FastifyRequest): string | undefined {
    return valueOf(request, this.deviceName);
  }

  setRefreshToken(reply: FastifyReply, token: string): void {
    this.set(reply, this.refreshName, token, SESSION_DAYS * DAY_SECONDS);
  }

  clearRefreshToken(reply: FastifyReply): void {
    // The same attributes as when it was set, or the browser keeps the old one.
    this.set(reply, this.refreshName, '', 0);
  }

  setDevice(reply: FastifyReply, value: string): void {
    this.set(reply, this.deviceName, value, DEVICE_DAYS * DAY_SECONDS);
  }

  private set(reply: FastifyReply, name: string, value: string, maxAge: number): void {
    void reply.setCookie(name, value, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: this.secure,
      maxAge,
    });
  }
}

function valueOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.cookies[name];
  return value !== undefined && /^[A-Za-z0-9._-]{20,200}$/.test(value) ? value : undefined;
}
