import type { ComparedItem } from './comparison.dto.js';
import {
  candidateFacts,
  factKey,
  factsOf,
  rescoringOf,
  sameRows,
  warningsOf,
  type KnownFacts,
} from './comparison-facts.js';

const item = (patch: Partial<ComparedItem> = {}): ComparedItem => ({
  id: '0190a000-0000-7000-8000-000000000001',
  kind: 'run',
  name: 'a',
  detail: '',
  status: 'succeeded',
  runId: null,
  modelId: null,
  modelVersionId: '0190a000-0000-7000-8000-00000000000a',
  task: 'binary',
  target: 'Churn',
  metric: 'roc_auc',
  datasetId: null,
  metrics: [],
  curves: null,
  curvesFrom: null,
  curvesMissing: null,
  ...patch,
});
const known = (patch: Partial<KnownFacts> = {}): KnownFacts => ({
  item: item(),
  candidateId: null,
  facts: new Map(),
  dataSha256: 'd1',
  holdoutKey: '42 0.2',
  foldsKey: '42 0.2 5',
  ...patch,
});
const codes = (list: readonly KnownFacts[]) => warningsOf(list).map(({ code }) => code);

describe('A comparison', () => {
  it('puts what differs before what is the same', () => {
    const facts = (depth: number) =>
      new Map([
        [factKey('Parameters', 'depth'), depth],
        [factKey('Data', 'rows'), 100],
      ]);
    expect(factsOf([known({ facts: facts(3) }), known({ facts: facts(5) })])).toEqual([
      { group: 'Parameters', name: 'depth', values: [3, 5], equal: false },
      { group: 'Data', name: 'rows', values: [100, 100], equal: true },
    ]);
  });

  it('gives a candidate the data and the folds of its run, and leaves it its own model', () => {
    const own = new Map<string, string | number>([
      [factKey('Parameters', 'rows'), 0.8],
      [factKey('Model', 'model'), 'LightGBM 2'],
    ]);
    const ofRun = new Map<string, string | number>([
      [factKey('Data', 'rows'), 7043],
      [factKey('Data', 'data SHA-256'), '6dd3'],
      [factKey('Validation', 'held-out rows'), 1409],
      [factKey('Model', 'model'), 'Ensemble'],
      [factKey('Parameters', 'members'), '3'],
    ]);
    expect(Object.fromEntries(candidateFacts(own, ofRun))).toEqual({
      [factKey('Parameters', 'rows')]: 0.8,
      [factKey('Model', 'model')]: 'LightGBM 2',
      [factKey('Data', 'rows')]: 7043,
      [factKey('Data', 'data SHA-256')]: '6dd3',
      [factKey('Validation', 'held-out rows')]: 1409,
    });
  });

  it('names the candidates that have no model to score, and says how they get one', () => {
    const candidate = item({ kind: 'candidate', name: 'b', modelVersionId: null });
    expect(rescoringOf([known(), known({ item: candidate })]).reason).toMatch(
      /"b" has no model to score.*Fit this candidate/,
    );
  });

  it('says nothing when both were evaluated on the same rows', () => {
    expect(codes([known(), known()])).toEqual([]);
    expect(sameRows([known(), known()])).toBe(true);
  });

  it.each([
    ['other-task', { item: item({ task: 'regression' }) }],
    ['other-target', { item: item({ target: 'Other' }) }],
    ['other-data', { dataSha256: 'd2' }],
    ['other-rows', { holdoutKey: '7 0.2' }],
    ['other-folds', { foldsKey: '42 0.2 10' }],
    ['unknown-rows', { holdoutKey: null, foldsKey: null }],
  ] as const)('warns of %s', (code, patch) => {
    expect(codes([known(), known(patch)])).toEqual([code]);
  });

  it('can be made fair by scoring again only where there are models of one task and target', () => {
    const other = item({ modelVersionId: '0190a000-0000-7000-8000-00000000000b' });
    expect(rescoringOf([known(), known({ item: other })])).toMatchObject({ possible: true, reason: null });
    expect(rescoringOf([known(), known({ item: item({ modelVersionId: null }) })]).possible).toBe(false);
    expect(rescoringOf([known(), known({ item: { ...other, target: 'x' } })]).possible).toBe(false);
  });
});
