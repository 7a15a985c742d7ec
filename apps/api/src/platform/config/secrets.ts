const SAMPLES = [
  'secret',
  'changeme',
  'change-me',
  'change_me',
  'example',
  'password',
  'your-',
  'your_',
  'sample',
  'test',
  'default',
  '12345',
];
const MIN_BYTES = 32;
const MIN_ENTROPY_BITS = 96;

/** Why a signing secret is too weak for production (E5), or undefined when it is fine. Never repeats the secret. */
export function weaknessOf(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < MIN_BYTES) return `must have at least ${MIN_BYTES} bytes`;
  const lower = secret.toLowerCase();
  if (SAMPLES.some((sample) => lower.includes(sample))) return 'looks like a sample value; make a random one';
  if (isRepetition(secret) || shannonBits(secret) < MIN_ENTROPY_BITS)
    return 'is too regular; make a random one, for example with `openssl rand -base64 48`';
  return undefined;
}

/** Shannon entropy of the characters times the length, in bits. */
function shannonBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let perCharacter = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    perCharacter -= share * Math.log2(share);
  }
  return perCharacter * text.length;
}

function isRepetition(text: string): boolean {
  return (text + text).indexOf(text, 1) < text.length;
}
