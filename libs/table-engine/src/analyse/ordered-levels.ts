/** Words that stand in an order when they are the levels of one column. */
const SCALES: readonly (readonly string[])[] = [
  [
    'very low',
    'low',
    'below average',
    'medium',
    'moderate',
    'average',
    'above average',
    'high',
    'very high',
    'extreme',
  ],
  [
    'very poor',
    'poor',
    'fair',
    'average',
    'typical',
    'good',
    'very good',
    'excellent',
    'premium',
    'ideal',
    'perfect',
    'best',
  ],
  ['very bad', 'bad', 'ok', 'okay', 'neutral', 'good', 'very good', 'great'],
  ['xxs', 'xs', 's', 'm', 'l', 'xl', 'xxl', 'xxxl'],
  ['tiny', 'small', 'medium', 'large', 'extra large', 'huge'],
  ['never', 'rarely', 'seldom', 'sometimes', 'often', 'usually', 'always'],
  ['strongly disagree', 'disagree', 'neutral', 'agree', 'strongly agree'],
  ['very dissatisfied', 'dissatisfied', 'neutral', 'satisfied', 'very satisfied'],
  ['bronze', 'silver', 'gold', 'platinum', 'diamond'],
  ['basic', 'standard', 'plus', 'premium', 'enterprise'],
  ['none', 'mild', 'moderate', 'severe', 'critical'],
  ['first', 'second', 'third', 'fourth', 'fifth'],
  ['junior', 'intermediate', 'senior', 'lead', 'principal'],
  [
    'none',
    'primary',
    'elementary',
    'secondary',
    'high school',
    'college',
    'bachelor',
    'bachelors',
    'master',
    'masters',
    'doctorate',
    'phd',
  ],
  ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
  ['mon', 'tue', 'wed', 'thu', 'thur', 'fri', 'sat', 'sun'],
  [
    'january',
    'february',
    'march',
    'april',
    'may',
    'june',
    'july',
    'august',
    'september',
    'october',
    'november',
    'december',
  ],
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'sept', 'oct', 'nov', 'dec'],
  ['day', 'week', 'month', 'quarter', 'year'],
  ['morning', 'noon', 'afternoon', 'evening', 'night'],
];

/** Why the levels of a column look ordered; undefined when they do not. */
export function orderOfLevels(levels: readonly string[]): string | undefined {
  const words = levels.map((level) => level.trim().toLowerCase().replaceAll(/[_-]+/gu, ' '));
  if (words.length < 3) return undefined;
  const scale = SCALES.find(
    (steps) => words.filter((word) => steps.includes(word)).length >= Math.max(3, words.length * 0.75),
  );
  if (scale) return 'its values are steps of a usual scale';
  if (consecutiveLetters(words)) return 'its values are consecutive letters, as grades are';
  if (gradedCodes(words)) return 'its values are letter codes with a running number, as grades are';
  if (ranges(levels)) return 'its values are ranges of numbers';
  return undefined;
}

function consecutiveLetters(words: readonly string[]): boolean {
  if (words.length < 4 || !words.every((word) => /^[a-z]$/u.test(word))) return false;
  const codes = words.map((word) => word.charCodeAt(0)).sort((a, b) => a - b);
  return (codes.at(-1) ?? 0) - (codes[0] ?? 0) === codes.length - 1;
}

/** Codes such as VS1, VS2, SI1: few prefixes, each with small numbers counted from 0 or 1 without a gap. */
function gradedCodes(words: readonly string[]): boolean {
  const numbered = words.flatMap((word) => {
    const match = /^([a-z]{1,4})\s?(\d)$/u.exec(word);
    return match ? [{ prefix: match[1] ?? '', step: Number(match[2]) }] : [];
  });
  if (numbered.length < 4 || numbered.length < words.length * 0.75) return false;
  const byPrefix = new Map<string, number[]>();
  for (const { prefix, step } of numbered) byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), step]);
  return byPrefix.size >= 2 && [...byPrefix.values()].filter((steps) => steps.length >= 2).length >= 2;
}

/** 0-9, 10-19, 20+ and the like. */
function ranges(levels: readonly string[]): boolean {
  const fitting = levels.filter(
    (level) =>
      /^\s*[<>≤≥]?=?\s*\$?\d[\d.,]*\s*k?\s*((-|–|to)\s*\$?\d[\d.,]*\s*k?|\+)?\s*\w{0,8}\s*$/iu.test(level) &&
      /[-–+<>≤≥]|to/u.test(level),
  );
  return fitting.length >= Math.max(3, levels.length * 0.75);
}
