import { switchQuestion } from './version-words';

const change = (sentence: string, breaks: boolean) => ({
  kind: 'input-added' as const,
  field: 'region',
  breaks,
  sentence,
});

describe('the question before a switch', () => {
  it('names what can break callers, and only that', () => {
    const changes = [change('"region" is new.', true), change('"plan" is gone.', false)];
    expect(switchQuestion(3, { breaks: true, changes })).toMatchObject({
      affected: ['"region" is new.'],
      action: 'Switch and accept the changes',
      destructive: true,
    });
  });

  it('asks for no acceptance when nothing breaks', () => {
    const question = switchQuestion(3, { breaks: false, changes: [change('"plan" is gone.', false)] });
    expect(question).toMatchObject({ title: 'Switch to version 3?', action: 'Switch' });
    expect(question.affected).toBeUndefined();
  });
});
