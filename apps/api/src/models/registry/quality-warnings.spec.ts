import { describe, expect, it } from '@jest/globals';
import { warningsAbout } from './quality-warnings.js';

const winner = (family: string) => ({ number: 2, winner: { candidateId: family, family, label: family } });
const check = (code: string, state: 'ok' | 'failed' | 'not-tried' | 'waived', required = true) => ({
  code,
  label: `Label of ${code}`,
  state,
  required,
  detail: `${code} was looked at.`,
});

describe('what speaks against letting a version answer callers', () => {
  it('is nothing when its checks pass or were waived, or nobody asked for those not tried', () => {
    const checks = [
      check('baseline', 'ok'),
      check('agreement', 'waived'),
      check('reproduced', 'not-tried', false),
    ];
    expect(warningsAbout(winner('lightgbm'), checks)).toEqual([]);
  });

  it('is that it is a baseline, said once, before the checks that fail', () => {
    const checks = [check('baseline', 'failed'), check('champion', 'failed')];
    expect(warningsAbout(winner('baseline'), checks)).toEqual([
      'Version 2 is a baseline: it always guesses the same, whatever the inputs are.',
      'The check “Label of champion” fails: champion was looked at.',
    ]);
  });

  it('is a check that fails, required or not, and a required one that nobody tried', () => {
    const checks = [check('agreement', 'failed', false), check('reproduced', 'not-tried')];
    expect(warningsAbout(winner('linear'), checks)).toEqual([
      'The check “Label of agreement” fails: agreement was looked at.',
      'The check “Label of reproduced” was not tried: reproduced was looked at.',
    ]);
  });
});
