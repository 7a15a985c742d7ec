import { Injectable } from '@nestjs/common';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppConfig } from '../platform/config/app-config.js';

/** Marks of the browsers in which an account has signed in before; worthless for signing in. */
@Injectable()
export class DeviceMarks {
  constructor(private readonly config: AppConfig) {}

  make(email: string): string {
    const id = randomBytes(12).toString('base64url');
    return `${id}.${this.sign(id, email)}`;
  }

  /** @returns the id of the browser, when the mark is one of ours for this account */
  read(email: string, mark: string | undefined): string | undefined {
    const [id, signature] = mark?.split('.') ?? [];
    if (id === undefined || signature === undefined) return undefined;
    const expected = Buffer.from(this.sign(id, email));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
  }

  private sign(id: string, email: string): string {
    return createHmac('sha256', `device:${this.config.auth.jwtSecret}`)
      .update(`${id}:${email.trim().toLowerCase()}`)
      .digest('base64url');
  }
}
