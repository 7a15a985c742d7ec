import { hash, verify, type Options } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems/problem.js';

/** Argon2id with the first recommendation of OWASP's password storage cheat sheet: 19 MiB, two passes, one lane. */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1, algorithm: 2 };
/** Two at once leave the other threads of the pool to files and names. */
const CONCURRENCY = 2;
const MAX_WAITING = 64;

/** Slow hashes on purpose, in a queue with an end: a flood of sign-ins must not take the machine (T43). */
@Injectable()
export class PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private dummy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.queued(() => hash(password.normalize('NFKC'), PARAMETERS));
  }

  /** @param stored undefined when there is no such account: then the same work is done for nothing (T44) */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    this.dummy ??= hash('nobody has this password', PARAMETERS);
    const expected = stored ?? (await this.dummy);
    const matches = await this.queued(() => verify(expected, password.normalize('NFKC')));
    return stored !== undefined && matches;
  }

  private async queued<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= CONCURRENCY) {
      if (this.waiting.length >= MAX_WAITING)
        throw new Problem('overloaded', 'Too many people are signing in right now. Try again in a moment.', {
          retryAfterSeconds: 2,
        });
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running++;
    try {
      return await work();
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }
}
