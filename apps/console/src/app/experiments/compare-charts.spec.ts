import type { ComparedItem } from '@modelwright/sdk';
import { marked, withoutCurves } from './compare-charts';
import { factWord } from './compare-facts';

const item = (name: string, patch: Partial<ComparedItem> = {}): ComparedItem => ({
  id: name,
  kind: 'candidate',
  name,
  detail: '',
  status: 'succeeded',
  runId: null,
  modelId: null,
  modelVersionId: null,
  task: 'binary',
  target: 'churn',
  metric: 'roc_auc',
  datasetId: null,
  metrics: [],
  curves: null,
  ...patch,
});
const withModel = { curves: { binary: null, regression: null, multiclass: null } };

describe('Curves of a comparison', () => {
  it('say which candidates have none, and how they get them', () => {
    const words = withoutCurves(marked([item('a', withModel), item('b'), item('c')]));
    expect(words).toMatch(/^B and C have no curves/);
    expect(words).toContain('Fit this candidate');
  });

  it('tell nobody to fit a run of another program', () => {
    const words = withoutCurves(marked([item('a', withModel), item('b', { kind: 'external' })]));
    expect(words).toMatch(/^B has no curves/);
    expect(words).not.toContain('Fit');
  });

  it('need no words when all have them', () => {
    expect(withoutCurves(marked([item('a', withModel), item('b', withModel)]))).toBeUndefined();
  });
});

describe('Facts of a comparison', () => {
  it('leave the hyperparameters of a model the names that its family gives them', () => {
    expect(factWord('Parameters', 'features')).toBe('features');
    expect(factWord('Parameters', 'rows')).toBe('rows');
    expect(factWord('Data', 'rows')).toBe('Rows');
  });
});
