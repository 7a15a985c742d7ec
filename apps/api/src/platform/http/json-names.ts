import { Problem } from '../problems/problem.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Whether a JSON text that has at least `count` names has no more, those that stand twice in an object included. Most texts
 * have no colon but behind names, and looking for colons is much faster than reading what is a text and what is not.
 */
export function hasNoMoreNames(json: string, count: number): boolean {
  let colons = 0;
  for (let at = json.indexOf(':'); at >= 0; at = json.indexOf(':', at + 1)) colons++;
  return colons === count || countNames(json) === count;
}

function countNames(json: string): number {
  let names = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) inString = !inString;
    else if (code === BACKSLASH) index++;
    else if (code === COLON && !inString) names++;
  }
  return names;
}

/**
 * Refuses a text that has a name twice in one object: parsers disagree about which of the two counts.
 * @param value what the text says, as parsed
 */
export function repeatedNameIn(json: string, value: unknown): Problem | undefined {
  if (hasNoMoreNames(json, namesOf(value))) return undefined;
  const found = firstRepeated(json);
  if (!found) return undefined;
  const detail = `"${found.name.slice(0, 200)}" stands twice in this object; send it once.`;
  return new Problem('invalid-prediction-input', 'An object of the body has a name twice.', {
    errors: [{ pointer: found.pointer, detail }],
  });
}

function namesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const parts = Object.values(value);
  let names = Array.isArray(value) ? 0 : parts.length;
  for (const part of parts) names += namesOf(part);
  return names;
}

interface Open {
  /** Names so far; none for a list. */
  readonly names: Set<string> | undefined;
  /** Name, or place, of the part that is being read. */
  part: string | number;
}

/** @param json that has been parsed: it is well-formed */
function firstRepeated(json: string): { pointer: string; name: string } | undefined {
  const open: Open[] = [];
  let text = '';
  for (let index = 0; index < json.length; index++) {
    const inner = open.at(-1);
    switch (json[index]) {
      case '"': {
        const end = endOfText(json, index);
        text = json.slice(index, end + 1);
        index = end;
        break;
      }
      case '{':
        open.push({ names: new Set(), part: '' });
        break;
      case '[':
        open.push({ names: undefined, part: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (typeof inner?.part === 'number') inner.part++;
        break;
      case ':': {
        if (!inner?.names) break;
        const name = text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
        inner.part = name;
        if (inner.names.has(name)) return { pointer: pointerTo(open), name };
        inner.names.add(name);
      }
    }
  }
  return undefined;
}

/** @returns where the quote stands that ends the text which begins at `start` */
function endOfText(json: string, start: number): number {
  let end = start + 1;
  while (json.charCodeAt(end) !== QUOTE) end += json.charCodeAt(end) === BACKSLASH ? 2 : 1;
  return end;
}

/** RFC 6901. */
function pointerTo(open: readonly Open[]): string {
  return open
    .map(({ part }) => `/${String(part).slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
