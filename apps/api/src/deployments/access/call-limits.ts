import { Injectable } from '@nestjs/common';
import { Problem } from '../../platform/problems/problem.js';
import type { Endpoint } from '../predict/endpoint.js';
import type { KnownKey } from '../predict/endpoint-directory.js';
import { PredictionAllowance } from '../predict/allowance.js';
import { KeyQuotas } from './key-quotas.js';
import type { AllowanceAnswer } from './leased-windows.js';

type LimitName = 'minute' | 'key-minute' | 'key-day' | 'key-month';

interface Limit {
  readonly name: LimitName;
  readonly subject: string;
  readonly limit: number;
}

/** What one call took of each limit that holds for it. */
export interface LimitsTaken {
  readonly answers: readonly (AllowanceAnswer & { readonly name: LimitName })[];
}

const WINDOW_SECONDS: Readonly<Record<LimitName, number>> = {
  minute: 60,
  'key-minute': 60,
  'key-day': 86_400,
  'key-month': 30 * 86_400,
};

/** How often may be called: the limit of the deployment (M6), then the limit and the quotas of the key. */
@Injectable()
export class CallLimits {
  constructor(
    private readonly minutes: PredictionAllowance,
    private readonly quotas: KeyQuotas,
  ) {}

  /** @throws Problem `rate-limited`, `quota-exceeded`; then nothing is taken of the other limits */
  async take(endpoint: Endpoint, key: KnownKey | undefined, now = Date.now()): Promise<LimitsTaken> {
    const answers: LimitsTaken['answers'][number][] = [];
    const limits = limitsOf(endpoint, key);
    for (const [place, limit] of limits.entries()) {
      const answer = await this.takeOne(limit, now);
      answers.push({ ...answer, name: limit.name });
      if (answer.allowed) continue;
      for (const earlier of limits.slice(0, place)) this.giveOneBack(earlier, now);
      throw refusal(endpoint, key, { answers });
    }
    return { answers };
  }

  /** The same without waiting; undefined when something has to be asked, or is used up. */
  takeNow(endpoint: Endpoint, key: KnownKey | undefined, now: number): LimitsTaken | undefined {
    if (!key || !isLimited(key)) {
      const answer = this.minutes.takeNow(endpoint.id, endpoint.rateLimitPerMinute, now);
      return answer && { answers: [{ ...answer, name: 'minute' }] };
    }
    const answers: LimitsTaken['answers'][number][] = [];
    const limits = limitsOf(endpoint, key);
    for (const [place, limit] of limits.entries()) {
      const answer = this.takeOneNow(limit, now);
      if (!answer) {
        for (const earlier of limits.slice(0, place)) this.giveOneBack(earlier, now);
        return undefined;
      }
      answers.push({ ...answer, name: limit.name });
    }
    return { answers };
  }

  giveBack(endpoint: Endpoint, key: KnownKey | undefined, takenAt: number): void {
    for (const limit of limitsOf(endpoint, key)) this.giveOneBack(limit, takenAt);
  }

  private takeOne({ name, subject, limit }: Limit, now: number): Promise<AllowanceAnswer> {
    const period = periodOf(name);
    return period ? this.quotas.take(period, subject, limit, now) : this.minutes.take(subject, limit, now);
  }

  private takeOneNow({ name, subject, limit }: Limit, now: number): AllowanceAnswer | undefined {
    const period = periodOf(name);
    return period
      ? this.quotas.takeNow(period, subject, limit, now)
      : this.minutes.takeNow(subject, limit, now);
  }

  private giveOneBack({ name, subject, limit }: Limit, takenAt: number): void {
    const period = periodOf(name);
    if (period) this.quotas.giveBack(period, subject, limit, takenAt);
    else this.minutes.giveBack(subject, limit, takenAt);
  }
}

function periodOf(name: LimitName): 'day' | 'month' | undefined {
  return name === 'key-day' ? 'day' : name === 'key-month' ? 'month' : undefined;
}

/** As in `3 days 5 h`, `6 h 29 min`, `12 min`. */
function durationOf(seconds: number): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'} ${hours} h`;
  return hours > 0 ? `${hours} h ${rest} min` : `${rest} min`;
}

function isLimited({ rateLimitPerMinute, quotaPerDay, quotaPerMonth }: KnownKey): boolean {
  return rateLimitPerMinute !== null || quotaPerDay !== null || quotaPerMonth !== null;
}

function limitsOf(endpoint: Endpoint, key: KnownKey | undefined): Limit[] {
  const limits: Limit[] = [{ name: 'minute', subject: endpoint.id, limit: endpoint.rateLimitPerMinute }];
  if (!key) return limits;
  const subject = key.lineId;
  if (key.rateLimitPerMinute !== null)
    limits.push({ name: 'key-minute', subject, limit: key.rateLimitPerMinute });
  if (key.quotaPerDay !== null) limits.push({ name: 'key-day', subject, limit: key.quotaPerDay });
  if (key.quotaPerMonth !== null) limits.push({ name: 'key-month', subject, limit: key.quotaPerMonth });
  return limits;
}

/** The limit that bites: the one that refuses, else the one of which least is left. */
function bitingOf({ answers }: LimitsTaken) {
  const [only] = answers;
  if (only && answers.length === 1) return only;
  return answers.reduce((least, answer) =>
    answer.remaining < least.remaining || !answer.allowed ? answer : least,
  );
}

/** RateLimit fields as in draft-ietf-httpapi-ratelimit-headers: every policy, and the state of the one that bites. */
export function limitHeaders(taken: LimitsTaken): Record<string, string> {
  const biting = bitingOf(taken);
  let policy = '';
  for (const { name, limit } of taken.answers)
    policy += `${policy === '' ? '' : ', '}"${name}";q=${limit};w=${WINDOW_SECONDS[name]}`;
  return {
    'RateLimit-Policy': policy,
    RateLimit: `"${biting.name}";r=${biting.remaining};t=${biting.resetSeconds}`,
  };
}

function refusal({ slug }: Endpoint, key: KnownKey | undefined, taken: LimitsTaken): Problem {
  const { name, limit, resetSeconds } = bitingOf(taken);
  const options = { retryAfterSeconds: resetSeconds, headers: limitHeaders(taken) };
  const who = `The key "${key?.name ?? ''}"`;
  switch (name) {
    case 'minute':
      return new Problem(
        'rate-limited',
        `Deployment "${slug}" answers ${limit} calls a minute; try again in ${resetSeconds} s or raise its limit.`,
        options,
      );
    case 'key-minute':
      return new Problem(
        'rate-limited',
        `${who} may call ${limit} times a minute; try again in ${resetSeconds} s or raise its limit.`,
        options,
      );
    default:
      return new Problem(
        'quota-exceeded',
        `${who} has used up its ${limit} calls of this ${periodOf(name)}; the next one begins in ${durationOf(resetSeconds)}, at midnight UTC. Raise its quota to go on now.`,
        options,
      );
  }
}
