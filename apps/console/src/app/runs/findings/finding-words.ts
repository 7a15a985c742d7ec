import type { RunFinding } from '@modelwright/sdk';
import { formatCount, formatNumber } from '../../shared/format/numbers';
import type { IconName } from '../../shared/ui/icons';
import type { Tone } from '../../shared/ui/status';

export interface SeverityLook {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: string;
}

/** How grave a finding is: icon, colour and word. A waived one is no longer in the way. */
export function severityLook({ severity, state }: Pick<RunFinding, 'severity' | 'state'>): SeverityLook {
  if (state === 'waived') return { icon: 'check-circle', tone: 'neutral', word: 'Waived' };
  switch (severity) {
    case 'blocking':
      return { icon: 'hand', tone: 'warning', word: 'Blocks promotion' };
    case 'warning':
      return { icon: 'warning', tone: 'warning', word: 'Warning' };
    case 'info':
      return { icon: 'info', tone: 'neutral', word: 'Note' };
  }
}

const EVIDENCE_WORDS: Readonly<Record<string, string>> = {
  power: 'Power of this column alone, 1 is perfect',
  measure: 'Measured as',
  rows: 'Rows looked at',
  distinct: 'Different values',
  share: 'Held-out rows that are copies',
  expectedShare: 'Copies expected by coincidence',
  sameTargetShare: 'Copies with the same target',
  autocorrelation: 'Correlation of neighbours in time',
  auc: 'AUC of telling hold-out from training, 0.5 is a coin',
  standardError: 'Standard error',
  column: 'Column that tells most',
  word: 'Word',
  class: 'Class',
  precision: 'Rows with the word that are of the class',
  recall: 'Rows of the class that have the word',
  holdout: 'Hold-out',
  holdoutLow: 'Hold-out, lower end',
  holdoutHigh: 'Hold-out, upper end',
  crossValidation: 'Cross-validation',
  crossValidationLow: 'Cross-validation, lower end',
  crossValidationHigh: 'Cross-validation, upper end',
};
const COUNTED: ReadonlySet<string> = new Set(['rows', 'distinct']);

/** The figures of a finding, named for people. */
export function evidenceLines(evidence: RunFinding['evidence']): { name: string; value: string }[] {
  return Object.entries(evidence).map(([key, value]) => ({
    name: EVIDENCE_WORDS[key] ?? key,
    value:
      typeof value === 'number'
        ? COUNTED.has(key)
          ? formatCount(value)
          : formatNumber(value)
        : typeof value === 'string'
          ? value
          : JSON.stringify(value),
  }));
}

/** What is said of so many open blocking findings, beside the model and on the leaderboard. */
export function openBlockingText(count: number): string {
  return count === 1 ? '1 blocking finding' : `${formatCount(count)} blocking findings`;
}
