import { describe, expect, it } from '@jest/globals';
import type { ModelContract } from '@modelwright/contracts';
import { MASKED } from '../../deployments/predict/log-mask.js';
import { DriftCounter } from './drift-counter.js';
import { layoutOf, predictionOf } from './drift-layout.js';
import { judgeDrift, type DriftJudgement } from './drift-report.js';

type Row = Record<string, unknown>;

/** mulberry32: the same rows in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PLANS = ['basic', 'plus', 'pro'];

/** Tenure 0 to 72, charges skewed, plans in unequal shares, one row in ten without a charge. */
function rowFrom(random: () => number): Row {
  return {
    tenure: Math.floor(random() * 73),
    charges: random() < 0.1 ? null : 20 + 100 * random() ** 3,
    plan: PLANS[Math.min(2, Math.floor(random() ** 2 * 4))],
    senior: random() < 0.2,
  };
}

const rowsFrom = (seed: number, count: number): Row[] => {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => rowFrom(random));
};

function histogram(values: readonly number[], bins: number) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const edges = Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? high : low + ((high - low) * i) / bins,
  );
  const counts = edges.slice(1).map((edge, bin) => {
    const last = bin === bins - 1;
    return values.filter((value) => value >= (edges[bin] ?? 0) && (last ? value <= edge : value < edge))
      .length;
  });
  return { edges, counts };
}

function categories(values: readonly unknown[]) {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}

