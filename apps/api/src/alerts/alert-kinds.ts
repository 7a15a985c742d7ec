export const ALERT_KINDS = [
  'error_rate',
  'latency_p95',
  'no_traffic',
  'drift',
  'accuracy',
  'accuracy_drop',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const RULE_STATES = ['no_data', 'ok', 'pending', 'firing'] as const;
export type RuleState = (typeof RULE_STATES)[number];

/** What a kind of rule looks at. */
export interface AlertKindFacts {
  readonly label: string;
  /** Unit of value and threshold: a share between 0 and 1, milliseconds, calls, or a score of the detector. */
  readonly unit: 'share' | 'milliseconds' | 'calls' | 'score';
  /** On which side of the threshold it is bad. */
  readonly bad: 'above' | 'below';
  /** Share of the threshold by which a value has to be better before an alert is over (hysteresis). */
  readonly margin: number;
  readonly threshold: { readonly min: number; readonly max: number; readonly proposed: number };
  readonly proposedWindowMinutes: number;
}

export const ALERT_KIND_FACTS: Readonly<Record<AlertKind, AlertKindFacts>> = {
  error_rate: {
    label: 'Error rate',
    unit: 'share',
    bad: 'above',
    margin: 0.1,
    threshold: { min: 0, max: 0.999, proposed: 0.05 },
    proposedWindowMinutes: 15,
  },
  latency_p95: {
    label: 'Latency, p95',
    unit: 'milliseconds',
    bad: 'above',
    margin: 0.1,
    threshold: { min: 0.01, max: 600_000, proposed: 250 },
    proposedWindowMinutes: 15,
  },
  no_traffic: {
    label: 'No traffic',
    unit: 'calls',
    bad: 'below',
    margin: 0,
    threshold: { min: 1, max: 1_000_000, proposed: 1 },
    proposedWindowMinutes: 60,
  },
  drift: {
    label: 'Drift',
    unit: 'score',
    bad: 'above',
    margin: 0.1,
    threshold: { min: 0.001, max: 1_000, proposed: 0.2 },
    proposedWindowMinutes: 1_440,
  },
  accuracy: {
    label: 'Accuracy (R² of numbers)',
    unit: 'share',
    bad: 'below',
    margin: 0.02,
    threshold: { min: 0.001, max: 1, proposed: 0.8 },
    proposedWindowMinutes: 1_440,
  },
  accuracy_drop: {
    label: 'Worse than held-out',
    unit: 'share',
    bad: 'above',
    margin: 0.1,
    threshold: { min: 0.001, max: 10, proposed: 0.05 },
    proposedWindowMinutes: 1_440,
  },
};
