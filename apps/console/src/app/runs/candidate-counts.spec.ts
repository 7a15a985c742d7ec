import type { Candidate } from '@modelwright/sdk';
import { candidateCounts, onlyBaseline } from './candidate-counts';

const one = (status: Candidate['status'], isBaseline = false, reason: string | null = null) => ({
  status,
  isBaseline,
  reason,
});
const run = { status: 'succeeded', kind: 'search', task: 'binary' } as const;

describe('what became of the candidates', () => {
  it('counts as tried only what was tried', () => {
    const candidates = [
      ...Array.from({ length: 7 }, () => one('succeeded')),
      ...Array.from({ length: 4 }, () => one('skipped')),
    ];
    expect(candidateCounts(candidates)).toEqual({ total: 11, tried: 7, outText: '4 skipped' });
    expect(candidateCounts([one('succeeded'), one('failed')])).toEqual({
      total: 2,
      tried: 2,
      outText: '1 failed',
    });
  });

  it('gives the reasons when nothing but the baseline could be fitted, the most frequent first', () => {
    const over = 'The time budget was used up.';
    const memory = 'Needs more memory within the time of day.';
    const baseline = one('succeeded', true);
    expect(
      onlyBaseline(run, [
        baseline,
        one('failed', false, memory),
        one('skipped', false, over),
        one('cancelled', false, over),
      ]),
    ).toEqual([over, memory]);
    expect(onlyBaseline(run, [baseline, one('failed')])).toEqual([]);
  });

  it('gives none for a search that found a model, was to find none or goes on', () => {
    const baseline = one('succeeded', true);
    expect(onlyBaseline(run, [baseline, one('succeeded'), one('skipped')])).toBeUndefined();
    expect(onlyBaseline(run, [baseline])).toBeUndefined();
    expect(onlyBaseline({ ...run, status: 'running' }, [baseline, one('queued')])).toBeUndefined();
  });
});
