import { checksSentence, rehearsalText, switchQuestion } from './version-words';

const quality = { warnings: [] as string[] };
const change = (sentence: string, breaks: boolean) => ({
  kind: 'input-added' as const,
  field: 'region',
  breaks,
  sentence,
});

describe('the question before a switch', () => {
  it('names what can break callers, and only that', () => {
    const changes = [change('"region" is new.', true), change('"plan" is gone.', false)];
    expect(switchQuestion(3, { breaks: true, changes, quality })).toMatchObject({
      affected: ['"region" is new.'],
      action: 'Switch and accept the changes',
      destructive: true,
    });
  });

  it('asks for no acceptance when nothing breaks', () => {
    const changes = [change('"plan" is gone.', false)];
    const question = switchQuestion(3, { breaks: false, changes, quality });
    expect(question).toMatchObject({ title: 'Switch to version 3?', action: 'Switch' });
    expect(question.affected).toBeUndefined();
  });

  it('says what speaks against the version itself', () => {
    const warned = { warnings: ['Version 3 is a baseline.'] };
    expect(switchQuestion(3, { breaks: false, changes: [], quality: warned })).toMatchObject({
      affected: ['Version 3 is a baseline.'],
      action: 'Switch all the same',
      destructive: true,
    });
  });
});

describe('what the checks of a version came to', () => {
  it('counts what passed, failed and was not tried, and says whether the figures can be compared', () => {
    const check = (code: string, state: 'ok' | 'failed' | 'not-tried') => ({
      code,
      label: code,
      state,
      required: true,
      canBeWaived: true,
      detail: '',
      numbers: {},
      waiver: null,
    });
    const checks = [check('artifact', 'ok'), check('baseline', 'failed'), check('reproduced', 'not-tried')];
    expect(checksSentence({ checks, sameRows: false })).toBe(
      'Checks: 1 passed, 1 failed, 1 not tried. They were judged on different held-out rows.',
    );
  });
});

describe('a rehearsal beside its button', () => {
  const rehearsal = { modelVersionNumber: 2, callsDone: 12, callsTotal: 500 };

  it('says how far it is and where its result appears', () => {
    expect(rehearsalText({ ...rehearsal, status: 'running' })).toBe(
      'Version 2 rehearses: 12 of 500 calls. The result appears below.',
    );
    expect(rehearsalText({ ...rehearsal, callsTotal: null, status: 'queued' })).toContain(
      'waits for its turn',
    );
    expect(rehearsalText({ ...rehearsal, status: 'succeeded' })).toContain('the result is below');
  });
});
