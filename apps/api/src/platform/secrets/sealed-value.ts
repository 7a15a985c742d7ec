import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A stored secret cannot be opened: the installation's secret is another one, or the row was tampered with. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/**
 * Encrypts a secret that has to be used again (AES-256-GCM). @param secret of the installation @param owner names row
 * and field, and is bound in: a sealed value that is moved to another row does not open there (T51)
 */
export function seal(secret: string, owner: string, value: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv).setAAD(Buffer.from(owner));
  return Buffer.concat([iv, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** @throws SealBroken */
export function unseal(secret: string, owner: string, sealed: Buffer): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), sealed.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const body = sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SealBroken('The stored secret cannot be opened with the secret of this installation.', {
      cause,
    });
  }
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'modelwright sealed values', 32));
}
