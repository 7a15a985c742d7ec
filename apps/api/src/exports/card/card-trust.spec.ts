import { fairness, requiredChecks, segments, type CardTrust } from './card-trust.js';

const nothing: CardTrust = { required: [], analyses: [] };
const check = {
  code: 'findings',
  label: 'No open blocking finding',
  required: true,
  canBeWaived: true,
  numbers: {},
} as const;

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
});
