/** Tables for people: aligned columns, nothing that steers the terminal. */

export interface Column<T> {
  readonly title: string;
  readonly value: (item: T) => unknown;
  readonly align?: 'left' | 'right';
}

const MAX_CELL_CHARACTERS = 60;

/** Text as one line: names come from uploaded files and may hold anything. */
export const plain = (value: unknown): string => showValue(value).replace(/\p{Cc}/gu, ' ');

function showValue(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(showValue).join(', ');
  return JSON.stringify(value);
}

/** Up to 5 significant digits for fractions; whole numbers as they are. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log2(bytes) / 10) : 0);
  return `${formatNumber(Number((bytes / 1024 ** power).toPrecision(3)))} ${units[power]}`;
}

/** A time for people, in UTC to the second. */
export const formatTime = (iso: string | null | undefined): string | null =>
  iso ? iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z') : null;

const widthOf = (text: string): number => [...text].length;

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
}

/**
 * Lines of a table.
 * @param cutCells whether long cells are cut, for a terminal; a pipe gets everything
 */
export function renderTable<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  cutCells: boolean,
): string[] {
  const rows = items.map((item) =>
    columns.map(({ value }) => {
      const text = plain(value(item));
      return cutCells ? cut(text, MAX_CELL_CHARACTERS) : text;
    }),
  );
  const heads = columns.map(({ title }) => title.toUpperCase());
  const widths = heads.map((head, index) =>
    Math.max(widthOf(head), ...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
        return columns[index]?.align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [line(heads), ...rows.map(line)];
}

export type Fields = readonly (readonly [label: string, value: unknown])[];

/** Lines of labels and values; values that are undefined are left out. */
export function renderFields(fields: Fields): string[] {
  const shown = fields.filter(([, value]) => value !== undefined);
  const width = Math.max(...shown.map(([label]) => widthOf(label)));
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${plain(value)}`.trimEnd());
}
