import { MAX_NAME_CHARACTERS } from '../limits.js';
import type { FileWarning } from '../types.js';

export interface ColumnName {
  readonly name: string;
  /** What the file says, when it had to be changed. */
  readonly originalName: string | null;
}

// Control characters, line breaks and the characters that turn text around have no place in a name.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Makes names usable and unique (upper and lower case count as the same), and says what was changed. */
export function columnNames(header: readonly string[]): { columns: ColumnName[]; warnings: FileWarning[] } {
  const taken = new Set<string>();
  const plain = header.map((cell) =>
    cell.replace(UNPRINTABLE, ' ').trim().slice(0, MAX_NAME_CHARACTERS).trim(),
  );
  const wanted = new Set(plain.map((name) => name.toLowerCase()));
  const columns = plain.map((clean, index) => {
    const base = clean === '' ? `column_${index + 1}` : clean;
    let name = base;
    for (
      let suffix = 2;
      taken.has(name.toLowerCase()) || (name !== clean && wanted.has(name.toLowerCase()));
      suffix += 1
    )
      name = `${base}_${suffix}`;
    taken.add(name.toLowerCase());
    return { name, originalName: name === header[index] ? null : (header[index] ?? '') };
  });
  return { columns, warnings: nameWarnings(plain, columns) };
}

/** Names for a file without a header. */
export function numberedNames(count: number): ColumnName[] {
  return Array.from({ length: count }, (_, index) => ({ name: `column_${index + 1}`, originalName: null }));
}

function nameWarnings(plain: readonly string[], columns: readonly ColumnName[]): FileWarning[] {
  const warnings: FileWarning[] = [];
  const empty = columns.filter((_, index) => plain[index] === '');
  if (empty.length > 0)
    warnings.push({
      code: 'empty-column-names',
      detail: `${count(empty.length, 'column has', 'columns have')} no name in the header and ${empty.length === 1 ? 'is' : 'are'} called ${list(empty)}.`,
      line: 1,
    });
  const renamed = columns.filter(({ name }, index) => plain[index] !== '' && plain[index] !== name);
  if (renamed.length > 0)
    warnings.push({
      code: 'duplicate-column-names',
      detail: `${count(renamed.length, 'column name occurs', 'column names occur')} more than once; the later ones are called ${list(renamed)}.`,
      line: 1,
    });
  return warnings;
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
const list = (columns: readonly ColumnName[]): string =>
  columns
    .slice(0, 5)
    .map(({ name }) => `"${name}"`)
    .join(', ') + (columns.length > 5 ? ' and so on' : '');
