import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENDPOINT_SLUG, looksLikeId, slugFrom } from './endpoint-slug.js';

describe('endpoint names (M3)', () => {
  it.each(['abc', 'churn-2', '0-0', 'a'.repeat(64)])('may be %s', (slug) => {
    expect(slug).toMatch(ENDPOINT_SLUG);
  });

  it.each(['ab', '-abc', 'abc-', 'Abc', 'a_b', 'a b', 'ä', 'a'.repeat(65), '', 'abc\n'])(
    'may not be %j',
    (slug) => {
      expect(slug).not.toMatch(ENDPOINT_SLUG);
    },
  );

  it('are made legal from any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) =>
        expect(slugFrom(name, '-1a2b3')).toMatch(ENDPOINT_SLUG),
      ),
    );
    expect(slugFrom('Prévision d’achat v2')).toBe('prevision-d-achat-v2');
  });

  it.each([
    ['telco-churn · Churn', 'telco-churn'],
    ['House prices · house_prices', 'house-prices'],
    ['Churn · churner', 'churn-churner'],
    ['batch 2 2', 'batch-2-2'],
  ])('made from %j are %s, without saying a word twice', (name, slug) => {
    expect(slugFrom(name)).toBe(slug);
  });

  it('may not look like an id, since both stand at the same place of an address', () => {
    expect(looksLikeId('01890a5d-ac96-774b-bcce-b302099a8057')).toBe(true);
    expect(looksLikeId('churn-quick')).toBe(false);
  });
});
