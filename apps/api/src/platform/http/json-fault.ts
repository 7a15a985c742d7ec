/** Where and why a text is no JSON. */
export interface JsonFault {
  /** Characters before the first one that does not fit. */
  readonly position: number;
  readonly line: number;
  readonly column: number;
  /** As in `expected a value, got "}"`; nothing of the text but that one character. */
  readonly reason: string;
}

class Fault extends Error {
  constructor(
    readonly position: number,
    readonly expected: string,
  ) {
    super(expected);
  }
}

/** Patterns are bounded: an endless match would use up the stack. */
const SPACE = /[\t\n\r ]{0,1000}/y;
const NUMBER = /-?(?:0|[1-9]\d{0,1000})(?:\.\d{1,1000})?(?:[eE][+-]?\d{1,1000})?/y;
const WORD = /true|false|null/y;
/** Of the control characters JSON allows DEL and those behind it. */
const PLAIN_CHARACTERS = /(?:[^"\\\p{Cc}]|[\u007f-\u009f]){0,1000}/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Finds the first place at which a text stops being JSON, which the parser of the platform says in only some of its
 * messages, and with a piece of the text. One pass; the caller has limited size and depth.
 * @returns undefined for JSON
 */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    const end = skipAll(SPACE, text, readValue(text, skipAll(SPACE, text, 0)));
    if (end < text.length) throw new Fault(end, 'the end');
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return told(text, error);
    throw error;
  }
}

function told(text: string, { position, expected }: Fault): JsonFault {
  const before = text.slice(0, position);
  const character = text.codePointAt(position);
  const got =
    character === undefined ? 'the body ends' : `got ${JSON.stringify(String.fromCodePoint(character))}`;
  return {
    position,
    line: before.split('\n').length,
    column: position - before.lastIndexOf('\n'),
    reason: `expected ${expected}, ${got}`,
  };
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

/** The same for patterns that go on where they left off. */
function skipAll(pattern: RegExp, text: string, from: number): number {
  let place = from;
  for (let next = skip(pattern, text, place); next > place; next = skip(pattern, text, place)) place = next;
  return place;
}

/** @returns the place after the value */
function readValue(text: string, from: number): number {
  switch (text[from]) {
    case '{':
      return readMembers(text, from, '}', readMember);
    case '[':
      return readMembers(text, from, ']', readValue);
    case '"':
      return readText(text, from);
    default: {
      const end = Math.max(skip(NUMBER, text, from), skip(WORD, text, from));
      if (end === from) throw new Fault(from, 'a value');
      return end;
    }
  }
}

function readMembers(
  text: string,
  from: number,
  close: '}' | ']',
  read: (text: string, from: number) => number,
): number {
  let place = skipAll(SPACE, text, from + 1);
  if (text[place] === close) return place + 1;
  for (;;) {
    place = skipAll(SPACE, text, read(text, place));
    if (text[place] === close) return place + 1;
    if (text[place] !== ',') throw new Fault(place, `"," or "${close}"`);
    place = skipAll(SPACE, text, place + 1);
  }
}

function readMember(text: string, from: number): number {
  if (text[from] !== '"') throw new Fault(from, 'a name in double quotes');
  const colon = skipAll(SPACE, text, readText(text, from));
  if (text[colon] !== ':') throw new Fault(colon, '":"');
  return readValue(text, skipAll(SPACE, text, colon + 1));
}

function readText(text: string, from: number): number {
  let place = from + 1;
  for (;;) {
    place = skipAll(PLAIN_CHARACTERS, text, place);
    if (text[place] === '"') return place + 1;
    const next = skip(ESCAPE, text, place);
    if (next === place) throw new Fault(place, 'a closing quote');
    place = next;
  }
}
