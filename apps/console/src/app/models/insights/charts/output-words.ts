import type { InsightOutput } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../../../shared/format/numbers';

/** `of “yes”`, where the explained output belongs to a class. */
function ofClass({ label }: InsightOutput): string {
  return label === null ? '' : ` of “${label}”`;
}

/** The space that contributions add up in, for an axis. */
export function spaceName(output: InsightOutput, target: string): string {
  switch (output.space) {
    case 'probability':
      return `probability${ofClass(output)}`;
    case 'log_odds':
      return `log-odds${ofClass(output)}`;
    case 'margin':
      return `raw score${ofClass(output)}`;
    case 'log_number':
      return `log(1 + ${target})`;
    default:
      return target;
  }
}

/** What the unit of the contributions means to somebody who has not met it; empty where it is the prediction's own. */
export function spaceNote({ space }: InsightOutput): string {
  switch (space) {
    case 'log_odds':
      return 'This model adds up in log-odds, not in probabilities: 0 is 50 %, +1 about 73 %, +2 about 88 %, +3 about 95 %.';
    case 'margin':
      return 'This model adds up in the raw score of the class; a higher score means more probable than the other classes.';
    case 'log_number':
      return 'This model adds up in logarithms: +0.1 makes the prediction about 10 % larger.';
    default:
      return '';
  }
}

/** A number in the space of the output. */
export function spaceNumber(value: number, { space }: InsightOutput): string {
  return space === 'probability' ? formatPercent(value) : formatNumber(value);
}

/** A contribution, with its sign. */
export function signed(value: number, output: InsightOutput): string {
  const text = spaceNumber(Math.abs(value), output);
  if (value === 0) return text;
  return value > 0 ? `+${text}` : `−${text}`;
}

/** Below this an effect is rounding, whatever the unit. */
export const NOTHING = 1e-9;

type Cell = string | number | boolean | null | undefined;

/** A cell of a row in words. */
export function cellText(value: Cell): string {
  if (value === null || value === undefined) return 'missing';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? '(empty)' : value;
}
