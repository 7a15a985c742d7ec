const COMMON = [
  'password',
  'passwort',
  'qwerty',
  'qwertz',
  'letmein',
  'welcome',
  'iloveyou',
  'administrator',
  'modelwright',
  '123456',
  'abcdef',
  'changeme',
];
const MIN_DISTINCT = 5;

/** Why a password is too easy to guess, or undefined. Length is checked by the request's schema. */
export function weaknessOfPassword(password: string, email: string | null): string | undefined {
  const lower = password.toLowerCase();
  if (new Set(lower).size < MIN_DISTINCT) return 'It repeats a few characters. Use a longer phrase.';
  const account = email?.split('@', 1)[0]?.toLowerCase() ?? '';
  if (account.length >= 4 && lower.includes(account)) return 'It contains the e-mail address.';
  const rest = COMMON.reduce((text, word) => text.replaceAll(word, ''), lower).replace(/[^a-z]/g, '');
  if (COMMON.some((word) => lower.includes(word)) && rest.length < 8)
    return 'It is a well-known password with additions. Use a phrase of your own.';
  return undefined;
}
