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

/** @param na whether NA counts as missing in this column */
export function isMissingText(value: string, na = true): boolean {
  const text = value.trim().toLowerCase();
  return text === '' || anywhere.has(text) || (na && text === 'na');
}

export function isMissingNumber(value: string): boolean {
  const text = value.trim().toLowerCase();
  return text === '' || amongNumbers.has(text);
}

/** Whether "NA" is a gap among these words; beside other two-letter codes it may be Namibia or North America. */
export function naIsMissing(words: readonly string[]): boolean {
  const others = [
    ...new Set(words.map((word) => word.trim()).filter((word) => word !== '' && word.toLowerCase() !== 'na')),
  ];
  const codes = others.filter((word) => /^[A-Z]{2}$/u.test(word)).length;
  return codes < 3 || codes < others.length * 0.5;
}

/** Spellings of "no value" in a column of words. */
export function missingAmongWords(na: boolean): readonly string[] {
  return na ? [...MISSING_ANYWHERE, 'na'] : MISSING_ANYWHERE;
}
