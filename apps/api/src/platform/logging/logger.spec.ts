import { withoutSecrets } from './logger.js';

describe('withoutSecrets', () => {
  it.each([
    ['token mwp_0123456789abcdefghijkl_abcdef used', 'token mwp_… used'],
    ['postgres://me:hunter2@host/db failed', 'postgres://me:…@host/db failed'],
    ['Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig', 'Bearer eyJhbGciOiJIUzI1NiJ9.…'],
  ])('cuts the secret out of "%s"', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });
});
