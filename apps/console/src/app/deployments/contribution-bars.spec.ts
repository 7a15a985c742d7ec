import type { Explanation } from '@modelwright/sdk';
import { contributionBars } from './contribution-bars';

const explanation = (amounts: readonly number[], space: Explanation['output']['space'] = 'probability') =>
  ({
    output: { label: 'yes', space, link: 'identity', unit: '' },
    contributions: amounts.map((contribution, index) => ({
      column: `c${index}`,
      value: index === 0 ? null : index,
      contribution,
    })),
  }) as unknown as Explanation;

describe('contributionBars', () => {
  it('draws the largest first, with sign and share of the largest', () => {
    const bars = contributionBars(explanation([0.1, -0.2, 0]));
    expect(bars.map(({ column }) => column)).toEqual(['c1', 'c0']);
    expect(bars[0]).toMatchObject({ amount: '−20 points', isUp: false, width: 100, value: '1' });
    expect(bars[1]).toMatchObject({ amount: '+10 points', isUp: true, width: 50, value: 'missing' });
  });

  it('sums up what is too much to draw', () => {
    const bars = contributionBars(
      explanation(
        Array.from({ length: 14 }, () => 1),
        'number',
      ),
    );
    expect(bars).toHaveLength(11);
    expect(bars.at(-1)).toMatchObject({ column: '4 other columns', amount: '+4' });
  });

  it('draws nothing where nothing contributes', () => {
    expect(contributionBars(explanation([0, 0]))).toEqual([]);
  });
});
