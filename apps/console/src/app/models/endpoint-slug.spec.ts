import { slugProblem, suggestSlug } from './endpoint-slug';

describe('endpoint names (M3)', () => {
  it.each([
    ['telco-churn · Churn', 'telco-churn-churn'],
    ['Prédiction Été', 'prediction-ete'],
    ['--A--', 'a-endpoint'],
    ['模型', 'model'],
    ['', 'model'],
  ])('suggests for %j the name %j', (name, slug) => {
    expect(suggestSlug(name)).toBe(slug);
  });

  it('suggests only what it would accept', () => {
    for (const name of ['x', 'é', `${'a'.repeat(63)} b`, '_-_', 'A B C', '9', 'z'.repeat(300)]) {
      expect(slugProblem(suggestSlug(name))).toBeUndefined();
    }
  });

  it.each([
    ['ab', 'at least 3'],
    ['a'.repeat(65), 'at most 64'],
    ['Churn', 'small letters'],
    ['chürn', 'a to z'],
    ['a_b_c', 'a to z'],
    ['-churn', 'Start and end'],
    ['churn-', 'Start and end'],
    ['01a1fc6d-5ea0-7240-aa58-11258ffbb9a5', 'looks like an id'],
  ])('says what is wrong with %j', (slug, reason) => {
    expect(slugProblem(slug)).toContain(reason);
  });

  it('accepts 3 and 64 characters', () => {
    expect([slugProblem('abc'), slugProblem('a'.repeat(64))]).toEqual([undefined, undefined]);
  });
});
