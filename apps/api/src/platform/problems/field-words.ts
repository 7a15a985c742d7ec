import { z } from 'zod';
import { nearestName } from '../text/nearest-name.js';

type Issue = z.core.$ZodRawIssue;

const LISTED = 12;
const SHOWN_CHARACTERS = 60;

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  bigint: 'a whole number',
  boolean: 'true or false',
  date: 'a date',
  int: 'a whole number',
  nan: 'a number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
  undefined: 'nothing',
};
const FORMATS: Readonly<Record<string, string>> = {
  cidrv4: 'an IPv4 range such as 10.0.0.0/8',
  cidrv6: 'an IPv6 range such as fd00::/8',
  date: 'a date such as 2026-01-31',
  datetime: 'a time with its zone such as 2026-01-31T12:00:00Z',
  email: 'an e-mail address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  url: 'a web address such as https://example.org/path',
  uuid: 'an id (a UUID)',
};
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  array: ['entry', 'entries'],
  map: ['entry', 'entries'],
  set: ['entry', 'entries'],
  string: ['character', 'characters'],
};

/**
 * What is wrong with a field, for the person who sent it: names the field, says what is expected and what came. Schemas
 * that know better words for a rule of their own say those instead.
 */
export function fieldWords(issue: Issue): string {
  const name = nameOf(issue.path ?? []);
  switch (issue.code) {
    case 'invalid_type':
      return typeWords(name, typeNamed(issue.expected), issue.input);
    case 'invalid_value':
      return valueWords(name, issue.values, issue.input);
    case 'too_small':
      return sizeWords(
        name,
        issue.origin,
        Number(issue.minimum),
        issue.inclusive === false ? 'above' : 'least',
      );
    case 'too_big':
      return sizeWords(
        name,
        issue.origin,
        Number(issue.maximum),
        issue.inclusive === false ? 'below' : 'most',
      );
    case 'not_multiple_of':
      return `${name} has to be a multiple of ${String(issue.divisor)}.`;
    case 'invalid_format':
      return formatWords(name, issue.format, issue.pattern);
    case 'unrecognized_keys':
      return unknownWords(name, issue.keys);
    case 'invalid_key':
      return `${name} has a name in it that is not allowed.`;
    case 'invalid_union':
      return unionWords(name, issue);
    default:
      return `${name} is not valid.`;
  }
}

/** From here on every schema without words of its own speaks in these. */
export function useFieldWords(): void {
  z.config({ customError: fieldWords });
}

/** As people write it: `columns[0].name`. */
function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'The request';
  const steps = path.map((step, place) =>
    typeof step === 'number'
      ? `[${step}]`
      : `${place === 0 ? '' : '.'}${String(step).slice(0, SHOWN_CHARACTERS)}`,
  );
  return `\`${steps.join('')}\``;
}

const typeNamed = (type: string): string => TYPES[type] ?? type;

function typeWords(name: string, expected: string, input: unknown): string {
  if (input === undefined)
    return name.startsWith('`')
      ? `${name} is required: expected ${expected}.`
      : `The request has no body: expected ${expected}.`;
  return `${name} has to be ${expected}${gotWords(input)}.`;
}

/** The kind of what came; values themselves may be secrets. */
function gotWords(input: unknown): string {
  if (input === null) return ', got null';
  if (typeof input === 'number' && Number.isNaN(input)) return '';
  const type = Array.isArray(input) ? 'array' : typeof input;
  return typeof input === 'number' ? `, got ${input}` : `, got ${typeNamed(type)}`;
}

function valueWords(name: string, values: readonly unknown[], input: unknown): string {
  const texts = values.map(String);
  const expected = texts.length === 1 ? quoted(texts[0] ?? '') : `one of ${listed(texts)}`;
  if (input === undefined) return `${name} is required: expected ${expected}.`;
  if (typeof input !== 'string') return `${name} has to be ${expected}${gotWords(input)}.`;
  const nearest = nearestName(input, texts);
  const hint = nearest === undefined || texts.length === 1 ? '' : ` Did you mean ${quoted(nearest)}?`;
  return `${name} has to be ${expected}, got ${quoted(shortened(input))}.${hint}`;
}

function sizeWords(
  name: string,
  origin: string,
  bound: number,
  side: 'least' | 'most' | 'above' | 'below',
): string {
  const units = UNITS[origin];
  if (!units) return `${name} has to be ${SIDES[side]} ${bound}.`;
  if (side === 'least' && bound === 1) return `${name} must not be empty.`;
  const trouble = side === 'most' || side === 'below' ? 'too long' : 'too short';
  return `${name} is ${trouble}: ${SIDES[side]} ${bound} ${units[bound === 1 ? 0 : 1]}.`;
}

const SIDES = { least: 'at least', most: 'at most', above: 'more than', below: 'less than' } as const;

function formatWords(name: string, format: string, pattern: string | undefined): string {
  if (format === 'regex' && pattern !== undefined)
    return `${name} does not have the form that is expected here: ${pattern}.`;
  return `${name} has to be ${FORMATS[format] ?? `in the form "${format}"`}.`;
}

function unknownWords(name: string, keys: readonly string[]): string {
  const where = name.startsWith('`') ? `in ${name}` : 'here';
  return keys.length === 1
    ? `\`${shortened(keys[0] ?? '')}\` is not known ${where}.`
    : `These are not known ${where}: ${listed(keys.map(shortened))}.`;
}

function unionWords(name: string, issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const { options, discriminator } = issue as {
    readonly options?: readonly unknown[];
    readonly discriminator?: string;
  };
  if (options && discriminator !== undefined) {
    const input: unknown = issue.input;
    const members = typeof input === 'object' && input !== null ? new Map(Object.entries(input)) : undefined;
    return valueWords(name, options, members ? members.get(discriminator) : input);
  }
  const types = (issue.errors ?? []).flatMap((branch) =>
    branch.flatMap((error) =>
      error.code === 'invalid_type' && error.path.length === 0 ? [typeNamed(error.expected)] : [],
    ),
  );
  const expected = [...new Set(types)].join(' or ');
  return expected === ''
    ? `${name} has none of the forms that are accepted here.`
    : typeWords(name, expected, issue.input);
}

const quoted = (text: string): string => `"${text}"`;
const shortened = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, LISTED).map(quoted).join(', ');
  return texts.length > LISTED ? `${shown} and ${texts.length - LISTED} more` : shown;
}
