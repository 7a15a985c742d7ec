import { Injectable } from '@nestjs/common';

/** The time by which starts, waits and failures of model servers are judged; tests put it on. */
@Injectable()
export class ServingClock {
  /** Milliseconds since 1970. */
  now(): number {
    return Date.now();
  }
}
