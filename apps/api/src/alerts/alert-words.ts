import { ALERT_KIND_FACTS, type AlertKind } from './alert-kinds.js';

const number = (value: number): string =>
  value.toLocaleString(
    'en-GB',
    value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  );

/** A value with its unit. */
export function valueWords(kind: AlertKind, value: number): string {
  switch (ALERT_KIND_FACTS[kind].unit) {
    case 'share':
      return `${number(value * 100)} %`;
    case 'milliseconds':
      return `${number(value)} ms`;
    case 'calls':
      return value === 1 ? '1 call' : `${value.toLocaleString('en-GB')} calls`;
    case 'score':
      return number(value);
  }
}

/** A length of time in the largest unit that fits. */
export function windowWords(minutes: number): string {
  const in_ = (count: number, unit: string): string => (count === 1 ? unit : `${count} ${unit}s`);
  if (minutes % 1_440 === 0) return in_(minutes / 1_440, 'day');
  return minutes % 60 === 0 ? in_(minutes / 60, 'hour') : in_(minutes, 'minute');
}

/** What a look at a rule found, as one plain sentence. */
export function sentenceOf(
  rule: { readonly kind: AlertKind; readonly threshold: number; readonly windowMinutes: number },
  value: number | null,
): string {
  const window = `in the last ${windowWords(rule.windowMinutes)}`;
  if (value === null) return missingWords(rule.kind, window);
  const found = valueWords(rule.kind, value);
  const limit = valueWords(rule.kind, rule.threshold);
  switch (rule.kind) {
    case 'error_rate':
      return `${found} of the calls were refused or failed ${window}; the limit is ${limit}.`;
    case 'latency_p95':
      return `95 of 100 calls took up to ${found} ${window}; the limit is ${limit}.`;
    case 'no_traffic':
      return `${value === 0 ? 'No call' : found} arrived ${window}; at least ${limit} ${rule.threshold === 1 ? 'is' : 'are'} expected.`;
    case 'drift':
      return `The drift score is ${found} ${window}; the limit is ${limit}.`;
    case 'accuracy':
      return `Accuracy (R² of numbers) was ${found}, by the outcomes that came ${window}; at least ${limit} is expected.`;
    case 'accuracy_drop':
      return value <= 0
        ? `Predictions were as good as on held-out rows, by the outcomes that came ${window}; the limit is ${limit} worse.`
        : `Predictions were ${found} worse than on held-out rows (points of accuracy; share of RMSE for numbers), by the outcomes that came ${window}; the limit is ${limit}.`;
  }
}

function missingWords(kind: AlertKind, window: string): string {
  if (kind === 'no_traffic')
    return `The deployment has not served all the time ${window}, so silence says nothing.`;
  if (kind === 'accuracy' || kind === 'accuracy_drop')
    return `Too few true outcomes are known ${window} to judge.`;
  return `There were too few calls ${window} to judge.`;
}
