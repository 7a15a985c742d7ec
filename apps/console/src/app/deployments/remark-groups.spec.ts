import type { PredictionWarning } from '@modelwright/sdk';
import { remarkGroups } from './remark-groups';

const warning = (field: string, code: PredictionWarning['code']): PredictionWarning => ({
  field,
  code,
  detail: `about ${field}`,
});

describe('remarks on a predicted row', () => {
  it('tell each value outside the training data, apart from other remarks', () => {
    const age = warning('age', 'out_of_range');
    const plan = warning('plan', 'unseen_category');
    const gap = warning('months', 'missing');
    const extra = warning('extra', 'unknown_field');
    expect(remarkGroups([extra, age, plan, gap])).toEqual([
      { title: 'Outside the training data', warnings: [age, plan, gap] },
      { title: 'About this row', warnings: [extra] },
    ]);
  });

  it('are none for a usual row', () => {
    expect(remarkGroups([])).toEqual([]);
  });
});
