import type { ModelContract } from '@modelwright/contracts';
import type { FieldError } from '../../platform/problems/problem.js';

/** What stands in the log in the place of a value that is not to be kept. */
export const MASKED = '••••';

/**
 * Takes the values of masked columns out of what is logged, before it is written anywhere (M12). With any column masked,
 * fields that the model does not know are masked as well: they may be a masked column under a misspelt name.
 */
export class LogMask {
  private readonly masked: ReadonlySet<string>;
  private readonly shown: ReadonlySet<string>;

  constructor({ inputs }: Pick<ModelContract, 'inputs'>, masked: readonly string[]) {
    this.masked = new Set(masked);
    this.shown = new Set(inputs.map(({ name }) => name).filter((name) => !this.masked.has(name)));
  }

  rows(rows: readonly unknown[]): readonly unknown[] {
    return this.masked.size === 0 ? rows : rows.map((row) => this.row(row));
  }

  /** The sentences of errors, without those that may repeat a masked value. */
  reasons(errors: readonly FieldError[]): string[] {
    return errors.map((error) =>
      this.mayBeSaid(error.pointer) ? error.detail : 'A masked field does not fit.',
    );
  }

  private row(row: unknown): unknown {
    // A row that is no object is refused anyway, and it is not known what it holds.
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return MASKED;
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) =>
        this.shown.has(name) || value === null
          ? [name, value]
          : [this.masked.has(name) ? name : MASKED, MASKED],
      ),
    );
  }

  private mayBeSaid(pointer: string): boolean {
    if (this.masked.size === 0) return true;
    const field = pointer
      .slice(pointer.lastIndexOf('/') + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    return this.shown.has(field);
  }
}
