import type { FairnessResult, SegmentsResult } from '@modelwright/contracts';
import { fairness, requiredChecks, segments, type CardTrust } from './card-trust.js';

const nothing: CardTrust = { required: [], analyses: [] };
const check = {
  code: 'findings',
  label: 'No open blocking finding',
  required: true,
  canBeWaived: true,
  numbers: {},
} as const;

const interval = { value: 0.5, low: 0.4, high: 0.6 };
const FAIRNESS: FairnessResult = {
  kind: 'fairness',
  method: { name: 'bootstrap', label: 'Bootstrap', source: 'none' },
  data: 'holdout',
  seconds: 1,
  rows: 100,
  notes: [],
  column: 'region',
  usedByModel: false,
  positiveClass: 'yes',
  threshold: 0.5,
  minGroupSize: 20,
  measures: ['selection_rate'],
  groups: [
    {
      group: 'a',
      rows: 60,
      share: 0.6,
      tooSmall: false,
      measures: [{ measure: 'selection_rate', ...interval, rows: 60 }],
    },
  ],
  reference: 'a',
  comparisons: [],
  widest: [{ measure: 'selection_rate', lowest: 'b', highest: 'a', difference: 0.5, ratio: 0.5 }],
};

const SEGMENTS: SegmentsResult = {
  method: FAIRNESS.method,
  data: 'holdout',
  seconds: 1,
  rows: 100,
  notes: [],
  kind: 'segments',
  measure: 'error_rate',
  overall: { value: 0.1, low: 0.05, high: 0.15, rows: 50 },
  searched: 1200,
  discoveryRows: 50,
  confirmationRows: 50,
  segments: [true, false].map((confirmed) => ({
    text: confirmed ? 'plan = basic' : 'plan = gold',
    conditions: [],
    rows: 20,
    share: 0.2,
    confirmationRows: 10,
    ...interval,
    lift: 5,
    shareOfErrors: 0.5,
    pValue: 0.01,
    adjustedPValue: 0.02,
    confirmed,
  })),
  worstRows: [],
};

describe('what people looked into after training', () => {
  it('leaves out what nobody has looked into', () => {
    expect([requiredChecks(nothing), segments(nothing), fairness(nothing)]).toEqual([[], [], []]);
  });

  it('tells who waived a check and why, and leaves out checks that do not apply', () => {
    const waiver = { reason: 'Known before.', by: 'Ada', at: '2026-02-03T04:05:06Z' };
    const text = JSON.stringify(
      requiredChecks({
        ...nothing,
        required: [
          { ...check, state: 'waived', detail: 'One leak.', waiver },
          { ...check, label: 'Champion', state: 'not-applicable', detail: 'First.', waiver: null },
        ],
      }),
    );
    expect(text).toContain('“No open blocking finding” was waived by Ada on 2026-02-03: Known before.');
    expect(text).not.toContain('Champion');
  });

  it('says of what nobody tried that it was not tried, and not that it failed', () => {
    const required = [
      {
        ...check,
        code: 'reproduced',
        label: 'Comes out again',
        state: 'not-tried',
        detail: 'Not yet.',
        waiver: null,
      },
      { ...check, label: 'Artifact', state: 'ok', detail: 'Named.', waiver: null },
    ] as const;
    const text = JSON.stringify(requiredChecks({ ...nothing, required: [...required] }));
    expect(text).toContain('["Comes out again","not tried","yes","Not yet."]');
    expect(text).toContain('["Artifact","passed","yes","Named."]');
    expect(text).not.toContain('failed');
  });

  it('tells of segments only what other rows confirmed', () => {
    const text = JSON.stringify(segments({ ...nothing, analyses: [SEGMENTS] }));
    expect(text).toContain('Of 1,200 segments');
    expect(text).toContain('["plan = basic","0.5","0.4 to 0.6","10"]');
    expect(text).not.toContain('gold');
    const none = { ...SEGMENTS, segments: [] };
    expect(JSON.stringify(segments({ ...nothing, analyses: [none] }))).toContain('none is clearly worse');
  });

  it('tells how groups fare, and the widest gap between them', () => {
    const text = JSON.stringify(fairness({ ...nothing, analyses: [FAIRNESS] }));
    expect(text).toContain('Groups of region, which the model does not see; selected means yes.');
    expect(text).toContain('["a","60","0.5"]');
    expect(text).toContain('Widest gap in selection rate: b is at 0.5 of a.');
  });
});
