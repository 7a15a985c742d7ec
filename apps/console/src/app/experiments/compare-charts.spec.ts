import type { ComparedItem } from '@modelwright/sdk';
import { marked, rowsOfCurves, withoutCurves } from './compare-charts';
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
  curvesFrom: null,
  curvesMissing: 'Its run kept none.',
  ...patch,
});
const curves = { binary: null, regression: null, multiclass: null };
const held: Partial<ComparedItem> = { curves, curvesFrom: 'holdout', curvesMissing: null };
const folds: Partial<ComparedItem> = { curves, curvesFrom: 'folds', curvesMissing: null };

describe('Curves of a comparison', () => {
  it('say which have none, together with those that lack them for the same reason', () => {
    const words = withoutCurves(
      marked([item('a', held), item('b'), item('c'), item('d', { curvesMissing: 'Other program.' })]),
    );
    expect(words).toEqual(['B and C have no curves. Its run kept none.', 'D has no curves. Other program.']);
  });

  it('need no words when all have them, or when nothing is drawn of the task', () => {
    expect(withoutCurves(marked([item('a', held), item('b', folds)]))).toEqual([]);
    expect(withoutCurves(marked([item('a', { task: 'multiclass' })]))).toEqual([]);
  });

  it('name the rows that they are of, and warn where those differ', () => {
    expect(rowsOfCurves(marked([item('a', held), item('b', held)]))).toBeUndefined();
    expect(rowsOfCurves(marked([item('a', folds), item('b', folds)]))).toMatch(
      /^Curves are of the training rows/,
    );
    expect(rowsOfCurves(marked([item('a', held), item('b', folds)]))).toContain(
      'those of A of the held-out rows',
    );
  });
});

describe('Facts of a comparison', () => {
  it('leave the hyperparameters of a model the names that its family gives them', () => {
    expect(factWord('Parameters', 'features')).toBe('features');
    expect(factWord('Parameters', 'rows')).toBe('rows');
    expect(factWord('Data', 'rows')).toBe('Rows');
  });
});
