import { describe, expect, it } from '@jest/globals';
import { judge } from './column-drift.js';
import type { DriftColumn } from './drift-layout.js';
import { columnSentence } from './drift-sentences.js';

/** Slots: below the range, the bins, above it, missing. */
const numberColumn = (edges: number[], reference: number[], median: number): DriftColumn => ({
  kind: 'number',
  name: 'SeniorCitizen',
  edges,
  categories: [],
  isComplete: false,
  reference,
  median,
});

const sentenceOf = (column: DriftColumn, window: number[]): string =>
  columnSentence(judge(column, column.reference, window, 100), 'drifted', {
    isMasked: false,
    than: 'in training',
    minimumRows: 100,
  });

describe('what has changed in a number, in words', () => {
  it('of two values is told by their shares, not by a median between them', () => {
    const flag = numberColumn([0, 0.5, 1], [0, 840, 160, 0, 0], 0);
    expect(sentenceOf(flag, [0, 211, 0, 0, 0])).toBe(
      'SeniorCitizen is above 0.5 in 0 % of the rows instead of 16 %.',
    );
  });

  it('never contradicts itself where the exact median lies on the other side of the estimate', () => {
    const edges = [0, 10, 20, 30, 40, 50];
    const column = numberColumn(edges, [0, 700, 100, 100, 50, 50, 0, 0], 1);
    expect(sentenceOf(column, [0, 1000, 0, 0, 0, 0, 0, 0])).toMatch(
      /is lower than in training: median 5 instead of 7\.14\.$/,
    );
  });
});
