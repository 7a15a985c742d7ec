import { CompiledModelError } from './compiled-model-error.js';
import type { ArrayTable } from './file-parts.js';

/** One object of the JSON description, read with checks: whatever is not as it must be is refused by name. */
export class DescriptionPart {
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    readonly name: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new CompiledModelError(`${name} is not an object.`);
    this.fields = value as Record<string, unknown>;
  }

  raw(key: string): unknown {
    return Object.hasOwn(this.fields, key) ? this.fields[key] : undefined;
  }

  isNull(key: string): boolean {
    return this.raw(key) === null;
  }

  text(key: string): string {
    const value = this.raw(key);
    return typeof value === 'string' ? value : this.refuse(key, 'a text');
  }

  flag(key: string): boolean {
    const value = this.raw(key);
    return typeof value === 'boolean' ? value : this.refuse(key, 'true or false');
  }

  number(key: string): number {
    const value = this.raw(key);
    return typeof value === 'number' && Number.isFinite(value) ? value : this.refuse(key, 'a number');
  }

  /** A whole number from `low` to `high`, both included. */
  count(key: string, low: number, high: number): number {
    const value = this.raw(key);
    return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? value
      : this.refuse(key, `a whole number from ${low} to ${high}`);
  }

  part(key: string): DescriptionPart {
    return new DescriptionPart(this.raw(key), `${this.name}.${key}`);
  }

  parts(key: string, most: number): DescriptionPart[] {
    return this.list(key, most).map(
      (value, index) => new DescriptionPart(value, `${this.name}.${key}[${index}]`),
    );
  }

  texts(key: string, most: number): string[] {
    return this.list(key, most).map((value) =>
      typeof value === 'string' ? value : this.refuse(key, 'texts'),
    );
  }

  counts(key: string, most: number, high: number): number[] {
    return this.list(key, most).map((value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= high
        ? value
        : this.refuse(key, `whole numbers up to ${high}`),
    );
  }

  /** Places in a buffer of `size` numbers, none below `low`. */
  places(key: string, arrays: ArrayTable, low: number, size: number): Int32Array {
    const places = arrays.get(this.raw(key), 'i32');
    for (const place of places)
      if (place < low || place >= size) this.refuse(key, 'places within the buffer');
    return places;
  }

  doubles(key: string, arrays: ArrayTable, length?: number): Float64Array {
    const values = arrays.get(this.raw(key), 'f64');
    return length === undefined || values.length === length ? values : this.refuse(key, `${length} numbers`);
  }

  refuse(key: string, expected: string): never {
    throw new CompiledModelError(`${this.name}.${key} is not ${expected}.`);
  }

  private list(key: string, most: number): unknown[] {
    const value = this.raw(key);
    return Array.isArray(value) && value.length <= most
      ? (value as unknown[])
      : this.refuse(key, `a list of at most ${most}`);
  }
}
