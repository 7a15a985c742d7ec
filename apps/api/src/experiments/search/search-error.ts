import { Problem } from '../../platform/problems/problem.js';

/** Where in the text something is: characters from its beginning. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A search that cannot be understood: says where, and what was probably meant. */
export class SearchError extends Error {
  override readonly name = 'SearchError';

  constructor(
    message: string,
    readonly span: Span,
    readonly suggestion?: string,
  ) {
    super(message);
  }

  toProblem(pointer: string, text: string): Problem {
    const { start, end } = this.span;
    const hint = this.suggestion === undefined ? '' : ` Did you mean ${this.suggestion}?`;
    return new Problem('invalid-search', `${this.message} (at character ${start + 1}).${hint}`, {
      errors: [
        {
          pointer,
          detail: this.message,
          got: { start, end, text: text.slice(start, Math.min(end, start + 200)) },
          ...(this.suggestion === undefined ? {} : { suggestion: this.suggestion }),
        },
      ],
    });
  }
}
