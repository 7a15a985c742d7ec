/** Spellings that mean "no value" in any column, lower case. */
export const MISSING_ANYWHERE: readonly string[] = [
  'nan',
  'null',
  'n/a',
  '#n/a',
  '#na',
  '<na>',
  '\\n',
  '?',
  '(null)',
  '#null!',
];

/** Spellings that mean "no value" among numbers and dates, but may be a value among words, lower case. */
export const MISSING_AMONG_NUMBERS: readonly string[] = [
  ...MISSING_ANYWHERE,
  'na',
  'none',
  'nil',
  'missing',
  'unknown',
  'undefined',
  '-',
  '--',
  '---',
  '.',
  '..',
  '*',
  'x',
  '#div/0!',
  '#value!',
  '#ref!',
  '-nan',
  '-1.#ind',
  '1.#qnan',
];

const anywhere = new Set(MISSING_ANYWHERE);
const amongNumbers = new Set(MISSING_AMONG_NUMBERS);

export function isMissingText(value: string): boolean {
  const text = value.trim().toLowerCase();
  return text === '' || anywhere.has(text);
}

export function isMissingNumber(value: string): boolean {
  const text = value.trim().toLowerCase();
  return text === '' || amongNumbers.has(text);
}
