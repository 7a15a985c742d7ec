import { z } from 'zod';

/** When a version that has just taken over is taken back by itself. */
export const RollbackRule = z
  .strictObject({
    minutes: z
      .number()
      .int()
      .min(1)
      .max(1440)
      .describe('How long after a switch the rule looks, in minutes.'),
    minimumCalls: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(20)
      .describe('Calls that the new version must have had before it is judged.'),
    maxErrorPercent: z
      .number()
      .min(0)
      .max(100)
      .nullable()
      .describe(
        'Go back when more than this share of calls failed on our side (5xx), in percent; null: not looked at.',
      ),
    maxLatencyRatio: z
      .number()
      .min(1)
      .max(100)
      .nullable()
      .describe('Go back when p95 is above this many times that of the version before; null: not looked at.'),
  })
  .refine((rule) => rule.maxErrorPercent !== null || rule.maxLatencyRatio !== null, {
    message: 'Say what to look at: errors, latency, or both.',
  })
  .meta({ id: 'RollbackRule' });
export type RollbackRule = z.infer<typeof RollbackRule>;

/** A switch under watch. */
export interface RollbackWatch {
  readonly rule: RollbackRule;
  /** ISO 8601; calls before it do not count. */
  readonly since: string;
  readonly fromVersionId: string;
  readonly fromVersionNumber: number;
  readonly toVersionId: string;
  readonly toVersionNumber: number;
  /** 95th percentile of the version before in its last hour, milliseconds; null when it had no calls. */
  readonly p95BeforeMs: number | null;
}

/** What the new version has done since the switch. */
export interface VersionFigures {
  readonly calls: number;
  readonly errors: number;
  readonly p95Ms: number | null;
}

/** @returns why to go back, in words with the numbers; undefined while there is no reason */
export function reasonToGoBack(watch: RollbackWatch, figures: VersionFigures): string | undefined {
  const { rule } = watch;
  if (figures.calls < rule.minimumCalls) return undefined;
  const errorPercent = (100 * figures.errors) / figures.calls;
  if (rule.maxErrorPercent !== null && errorPercent > rule.maxErrorPercent)
    return `${figures.errors} of ${figures.calls} calls failed (${round(errorPercent)} %), and the rule allows ${rule.maxErrorPercent} %.`;
  const limitMs =
    rule.maxLatencyRatio === null || watch.p95BeforeMs === null
      ? undefined
      : rule.maxLatencyRatio * watch.p95BeforeMs;
  if (limitMs !== undefined && figures.p95Ms !== null && figures.p95Ms > limitMs)
    return `p95 was ${round(figures.p95Ms)} ms over ${figures.calls} calls, more than ${rule.maxLatencyRatio} times the ${round(watch.p95BeforeMs ?? 0)} ms of version ${watch.fromVersionNumber}.`;
  return undefined;
}

const round = (value: number): number => Number(value.toPrecision(3));
