import { findingOfEvent, findingsOfPlan, findingTitle, toFinding } from './finding-rows.js';
import { checkOf } from './findings.service.js';

const AT = '2026-01-02T03:04:05.000Z';

describe('Findings as rows', () => {
  const row = (key: string, severity: 'info' | 'warning' | 'blocking') => ({
    id: '01900000-0000-7000-8000-000000000000',
    key,
    phase: 'after' as const,
    kind: 'identifier',
    severity,
    column: 'id',
    sentence: `${key} names rows.`,
    evidence: {},
    foundAt: AT,
  });
  const waived = { decision: 'waived' as const, reason: 'It is a code of the shop.', by: 'Ada', at: AT };

  it('takes only doubts about the data from the warnings of a plan', () => {
    const found = findingsOfPlan(
      [
        { code: 'few-rows', severity: 'warning', detail: 'With only 50 rows every figure is rough.' },
        {
          code: 'target-leak',
          severity: 'serious',
          detail: 'It copies.',
          column: 'x',
          findingKey: 'target-leak:x',
        },
      ],
      new Date(AT),
    );

    expect(found).toEqual([
      expect.objectContaining({ key: 'target-leak:x', severity: 'blocking', phase: 'before', foundAt: AT }),
    ]);
  });

  it('takes evidence that is no record for none', () => {
    const event = {
      seq: 1,
      at: AT,
      type: 'finding' as const,
      findingId: 'time_order',
      kind: 'time_order',
      severity: 'warning' as const,
      sentence: 'In order.',
      evidence: [1, 2],
    };

    expect(findingOfEvent(event)).toMatchObject({ evidence: {}, column: null, phase: 'after' });
  });

  it('holds what was decided last', () => {
    expect(toFinding(row('a', 'blocking'), [waived]).state).toBe('waived');
    expect(
      toFinding(row('a', 'blocking'), [waived, { ...waived, decision: 'withdrawn', reason: null }]),
    ).toMatchObject({ state: 'open', waiver: null });
  });

  it('names a kind that it does not know by its own words', () => {
    expect(findingTitle('odd_new_check')).toBe('Odd new check');
  });

  it('fails the check for one open blocking finding, whatever else is waived', () => {
    const found = [toFinding(row('a', 'blocking'), [waived]), toFinding(row('b', 'blocking'), [])];

    expect(checkOf(found, true)).toMatchObject({ state: 'failed', numbers: { blocking: 2, open: 1 } });
    expect(checkOf(found.slice(0, 1), true)).toMatchObject({
      state: 'waived',
      waiver: { reason: 'id: It is a code of the shop.' },
    });
    expect(checkOf([toFinding(row('c', 'warning'), [])], true)).toMatchObject({ state: 'ok' });
    expect(checkOf([], false)).toMatchObject({ state: 'not-tried', waivedElsewhere: false });
  });
});
