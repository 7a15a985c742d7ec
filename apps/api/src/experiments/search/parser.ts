import { nearestName } from '../../platform/text/nearest-name.js';
import { tokensOf, type Token, type TokenKind } from './lexer.js';
import { SearchError } from './search-error.js';
import type { Comparator, FieldName, Literal, Search } from './syntax.js';

const MAX_DEPTH = 40;
const MAX_COMPARISONS = 60;
const MAX_LIST = 200;
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'is', 'like', 'ilike']);
const COMPARATORS: Readonly<Record<string, Comparator>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
  '~': '~',
  '!~': '!~',
};

/**
 * Reads a search: `auc > 0.8 and (family = "lightgbm" or not params.depth < 5)`. Terms side by side are joined by
 * `and`, which binds closer than `or`.
 * @returns undefined for a text without terms
 * @throws SearchError
 */
export function parseSearch(text: string): Search | undefined {
  const parser = new Parser(tokensOf(text));
  return parser.whole();
}

class Parser {
  private position = 0;
  private depth = 0;
  private comparisons = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Search | undefined {
    if (this.peek() === 'end') return undefined;
    const search = this.either();
    if (this.peek() === 'close') throw this.fault('This parenthesis was never opened');
    if (this.peek() !== 'end') throw this.fault('Expected "and", "or" or the end');
    return search;
  }

  private either(): Search {
    const parts = [this.both()];
    while (this.takeWord('or')) parts.push(this.both());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts };
  }

  private both(): Search {
    const parts = [this.term()];
    while (this.takeWord('and') || this.beginsTerm()) parts.push(this.term());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'and', parts };
  }

  private beginsTerm(): boolean {
    if (this.now.kind === 'word') return !this.isWord('or') && !this.isWord('and');
    return this.now.kind === 'open' || this.now.kind === 'quoted';
  }

  private term(): Search {
    if (++this.depth > MAX_DEPTH) throw this.fault('The search is nested too deeply');
    try {
      if (this.takeWord('not')) return { kind: 'not', part: this.term() };
      return this.take('open') ? this.group() : this.comparison();
    } finally {
      this.depth--;
    }
  }

  private group(): Search {
    const open = this.before;
    const inner = this.either();
    if (!this.take('close'))
      throw new SearchError('This parenthesis is not closed', { start: open.start, end: open.end });
    return inner;
  }

  private comparison(): Search {
    const token = this.now;
    if (token.kind !== 'word' && token.kind !== 'quoted')
      throw this.fault(token.kind === 'end' ? 'Something is missing here' : 'Expected the name of a field');
    if (token.kind === 'word' && KEYWORDS.has(token.text.toLowerCase()))
      throw this.fault(`"${token.text}" is a word of the search language; put it in quotes to search for it`);
    if (++this.comparisons > MAX_COMPARISONS)
      throw this.fault(`A search has at most ${MAX_COMPARISONS} comparisons`);
    this.position++;
    const field = { name: token.text, start: token.start, end: token.end };
    return this.listed(field) ?? this.missing(field) ?? this.pattern(field) ?? this.compared(field, token);
  }

  private compared(field: FieldName, token: Token): Search {
    if (this.now.kind !== 'operator')
      return {
        kind: 'words',
        value: { form: 'text', text: token.text, start: token.start, end: token.end },
      };
    const comparator = COMPARATORS[this.now.text];
    if (!comparator) throw this.fault('This is no comparison');
    this.position++;
    return { kind: 'compare', field, comparator, value: this.literal() };
  }

  private pattern(field: FieldName): Search | undefined {
    for (const comparator of ['like', 'ilike'] as const)
      if (this.takeWord(comparator)) return { kind: 'compare', field, comparator, value: this.literal() };
    return undefined;
  }

  private missing(field: FieldName): Search | undefined {
    if (!this.takeWord('is')) return undefined;
    const negated = this.takeWord('not');
    if (!this.takeWord('missing') && !this.takeWord('null'))
      throw this.fault('Expected "missing" after "is"', 'missing');
    return { kind: 'missing', field, negated };
  }

  private listed(field: FieldName): Search | undefined {
    const negated = this.isWord('not') && this.isWord('in', 1);
    if (negated) this.position++;
    if (!this.takeWord('in')) return undefined;
    if (!this.take('open')) throw this.fault('Expected "(" and a list of values after "in"');
    const values = [this.literal()];
    while (this.take('comma')) values.push(this.literal());
    if (!this.take('close')) throw this.fault('Expected "," or ")" in the list');
    if (values.length > MAX_LIST) throw this.fault(`A list has at most ${MAX_LIST} values`);
    return { kind: 'in', field, values, negated };
  }

  private literal(): Literal {
    const token = this.now;
    const form = token.kind === 'quoted' ? 'text' : token.kind;
    if (form !== 'text' && form !== 'number' && form !== 'word')
      throw this.fault('Expected a value: a number, a "text", a date or a duration');
    this.position++;
    return { form, text: token.text, start: token.start, end: token.end };
  }

  private peek(): TokenKind {
    return this.now.kind;
  }

  private get now(): Token {
    return this.at(this.position);
  }

  private get before(): Token {
    return this.at(this.position - 1);
  }

  private at(index: number): Token {
    const token = this.tokens[Math.min(index, this.tokens.length - 1)];
    if (!token) throw new Error('A list of tokens ends with the token of the end.');
    return token;
  }

  private isWord(word: string, ahead = 0): boolean {
    const token = this.at(this.position + ahead);
    return token.kind === 'word' && token.text.toLowerCase() === word;
  }

  private takeWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.position++;
    return found;
  }

  private take(kind: TokenKind): boolean {
    const found = this.now.kind === kind;
    if (found) this.position++;
    return found;
  }

  private fault(message: string, suggestion?: string): SearchError {
    const { start, end, text, kind } = this.now;
    const near =
      suggestion ??
      (kind === 'word' && text.length > 1 ? nearestName(text, ['and', 'or', 'not']) : undefined);
    return new SearchError(message, { start, end: Math.max(end, start + 1) }, near);
  }
}
