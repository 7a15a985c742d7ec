import type { ModelContract } from '@modelwright/contracts';
import { describeColumn, judge, type JudgedColumn } from './column-drift.js';
import type { DriftLayout } from './drift-layout.js';
import { overallSentence } from './drift-sentences.js';
import { benjaminiHochberg } from './drift-statistics.js';
import type { DriftColumnReport, DriftLight } from './drift.dto.js';

/** Drifted columns that carry so much of the importance make the whole light. */
const WATCH_SCORE = 0.05;
const DRIFTED_SCORE = 0.2;
const POINTS: Readonly<Record<DriftLight, number>> = {
  drifted: 1,
  watch: 0.5,
  steady: 0,
  'not-enough-data': 0,
};

export interface DriftInput {
  readonly contract: ModelContract;
  readonly layout: DriftLayout;
  /** Counts by slot in the window. */
  readonly window: readonly number[];
  /** Counts by slot to compare with; without them training. */
  readonly earlier?: readonly number[];
  readonly rows: number;
  readonly minimumRows: number;
  readonly maskedColumns: readonly string[];
}

export interface DriftJudgement {
  readonly light: DriftLight;
  readonly score: number;
  readonly sentence: string;
  readonly columns: DriftColumnReport[];
  readonly prediction: DriftColumnReport | null;
}

/** Judges every column and the prediction, and the whole by what the model goes by. */
export function judgeDrift(input: DriftInput): DriftJudgement {
  const { layout, minimumRows, rows } = input;
  const judged = judgeAll(input);
  const inputs = judged.slice(0, layout.columns.length);
  const weights = weightsOf(input.contract);
  const adjusted = adjust(inputs);
  const masked = new Set(input.maskedColumns);
  const columns = inputs.map((column, index) =>
    describeColumn(column, adjusted[index] ?? null, {
      importance: input.contract.inputs[index]?.importance ?? null,
      weight: weights[index] ?? 0,
      isMasked: masked.has(column.column.name),
      than: input.earlier ? 'before' : 'in training',
      minimumRows,
    }),
  );
  const last = layout.prediction ? judged.at(-1) : undefined;
  // One question of its own, so there is nothing to adjust for.
  const prediction = last
    ? describeColumn(last, last.result?.pValue ?? null, {
        importance: null,
        weight: 0,
        isMasked: false,
        than: input.earlier ? 'before' : 'for held-out rows',
        minimumRows,
      })
    : null;
  // Shares that add up to one do so only nearly.
  const score = Math.min(
    1,
    columns.reduce((total, column) => total + column.weight * POINTS[column.light], 0),
  );
  const light = overallLight(columns, prediction, score);
  const ordered = columns
    .map((column, index) => ({ column, index }))
    .sort((a, b) => b.column.weight - a.column.weight || a.index - b.index)
    .map(({ column }) => column);
  const sentence = overallSentence({ light, rows, minimumRows, columns: ordered, prediction });
  return { light, score, sentence, columns: ordered, prediction };
}

function judgeAll({ layout, window, earlier, minimumRows }: DriftInput): JudgedColumn[] {
  let offset = 0;
  const all = layout.prediction ? [...layout.columns, layout.prediction] : layout.columns;
  return all.map((column) => {
    const end = offset + column.reference.length;
    const reference = earlier ? earlier.slice(offset, end) : column.reference;
    const counts = window.slice(offset, end);
    offset = end;
    return judge(column, reference, counts, minimumRows);
  });
}

function adjust(columns: readonly JudgedColumn[]): (number | null)[] {
  const tested = columns.flatMap(({ result }) => (result ? [result.pValue] : []));
  const adjusted = benjaminiHochberg(tested);
  let next = 0;
  return columns.map(({ result }) => (result ? (adjusted[next++] ?? null) : null));
}

/** Shares of the importance; a column that helps nothing weighs nothing. Without any importance all weigh the same. */
function weightsOf({ inputs }: ModelContract): number[] {
  const importances = inputs.map(({ importance }) => Math.max(0, importance ?? 0));
  const total = importances.reduce((sum, importance) => sum + importance, 0);
  return total > 0
    ? importances.map((importance) => importance / total)
    : inputs.map(() => 1 / inputs.length);
}

function overallLight(
  columns: readonly DriftColumnReport[],
  prediction: DriftColumnReport | null,
  score: number,
): DriftLight {
  const all = prediction ? [...columns, prediction] : columns;
  if (all.every(({ light }) => light === 'not-enough-data')) return 'not-enough-data';
  if (score >= DRIFTED_SCORE || prediction?.light === 'drifted') return 'drifted';
  return score >= WATCH_SCORE || prediction?.light === 'watch' ? 'watch' : 'steady';
}
