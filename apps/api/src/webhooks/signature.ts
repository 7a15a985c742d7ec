import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A signing secret as Standard Webhooks writes it: `whsec_` and base64. */
export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** The same secret for the same seed, so that the answer to a repeated request can be made again. */
export function derivedSecret(installationSecret: string, seed: string): string {
  const bytes = hkdfSync('sha256', installationSecret, '', `webhook secret ${seed}`, SECRET_BYTES);
  return PREFIX + Buffer.from(bytes).toString('base64');
}

/**
 * Headers of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 of `id.timestamp.body`, base64, one `v1,` entry for
 * each secret, so that a receiver may know either while they overlap.
 */
export function signedHeaders(
  secrets: readonly string[],
  messageId: string,
  at: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${messageId}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': messageId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** The same happening has the same id on every replica and at every try (form of a version 8 UUID, RFC 9562). */
export function messageIdOf(key: string): string {
  const hex = createHash('sha256').update(`webhook message ${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
