/**
 * A name for one intention: sent again with the same key, a creating request makes its thing only once.
 * `crypto.randomUUID` would need https on other hosts than localhost.
 */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
