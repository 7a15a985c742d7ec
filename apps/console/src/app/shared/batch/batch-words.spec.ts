import type { BatchJobSummary } from '@modelwright/sdk';
import { canCancel, fractionOf, progressWords } from './batch-words';

const job = {
  status: 'running',
  stage: 'predicting',
  waitingFor: null,
  rowsDone: 250,
  rowsTotal: 1000,
  rowsPerSecond: 50_000,
  secondsLeft: 0.015,
} as BatchJobSummary;

describe('words about a batch job', () => {
  it('tell rows, speed and what is left while it predicts', () => {
    expect(progressWords(job)).toContain('250 of 1,000 rows');
    expect(progressWords(job)).toContain('rows/s');
    expect(fractionOf(job)).toBe(0.25);
  });

  it('say why it tries again', () => {
    expect(progressWords({ ...job, waitingFor: 'The container engine does not answer.' })).toBe(
      'Trying again: The container engine does not answer.',
    );
  });

  it('offer no cancelling once the output is being stored', () => {
    expect(canCancel(job)).toBe(true);
    expect(canCancel({ ...job, stage: 'storing' })).toBe(false);
    expect(fractionOf({ ...job, stage: 'storing' })).toBeNull();
    expect(canCancel({ ...job, status: 'succeeded', stage: null })).toBe(false);
  });
});
