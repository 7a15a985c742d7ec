import { SearchError, type Span } from './search-error.js';

export type TokenKind = 'word' | 'quoted' | 'number' | 'operator' | 'open' | 'close' | 'comma' | 'end';

export interface Token extends Span {
  readonly kind: TokenKind;
  /** The word, the content of the quotes, the digits, or the operator. */
  readonly text: string;
}

export const MAX_SEARCH_LENGTH = 2_000;
const SPACE = /\s/;
const OPERATORS = ['>=', '<=', '!=', '<>', '==', '!~', '=', '>', '<', '~'];
/** A word begins with a letter; numbers with units, dates and times begin with a digit or a sign. */
const WORD = /[\p{L}_$][\p{L}\p{N}_.\-/:@%$]*/uy;
const NUMERIC = /[+-]?(?:\d|\.\d)[\p{L}\p{N}_.:+-]*/uy;
const QUOTES = new Set(['"', "'", '`']);

/** @throws SearchError for a character that begins nothing, or a quote that is not closed */
export function tokensOf(text: string): Token[] {
  if (text.length > MAX_SEARCH_LENGTH)
    throw new SearchError(`A search has at most ${MAX_SEARCH_LENGTH} characters`, {
      start: MAX_SEARCH_LENGTH,
      end: text.length,
    });
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    if (SPACE.test(text.charAt(position))) position++;
    else {
      const token = tokenAt(text, position);
      tokens.push(token);
      position = token.end;
    }
  }
  return [...tokens, { kind: 'end', text: '', start: text.length, end: text.length }];
}

function tokenAt(text: string, start: number): Token {
  const first = text.charAt(start);
  if (QUOTES.has(first)) return quotedAt(text, start, first);
  if (first === '(') return { kind: 'open', text: first, start, end: start + 1 };
  if (first === ')') return { kind: 'close', text: first, start, end: start + 1 };
  if (first === ',') return { kind: 'comma', text: first, start, end: start + 1 };
  const operator = OPERATORS.find((one) => text.startsWith(one, start));
  if (operator !== undefined)
    return { kind: 'operator', text: operator, start, end: start + operator.length };
  const number = matchAt(NUMERIC, text, start);
  if (number !== undefined) return { kind: 'number', text: number, start, end: start + number.length };
  const word = matchAt(WORD, text, start);
  if (word === undefined)
    throw new SearchError(`"${first}" cannot be used here; put names and texts in quotes`, {
      start,
      end: start + 1,
    });
  return wordAt(text, start, word);
}

/** `tags."a name"`: the part before the dot and the quoted part are one name. */
function wordAt(text: string, start: number, word: string): Token {
  const end = start + word.length;
  if (word.endsWith('.') && QUOTES.has(text.charAt(end))) {
    const rest = quotedAt(text, end, text.charAt(end));
    return { kind: 'word', text: word + rest.text, start, end: rest.end };
  }
  return { kind: 'word', text: word, start, end };
}

/** A backslash makes the next character plain. */
function quotedAt(text: string, start: number, quote: string): Token {
  let content = '';
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === quote) return { kind: 'quoted', text: content, start, end: index + 1 };
    if (character === '\\' && index + 1 < text.length) index++;
    content += text.charAt(index);
  }
  throw new SearchError(`The quote ${quote} is not closed`, { start, end: text.length });
}

function matchAt(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0];
}
