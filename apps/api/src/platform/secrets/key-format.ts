import { createHash, hkdfSync, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_LENGTH = 22;
const CHECKSUM_LENGTH = 6;

/** `mwp` personal access token, `mwk` deployment key. */
export type KeyPrefix = 'mwp' | 'mwk';

export interface NewKey {
  /** Shown once, never stored. */
  readonly key: string;
  readonly hash: Buffer;
  /** What lists show: enough to recognise a key, not enough to use it. */
  readonly prefix: string;
}

/**
 * A key `<prefix>_<22 base62>_<6 checksum>` with 131 bits from the system's generator. The form is known to secret
 * scanners, and the checksum turns typing errors away without a look into the database.
 */
export function generateKey(prefix: KeyPrefix): NewKey {
  return keyOf(prefix, base62Of(BODY_LENGTH, randomBytes));
}

/**
 * The same key for the same secret and seed, so that the answer to a repeated request can be made again instead of
 * being stored. @param secret of the installation @param seed unguessable without the repeated request itself
 */
export function deriveKey(prefix: KeyPrefix, secret: string, seed: string): NewKey {
  let round = 0;
  const next = (count: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `${prefix} ${round++} ${seed}`, count));
  return keyOf(prefix, base62Of(BODY_LENGTH, next));
}

function keyOf(prefix: KeyPrefix, body: string): NewKey {
  const key = `${prefix}_${body}_${checksumOf(prefix, body)}`;
  return { key, hash: hashKey(key), prefix: `${prefix}_${body.slice(0, 4)}…${body.slice(-4)}` };
}

/** Whether a text can be a key of that kind at all. */
export function isWellFormedKey(prefix: KeyPrefix, text: string): boolean {
  const match = /^(mw[pk])_([0-9A-Za-z]{22})_([0-9A-Za-z]{6})$/.exec(text);
  if (!match) return false;
  const [, kind, body, checksum] = match;
  return kind === prefix && body !== undefined && checksumOf(prefix, body) === checksum;
}

/** What is stored in the place of a key. Keys are random, so a plain hash cannot be guessed back. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** A random text of 256 bits for links and cookies. */
export function generateToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashKey(token) };
}

function checksumOf(prefix: string, body: string): string {
  const digest = createHash('sha256').update(`${prefix}_${body}`).digest();
  let value = digest.readUIntBE(0, 6);
  let text = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index++) {
    text += ALPHABET.charAt(value % ALPHABET.length);
    value = Math.floor(value / ALPHABET.length);
  }
  return text;
}

/** Bytes from 248 up are thrown away, so that every character is equally likely. */
function base62Of(length: number, bytes: (count: number) => Buffer): string {
  let text = '';
  while (text.length < length)
    for (const byte of bytes(length))
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % 62);
  return text;
}
