import type { Explanation } from '@modelwright/sdk';
import { formatNumber } from '../shared/format/numbers';

export interface ContributionBar {
  readonly column: string;
  readonly value: string;
  /** With its sign, in the space that the model adds up in. */
  readonly amount: string;
  readonly isUp: boolean;
  /** Share of the largest contribution, percent. */
  readonly width: number;
}

const MOST_BARS = 10;
const NOTHING = 1e-9;

/** The largest contributions to a prediction, and the rest in one. */
export function contributionBars({ contributions, output }: Explanation): ContributionBar[] {
  const sorted = [...contributions].sort(
    (one, other) => Math.abs(other.contribution) - Math.abs(one.contribution),
  );
  const shown = sorted.slice(0, MOST_BARS).filter(({ contribution }) => Math.abs(contribution) > NOTHING);
  const others = sorted.slice(MOST_BARS);
  const rest = others.reduce((sum, { contribution }) => sum + contribution, 0);
  const largest = Math.max(
    NOTHING,
    Math.abs(rest),
    ...shown.map(({ contribution }) => Math.abs(contribution)),
  );
  const bar = (column: string, value: string, amount: number): ContributionBar => ({
    column,
    value,
    amount: signed(amount, output),
    isUp: amount > 0,
    width: (Math.abs(amount) / largest) * 100,
  });
  return [
    ...shown.map(({ column, value, contribution }) => bar(column, cellText(value), contribution)),
    ...(others.length > 0 ? [bar(`${others.length} other columns`, '', rest)] : []),
  ];
}

function signed(value: number, { space }: Explanation['output']): string {
  const size = Math.abs(value);
  // A difference of probabilities is in points: 5 % less of 20 % would be 19 %.
  const text = space === 'probability' ? `${formatNumber(size * 100)} points` : formatNumber(size);
  return size <= NOTHING ? text : `${value > 0 ? '+' : '−'}${text}`;
}

function cellText(value: string | number | boolean | null): string {
  if (value === null) return 'missing';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? '(empty)' : value;
}
