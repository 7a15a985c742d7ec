import type { ModelContract } from '@modelwright/contracts';
import type { Prediction } from './answer-rules.js';
import type { FieldError } from '../../platform/problems/problem.js';
import type { RowWarning } from '../../serving/rows/row-validator.js';

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

  /** Predictions without the remarks that repeat a masked value. */
  answers(predictions: readonly Prediction[]): readonly Prediction[] {
    if (this.masked.size === 0 || !predictions.some(({ warnings }) => warnings)) return predictions;
    return predictions.map((prediction) =>
      prediction.warnings
        ? { ...prediction, warnings: prediction.warnings.map((warning) => this.remark(warning)) }
        : prediction,
    );
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

  private remark(warning: RowWarning): RowWarning {
    if (this.shown.has(warning.field)) return warning;
    const field = this.masked.has(warning.field) ? warning.field : MASKED;
    return { field, code: warning.code, detail: 'A remark on a masked value.' };
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
