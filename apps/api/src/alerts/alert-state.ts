import { ALERT_KIND_FACTS, type AlertKind, type RuleState } from './alert-kinds.js';

const MINUTE_MS = 60_000;

/** What a rule remembers between two looks. */
export interface RuleMemory {
  readonly state: RuleState;
  readonly breachedSince: Date | null;
  readonly recoveredSince: Date | null;
}

export interface RuleTerms {
  readonly kind: AlertKind;
  readonly threshold: number;
  /** A breach has to last so long before it is an alert, and a recovery before the alert is over. */
  readonly forMinutes: number;
}

export type AlertMove = 'opens' | 'resolves' | 'none';

/**
 * One look at a rule: ok → pending → firing → resolved. Missing data is a state of its own, neither ok nor firing: it
 * opens nothing and closes nothing.
 * @param hasOpenAlert whether an alert of this rule is open: there is at most one
 */
export function nextState(
  { kind, threshold, forMinutes }: RuleTerms,
  before: RuleMemory,
  value: number | null,
  hasOpenAlert: boolean,
  now: Date,
): RuleMemory & { readonly move: AlertMove } {
  if (value === null) return { state: 'no_data', breachedSince: null, recoveredSince: null, move: 'none' };
  const lasted = (since: Date): boolean => now.getTime() - since.getTime() >= forMinutes * MINUTE_MS;
  const breached = isBreached(kind, threshold, value);
  if (!hasOpenAlert) {
    if (!breached) return { state: 'ok', breachedSince: null, recoveredSince: null, move: 'none' };
    const breachedSince = before.breachedSince ?? now;
    const opens = lasted(breachedSince);
    return {
      state: opens ? 'firing' : 'pending',
      breachedSince,
      recoveredSince: null,
      move: opens ? 'opens' : 'none',
    };
  }
  const firing = { state: 'firing', breachedSince: before.breachedSince, move: 'none' } as const;
  if (!isRecovered(kind, threshold, value)) return { ...firing, recoveredSince: null };
  const recoveredSince = before.recoveredSince ?? now;
  if (!lasted(recoveredSince)) return { ...firing, recoveredSince };
  return { state: 'ok', breachedSince: null, recoveredSince: null, move: 'resolves' };
}

export function isBreached(kind: AlertKind, threshold: number, value: number): boolean {
  return ALERT_KIND_FACTS[kind].bad === 'above' ? value > threshold : value < threshold;
}

/** Better than the threshold by the margin of the kind, so that a value that wavers about it is one alert. */
function isRecovered(kind: AlertKind, threshold: number, value: number): boolean {
  const { bad, margin } = ALERT_KIND_FACTS[kind];
  if (bad === 'above') return value <= threshold * (1 - margin);
  // A share has no room above 1: a threshold near it has to stay reachable.
  const wanted = threshold * (1 + margin);
  return value >= (ALERT_KIND_FACTS[kind].unit === 'share' ? Math.min(1, wanted) : wanted);
}

/** The worse of two values of a kind. */
export function worseOf(kind: AlertKind, left: number, right: number): number {
  return ALERT_KIND_FACTS[kind].bad === 'above' ? Math.max(left, right) : Math.min(left, right);
}

/** Whether people are told now: not while muted or acknowledged, and not again before the cool-down is over. */
export function isTold(
  rule: { readonly mutedUntil: Date | null; readonly cooldownMinutes: number },
  lastToldAt: Date | null,
  isAcknowledged: boolean,
  now: Date,
): boolean {
  if (isAcknowledged || (rule.mutedUntil !== null && rule.mutedUntil > now)) return false;
  return lastToldAt === null || now.getTime() - lastToldAt.getTime() >= rule.cooldownMinutes * MINUTE_MS;
}
