import { isAlias, parseModelReference } from './alias-name.js';

describe('an alias', () => {
  it.each(['champion', 'challenger', 'a', 'eu-west.2', 'shadow_2026', 'v3-candidate', `a${'b'.repeat(49)}`])(
    'may be called %s',
    (name) => expect(isAlias(name)).toBe(true),
  );

  it.each(['', 'Champion', '3', 'v3', 'latest', '-a', 'a b', 'a@b', 'ü', `a${'b'.repeat(50)}`, 'a\n'])(
    'may not be called %j',
    (name) => expect(isAlias(name)).toBe(false),
  );
});

describe('a reference to a model by alias', () => {
  it('is cut at the last @, for names of models may hold one', () => {
    expect(parseModelReference('mail@home · churn@champion')).toEqual({
      model: 'mail@home · churn',
      alias: 'champion',
    });
  });

  it.each(['champion', '@champion', 'churn@', 'churn@V3', 'churn@latest'])('is not %j', (text) =>
    expect(parseModelReference(text)).toBeUndefined(),
  );
});
