import type { FairnessResult } from '@modelwright/sdk';
import { formatCount, formatNumber, formatPercent } from '../../shared/format/numbers';
import { NOTHING } from './charts/output-words';

type Measure = FairnessResult['measures'][number];
type Widest = FairnessResult['widest'][number];
type Comparison = FairnessResult['comparisons'][number];
type Interval = Comparison['difference'];

interface MeasureWords {
  readonly label: string;
  readonly meaning: string;
  /** In units of the target instead of a share. */
  readonly isNumber?: boolean;
}

/** Words of the measures; `positive` is the class that counts as selected. */
export function measureWords(measure: Measure, positive: string | null): MeasureWords {
  const chosen = positive === null ? '' : `“${positive}”`;
  const words: Readonly<Record<Measure, MeasureWords>> = {
    base_rate: { label: `Really ${chosen}`, meaning: 'Share of the group that is so in truth' },
    selection_rate: { label: `Called ${chosen}`, meaning: 'Share of the group that the model calls so' },
    true_positive_rate: {
      label: 'Found',
      meaning: `Of those really ${chosen}, the share that the model finds`,
    },
    false_positive_rate: {
      label: 'False alarms',
      meaning: `Of those not ${chosen}, the share that the model calls so`,
    },
    precision: { label: 'Right when called', meaning: `Of those called ${chosen}, the share that is` },
    accuracy: { label: 'Right', meaning: 'Share of the group that the model gets right' },
    mean_prediction: {
      label: positive === null ? 'Mean prediction' : 'Mean probability',
      meaning: 'What the model says on average',
      isNumber: positive === null,
    },
    calibration_gap: {
      label: 'Calibration gap',
      meaning: 'Mean probability less what really happened; above zero is too high',
    },
    mean_absolute_error: { label: 'Off by', meaning: 'Mean absolute error', isNumber: true },
    mean_error: {
      label: 'Mean error',
      meaning: 'Predicted less actual on average; its sign says which way the model errs',
      isNumber: true,
    },
  };
  return words[measure];
}

export function measureText(value: number | null, { isNumber }: MeasureWords): string {
  return isNumber ? formatNumber(value) : formatPercent(value);
}

/** A difference of shares is told in percentage points. */
export function differenceText(value: number | null, words: MeasureWords): string {
  if (value === null) return '–';
  if (Math.abs(value) < NOTHING) return '±0';
  const size = words.isNumber
    ? formatNumber(Math.abs(value))
    : `${formatNumber(Math.abs(value) * 100)} points`;
  return value > 0 ? `+${size}` : value < 0 ? `−${size}` : size;
}

export function intervalText({ low, high }: Interval, words: MeasureWords): string {
  return low === null || high === null ? '' : `${measureText(low, words)} to ${measureText(high, words)}`;
}

/** Whether a group differs from the reference by more than chance, and by more than rounding. */
export function isClear({ clear, difference }: Comparison): boolean {
  return clear && Math.abs(difference.value ?? 0) > NOTHING;
}

/** What a reader should take along, in one or two sentences. */
export function fairnessSentence(result: FairnessResult): string {
  const clear = result.comparisons.filter(isClear);
  const compared = result.groups.filter(({ tooSmall }) => !tooSmall).length;
  if (compared < 2)
    return `Only ${formatCount(compared)} group of ${result.column} has ${result.minGroupSize} rows or more, so there is nothing to compare.`;
  if (clear.length === 0)
    return `No group of ${result.column} clearly differs from ${result.reference}; with so few rows a small difference may stay unseen.`;
  const gap = widestOf(
    result,
    clear.map(({ measure }) => measure),
  );
  const groups = new Set(clear.map(({ group }) => group)).size;
  const head = `${groups === 1 ? 'One group clearly differs' : `${groups} groups clearly differ`} from ${result.reference}.`;
  return gap ? `${head} ${gapSentence(gap, result)}` : head;
}

/** Selection first, then how often it is right: what people are affected by. */
const TOLD_FIRST: readonly Measure[] = [
  'selection_rate',
  'true_positive_rate',
  'false_positive_rate',
  'accuracy',
  'mean_error',
  'mean_absolute_error',
];

function widestOf({ widest }: FairnessResult, clear: readonly Measure[]): Widest | undefined {
  const name = TOLD_FIRST.find((measure) => clear.includes(measure));
  return widest.find(({ measure }) => measure === name);
}

function gapSentence(
  { measure, lowest, highest, difference, ratio }: Widest,
  { positiveClass }: FairnessResult,
): string {
  const words = measureWords(measure, positiveClass);
  const size = differenceText(difference, words).replace(/^[+−±]/, '');
  const rule =
    measure === 'selection_rate' && ratio !== null
      ? ` The ratio is ${formatNumber(ratio)}, ${ratio < 0.8 ? 'below' : 'not below'} the four fifths that are often asked for.`
      : '';
  return `${words.label} is highest for ${highest} and lowest for ${lowest}, ${size} apart.${rule}`;
}
