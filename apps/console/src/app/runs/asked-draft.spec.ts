import { convertToParamMap } from '@angular/router';
import { withAsked } from './asked-draft';
import { EMPTY_DRAFT } from './run-draft';

describe('a run that a link asks for', () => {
  it('has the task, metric and families of the link', () => {
    const query = convertToParamMap({ task: 'binary', metric: 'log_loss', family: ['lightgbm', 'linear'] });
    expect(withAsked(EMPTY_DRAFT, query)).toEqual({
      ...EMPTY_DRAFT,
      task: 'binary',
      metric: 'log_loss',
      families: expect.arrayContaining(['lightgbm', 'linear']),
    });
  });

  it('is left as it is by what is none of ours', () => {
    const query = convertToParamMap({ task: 'magic', metric: 'luck', family: 'oracle' });
    expect(withAsked(EMPTY_DRAFT, query)).toEqual(EMPTY_DRAFT);
  });
});
