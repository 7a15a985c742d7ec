import { aliasProblem, checkLook, checksTally, reproductionLook } from './registry-words';

describe('words of the registry', () => {
  it('keep red for what stands in the way', () => {
    expect(checkLook({ state: 'failed', required: true })).toEqual({ status: 'failed', label: 'Failed' });
    expect(checkLook({ state: 'failed', required: false }).status).toBe('flagged');
    expect(checkLook({ state: 'not-tried', required: false })).toEqual({
      status: 'skipped',
      label: 'Not tried',
    });
    expect(checkLook({ state: 'not-tried', required: true }).status).toBe('flagged');
    expect(reproductionLook({ verdict: 'different' }).status).toBe('flagged');
  });

  it('say what is wrong with the name of an alias before it is sent', () => {
    expect(aliasProblem('champion')).toBeUndefined();
    expect(aliasProblem('eu-west.2')).toBeUndefined();
    expect(aliasProblem('')).toBe('Give the alias a name.');
    expect(aliasProblem('v3')).toContain('version');
    expect(aliasProblem('Best one')).toContain('Lower-case');
  });

  it('count every check once, and name those that lists count', () => {
    const states = ['ok', 'ok', 'ok', 'ok', 'ok', 'not-tried', 'not-applicable', 'not-applicable'] as const;
    expect(
      checksTally(
        states.map((state) => ({ state })),
        { checksSummary: { passed: 4, total: 4 }, openFindings: 0 },
      ),
    ).toBe(
      '8 checks: 5 passed, 1 not tried, 2 do not apply. In lists of models the version stands with 4 of 4: only the checks that need nothing but its own figures are counted there.',
    );
    const doubted = { checksSummary: { passed: 4, total: 4 }, openFindings: 1 };
    expect(checksTally([{ state: 'ok' }, { state: 'failed' }], doubted)).toBe(
      '2 checks: 1 passed, 1 failed.',
    );
  });
});
