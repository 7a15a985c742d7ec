import type { DecimalSign } from '../types.js';

/** One way of writing numbers: how to know one, and how to turn it into `-123.45e6`. */
export interface NumberStyle {
  readonly name:
    'plain' | 'thousands' | 'currency' | 'percent' | 'comma' | 'comma-thousands' | 'comma-currency';
  readonly decimal: DecimalSign;
  /** RE2 and JavaScript alike; matched against the whole trimmed value. */
  readonly pattern: string;
  /** Characters to remove before reading. */
  readonly remove: string;
}

const DIGITS = String.raw`[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?`;
const DIGITS_COMMA = String.raw`[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?`;
const GROUPED = String.raw`[+-]?\d{1,3}([ ,']\d{3})+(\.\d+)?|${DIGITS}`;
const GROUPED_COMMA = String.raw`[+-]?\d{1,3}([ .']\d{3})+(,\d+)?|${DIGITS_COMMA}`;
const INFINITE = String.raw`[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?`;

export const NUMBER_STYLES: readonly NumberStyle[] = [
  { name: 'plain', decimal: '.', pattern: `${DIGITS}|${INFINITE}`, remove: '' },
  { name: 'thousands', decimal: '.', pattern: GROUPED, remove: ` ,'` },
  { name: 'percent', decimal: '.', pattern: String.raw`${DIGITS}\s*%`, remove: ' %' },
  {
    name: 'currency',
    decimal: '.',
    pattern: String.raw`[+-]?\s*[$€£¥]?\s*(${GROUPED})\s*[$€£¥]?`,
    remove: ` ,'$€£¥`,
  },
];

export const COMMA_STYLES: readonly NumberStyle[] = [
  { name: 'comma', decimal: ',', pattern: DIGITS_COMMA, remove: '' },
  { name: 'comma-thousands', decimal: ',', pattern: GROUPED_COMMA, remove: ` .'` },
  {
    name: 'comma-currency',
    decimal: ',',
    pattern: String.raw`[+-]?\s*[$€£¥]?\s*(${GROUPED_COMMA})\s*[$€£¥]?`,
    remove: ` .'$€£¥`,
  },
];

const compiled = new Map<string, RegExp>();

export function matchesStyle(style: NumberStyle, value: string): boolean {
  let pattern = compiled.get(style.name);
  if (!pattern) {
    pattern = new RegExp(`^(?:${style.pattern})$`, 'u');
    compiled.set(style.name, pattern);
  }
  return pattern.test(value.trim());
}

export function readNumber(style: NumberStyle, value: string): number {
  let text = value.trim();
  for (const character of style.remove) text = text.replaceAll(character, '');
  if (style.decimal === ',') text = text.replace(',', '.');
  if (/^[+-]?inf/iu.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

/** Digits that would lose their leading zeros as a number: postal codes, article numbers. */
export function hasLeadingZero(value: string): boolean {
  return /^\s*[+-]?0\d/u.test(value);
}

/** The first style that most of the values fit, with the share that does. */
export function bestNumberStyle(
  values: readonly string[],
  decimal: DecimalSign,
): { style: NumberStyle; share: number } | undefined {
  if (values.length === 0) return undefined;
  const styles = decimal === ',' ? COMMA_STYLES : NUMBER_STYLES;
  let best: { style: NumberStyle; share: number } | undefined;
  for (const style of styles) {
    const fitting = values.reduce((sum, value) => sum + (matchesStyle(style, value) ? 1 : 0), 0);
    const share = fitting / values.length;
    if (share === 1) return { style, share };
    if (fitting > 0 && (!best || share > best.share)) best = { style, share };
  }
  return best;
}
