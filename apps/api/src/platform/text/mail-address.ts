const LOCAL = String.raw`[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}`;
const DOMAIN = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[A-Za-z0-9.:]{3,60}\])`;
const ADDRESS = new RegExp(`^${LOCAL}@${DOMAIN}$`);
const NAMED = /^[^<>\r\n]{0,200}<([^<>\s]{3,254})>$/;

/**
 * The bare address in `ana@example.com` or `Ana <ana@example.com>`; undefined when there is none. Quoted local parts,
 * lists and comments (RFC 5322) are refused: no mailbox needs them, and they are how headers get smuggled in.
 */
export function addressOf(text: string): string | undefined {
  const plain = NAMED.exec(text.trim())?.[1] ?? text.trim();
  return plain.length <= 254 && ADDRESS.test(plain) && !plain.includes('..') ? plain : undefined;
}
