import { deriveKey, generateKey, hashKey, isWellFormedKey } from './key-format.js';

describe('keys', () => {
  it('have a form that can be checked without a database', () => {
    for (let index = 0; index < 200; index++) {
      const { key } = generateKey('mwp');
      expect(key).toMatch(/^mwp_[0-9A-Za-z]{22}_[0-9A-Za-z]{6}$/);
      expect(isWellFormedKey('mwp', key)).toBe(true);
      expect(isWellFormedKey('mwk', key)).toBe(false);
    }
  });

  it('are made again from the same secret and seed, and only from them (F24)', () => {
    const made = deriveKey('mwk', 'the secret', 'the request');
    expect(isWellFormedKey('mwk', made.key)).toBe(true);
    expect(deriveKey('mwk', 'the secret', 'the request').key).toBe(made.key);
    expect(deriveKey('mwk', 'the secret', 'another request').key).not.toBe(made.key);
    expect(deriveKey('mwk', 'another secret', 'the request').key).not.toBe(made.key);
  });

  it('notice a typing error in any place', () => {
    const { key } = generateKey('mwk');
    for (let index = 4; index < key.length; index++) {
      const other = key[index] === 'x' ? 'y' : 'x';
      expect(isWellFormedKey('mwk', key.slice(0, index) + other + key.slice(index + 1))).toBe(false);
    }
  });

  it('show too little to be used, and are stored as a hash', () => {
    const { key, prefix, hash } = generateKey('mwp');
    expect(prefix.length).toBeLessThan(key.length / 2);
    expect(hash).toEqual(hashKey(key));
    expect(hash.toString('utf8')).not.toContain(key.slice(4, 12));
  });
});