function contractOf(rows: readonly Row[]): ModelContract {
  const numbers = (name: string) =>
    rows.map((row) => row[name]).filter((value) => value !== null) as number[];
  const common = { nullable: true, required: true };
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return {
    schemaVersion: 1,
    task: 'binary',
    target: { name: 'churn', type: 'category' },
    output: { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' },
    inputs: [
      {
        ...common,
        name: 'tenure',
        type: 'integer',
        histogram: histogram(numbers('tenure'), 20),
        median: median(numbers('tenure')),
        importance: 0.3,
      },
      {
        ...common,
        required: false,
        name: 'charges',
        type: 'number',
        histogram: histogram(numbers('charges'), 20),
        importance: 0.1,
      },
      {
        ...common,
        name: 'plan',
        type: 'category',
        categories: categories(rows.map((row) => row['plan'])),
        categoryCount: 3,
        importance: 0.1,
      },
      {
        ...common,
        name: 'senior',
        type: 'boolean',
        categories: categories(rows.map((row) => row['senior'])),
        categoryCount: 2,
        importance: 0,
      },
    ],
    example: {},
  };
}

const TRAINING = rowsFrom(1, 5_000);
const CONTRACT = contractOf(TRAINING);
const probabilityOf = (row: Row) => 1 / (1 + Math.exp(Number(row['tenure']) / 20 - 2));
const HELD_OUT = {
  predicted: TRAINING.slice(0, 1_000).map(() => 'no'),
  probabilities: new Map([['yes', TRAINING.slice(0, 1_000).map(probabilityOf)]]),
};
const LAYOUT = layoutOf(CONTRACT, predictionOf(CONTRACT, HELD_OUT));

function judgementOf(rows: readonly Row[], earlier?: readonly Row[]): DriftJudgement {
  const counter = new DriftCounter(LAYOUT);
  const countsOf = (some: readonly Row[]) => {
    const counts = Array.from({ length: counter.slots }, () => 0);
    for (const row of some)
      counter.count(row, { prediction: 'no', probabilities: { yes: probabilityOf(row) } }, counts);
    return counts;
  };
  return judgeDrift({
    contract: CONTRACT,
    layout: LAYOUT,
    window: countsOf(rows),
    rows: rows.length,
    minimumRows: 100,
    maskedColumns: [],
    ...(earlier ? { earlier: countsOf(earlier) } : {}),
  });
}

const columnOf = (judgement: DriftJudgement, name: string) =>
  judgement.columns.find((column) => column.name === name);

describe('drift of a window', () => {
  it('is steady in at least 95 % of samples from the same distribution, whatever their size', () => {
    for (const size of [100, 400, 3_000]) {
      const lights = Array.from(
        { length: 100 },
        (_, round) => judgementOf(rowsFrom(1_000 + round, size)).light,
      );
      expect(lights.filter((light) => light === 'steady').length).toBeGreaterThanOrEqual(95);
    }
  });

  it('is seen in every sample when a column that matters is shifted, and the sentence says how', () => {
    for (let round = 0; round < 20; round++) {
      const rows = rowsFrom(2_000 + round, 300).map((row) => ({
        ...row,
        tenure: Math.floor(Number(row['tenure']) * 0.4),
      }));
      const judgement = judgementOf(rows);
      expect(judgement.light).toBe('drifted');
      expect(columnOf(judgement, 'tenure')?.light).toBe('drifted');
      expect(columnOf(judgement, 'plan')?.light).toBe('steady');
      expect(judgement.prediction?.light).toBe('drifted');
    }
    const shifted = rowsFrom(3, 2_000).map((row) => ({
      ...row,
      tenure: Math.floor(Number(row['tenure']) / 3),
    }));
    const judgement = judgementOf(shifted);
    expect(columnOf(judgement, 'tenure')?.sentence).toMatch(
      /^tenure is lower than in training: median 1\d(\.\d)? instead of 3\d\.$/,
    );
    expect(judgement.sentence).toMatch(
      /^tenure has shifted, 60 % of what the model goes by\. The probability of yes is higher than for held-out rows/,
    );
    expect(judgement.score).toBeCloseTo(0.6, 6);
    expect(judgement.columns[0]?.name).toBe('tenure');
  });

  it('names values outside of training, new categories and gaps', () => {
    const rows = rowsFrom(4, 1_000);
    const above = judgementOf(rows.map((row) => ({ ...row, tenure: Number(row['tenure']) + 60 })));
    expect(columnOf(above, 'tenure')?.sentence).toMatch(
      /^tenure is above 72, outside of what the model was trained on/,
    );
    const fresh = judgementOf(rows.map((row, i) => ({ ...row, plan: i % 2 ? 'ultra' : row['plan'] })));
    expect(columnOf(fresh, 'plan')?.sentence).toBe(
      'plan has values that training did not have in 50 % of the rows.',
    );
    const gaps = judgementOf(rows.map((row, i) => ({ ...row, charges: i % 2 ? null : row['charges'] })));
    expect(columnOf(gaps, 'charges')?.sentence).toMatch(
      /^charges is missing in 5\d % of the rows instead of 1\d %\.$/,
    );
    expect(columnOf(gaps, 'charges')?.light).not.toBe('steady');
    const moved = judgementOf(
      rows.map((row) => ({ ...row, plan: row['plan'] === 'basic' ? 'pro' : row['plan'] })),
    );
    expect(columnOf(moved, 'plan')).toMatchObject({ light: 'drifted', method: 'chi-square' });
    expect(columnOf(moved, 'plan')?.sentence).toMatch(
      /^plan: "basic" in 0 % of the rows instead of \d+ %\.$/,
    );
  });

  it('weighs columns by their importance: one that the model does not use alarms nobody', () => {
    const rows = rowsFrom(5, 1_000).map((row) => ({ ...row, senior: true }));
    const judgement = judgementOf(rows);
    expect(columnOf(judgement, 'senior')?.light).toBe('drifted');
    expect(judgement.light).toBe('steady');
  });

  it('is grey below the minimum sample', () => {
    const judgement = judgementOf(rowsFrom(6, 99));
    expect(judgement.light).toBe('not-enough-data');
    expect(judgement.sentence).toContain('99 predicted rows');
    expect(
      judgement.columns.every((column) => column.light === 'not-enough-data' && column.psi === null),
    ).toBe(true);
  });

  it('compares a segment with its own earlier traffic', () => {
    const only = (seed: number) => rowsFrom(seed, 3_000).filter((row) => row['plan'] === 'pro');
    expect(judgementOf(only(7)).light).not.toBe('steady');
    expect(judgementOf(only(8), only(9)).light).toBe('steady');
  });

  it('does not count masked values', () => {
    const rows = rowsFrom(10, 500).map((row) => ({ ...row, plan: MASKED, tenure: MASKED }));
    const judgement = judgementOf(rows);
    expect(columnOf(judgement, 'plan')).toMatchObject({ rows: 0, light: 'not-enough-data' });
    expect(columnOf(judgement, 'tenure')?.rows).toBe(0);
    expect(columnOf(judgement, 'charges')?.rows).toBe(500);
  });
});

describe('an abstained prediction', () => {
  const classes = ['low', 'middle', 'high'];
  const contract: ModelContract = { ...CONTRACT, task: 'multiclass', output: { kind: 'class', classes } };
  const predicted = ['low', 'low', 'middle', 'high'];
  const counter = new DriftCounter(
    layoutOf(contract, predictionOf(contract, { predicted, probabilities: new Map() })),
  );
  const countsOf = (output: unknown) => {
    const counts = Array.from({ length: counter.slots }, () => 0);
    counter.count({}, output, counts);
    return counts.slice(-6);
  };

  it('of one of several classes counts as the class that the model found, not as missing', () => {
    const probabilities = { low: 0.3, middle: 0.45, high: 0.25 };
    const middle = countsOf({ prediction: 'middle', probabilities });
    expect(middle).toEqual([0, 1, 0, 0, 0, 0]);
    expect(countsOf({ prediction: null, abstained: true, probabilities })).toEqual(middle);
  });

  it('is left out where its probabilities are masked; a prediction without any class is missing', () => {
    expect(countsOf({ prediction: null, abstained: true, probabilities: null })).toEqual([0, 0, 0, 0, 0, 0]);
    expect(countsOf({ prediction: null })).toEqual([0, 0, 0, 0, 0, 1]);
  });
});

describe('bins', () => {
  it('hold numbers as the histogram of training does, its last bound included', () => {
    const counter = new DriftCounter(LAYOUT);
    const counts = Array.from({ length: counter.slots }, () => 0);
    for (const row of TRAINING) counter.count(row, undefined, counts);
    const { columns } = LAYOUT;
    let offset = 0;
    for (const column of columns) {
      expect(counts.slice(offset, offset + column.reference.length)).toEqual([...column.reference]);
      offset += column.reference.length;
    }
  });
});
