import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 22;
const CHECKSUM_LENGTH = 6;
const PREFIX = 'mwk_';
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

function base62(bytes: Uint8Array, length: number): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let i = 0; i < length; i++) {
    text = ALPHABET.charAt(Number(number % 62n)) + text;
    number /= 62n;
  }
  return text;
}

const checksum = (secret: string): string =>
  base62(createHash('sha256').update(secret).digest(), CHECKSUM_LENGTH);

/** A deployment key: 130 random bits and a checksum, so that scanners know it and a typing error costs no look-up. */
export function newDeploymentKey(): string {
  const secret = base62(randomBytes(32), SECRET_LENGTH);
  return `${PREFIX}${secret}${checksum(secret)}`;
}

export function isDeploymentKey(text: string): boolean {
  if (!FORM.test(text)) return false;
  const body = text.slice(PREFIX.length);
  return checksum(body.slice(0, SECRET_LENGTH)) === body.slice(SECRET_LENGTH);
}

/** What is stored. A fast hash is right here: the key is random, not chosen by a person. */
export function hashOfKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

export function shownPartsOf(key: string): { prefix: string; lastFour: string } {
  return { prefix: key.slice(0, PREFIX.length + 4), lastFour: key.slice(-4) };
}
