import type { HoldoutTable } from '../registry/holdout-reader.js';
import { agreementOf, differencesOf, sameFile, verdictOf, type MadeWith } from './verdict.js';

const table = (change: Partial<HoldoutTable> = {}): HoldoutTable => ({
  sha256: 'a',
  rows: [1, 4, 7],
  actual: ['No', 'Yes', 'Yes'],
  predicted: ['No', 'Yes', 'No'],
  probabilities: new Map([
    ['No', [0.8, 0.25, NaN]],
    ['Yes', [0.2, 0.75, NaN]],
  ]),
  isCut: false,
  ...change,
});
const nudged = table({
  probabilities: new Map([
    ['No', [0.8, 0.25 - 1e-9, NaN]],
    ['Yes', [0.2, 0.75 + 1e-9, NaN]],
  ]),
});
const scores = (original: number | null, reproduced: number | null) => ({ original, reproduced });

describe('the verdict on a model that was trained again', () => {
  it('is identical when every held-out prediction is the same bit for bit', () => {
    const { verdict, findings } = verdictOf('roc_auc', scores(0.84, 0.84), agreementOf(table(), table()), []);
    expect(verdict).toBe('identical');
    expect(findings).toMatchObject({ rowsCompared: 3, maxPredictionDifference: 0, changedPredictions: 0 });
  });

  it('is identical without reading when the files are the same', () => {
    expect(verdictOf('roc_auc', scores(0.84, 0.84), sameFile(200), []).verdict).toBe('identical');
  });

  it('is within tolerance when predictions differ and the score stays within half a per cent', () => {
    const { verdict, findings } = verdictOf('roc_auc', scores(0.8, 0.8035), agreementOf(table(), nudged), []);
    expect(verdict).toBe('within_tolerance');
    expect(findings.tolerance).toBeCloseTo(0.004, 12);
    expect(findings.maxPredictionDifference).toBeCloseTo(1e-9, 12);
  });

  it('is different when the score leaves the tolerance', () => {
    const { verdict, findings } = verdictOf('rmse', scores(100, 100.6), agreementOf(table(), nudged), []);
    expect(verdict).toBe('different');
    expect(findings.differences).toEqual([
      { kind: 'predictions', detail: '0 of 3 held-out rows got another prediction.' },
    ]);
  });

  it('is different when other rows were held out, whatever the score', () => {
    const again = table({ rows: [1, 4, 8] });
    const { verdict, findings } = verdictOf('roc_auc', scores(0.84, 0.84), agreementOf(table(), again), []);
    expect(verdict).toBe('different');
    expect(findings.differences.map(({ kind }) => kind)).toEqual(['rows']);
  });

  it('compares numbers where there are no probabilities', () => {
    const numbers = (predicted: number[]) => table({ predicted, probabilities: new Map() });
    expect(agreementOf(numbers([1, 2, 3]), numbers([1, 2, 3.5]))).toMatchObject({
      maxPredictionDifference: 0.5,
      changedPredictions: 1,
    });
  });
});

describe('what differs between two trainings', () => {
  const made: MadeWith = {
    imageDigest: `sha256:${'1'.repeat(64)}`,
    runtimeVersion: '0.1.0',
    lockHash: null,
    dataSha256: 'a'.repeat(64),
    limits: { memoryMb: 4096, cpus: 2 },
    environment: { python: '3.11.9', packages: { numpy: '2.3.0' } },
  };

  it('is nothing when they were made with the same', () => {
    expect(differencesOf(made, made)).toEqual([]);
  });

  it('names image and libraries with what they were and are', () => {
    const after = {
      ...made,
      imageDigest: `sha256:${'2'.repeat(64)}`,
      lockHash: 'b'.repeat(64),
      environment: { python: '3.11.9', packages: { numpy: '2.4.0', shap: '0.48.0' } },
    };
    expect(differencesOf(made, after).map(({ detail }) => detail)).toEqual([
      'The runtime image was sha256:111111111111, now it is sha256:222222222222.',
      'numpy was 2.3.0, now it is 2.4.0.',
      'shap was not there, now it is 0.48.0.',
    ]);
  });
});
