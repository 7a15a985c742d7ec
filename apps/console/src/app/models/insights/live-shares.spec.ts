import { liveSentence, liveShares } from './live-shares';
import { rowOfState } from './query-state';

const histogram = (window: number[]) => ({
  histogram: {
    labels: window.map((_, index) => `bin ${index}`),
    reference: window.map(() => 1 / window.length),
    window,
  },
});

describe('where the live traffic of a column lies', () => {
  it('is told by bin, in the order of the bins', () => {
    const shares = liveShares(histogram([0.1, 0.7, 0.2]));
    expect(shares.map(({ live }) => live)).toEqual([0.1, 0.7, 0.2]);
    expect(liveSentence(shares)).toMatch(/^Most calls lie at bin 1: 70.?%, in training 33/);
  });

  it('keeps to the fullest bins when there are many', () => {
    const window = Array.from({ length: 40 }, (_, index) => (index === 30 ? 0.61 : 0.01));
    const shares = liveShares(histogram(window));
    expect(shares).toHaveLength(12);
    expect(liveShares(histogram([...Array.from({ length: 39 }, () => 0), 1]))).toEqual([
      { label: 'bin 39', live: 1, training: 1 / 40 },
    ]);
  });
});

describe('a row that comes with an entry of the history', () => {
  it('is taken without what is no cell', () => {
    const row = { plan: 'basic', months: 3, gone: null, nested: { a: 1 } };
    expect(rowOfState({ row, navigationId: 4 })).toEqual({ plan: 'basic', months: 3, gone: null });
  });

  it.each([null, 3, {}, { row: [] }, { row: { a: {} } }])('is none in %j', (state) => {
    expect(rowOfState(state)).toBeUndefined();
  });
});
