import type { CellValue, ColumnType } from '@modelwright/contracts';
import { EXACT_ROWS } from '../limits.js';
import type { ColumnName } from '../sniff/column-names.js';
import type { ColumnStatistics, Histogram, Quantiles, ValueCount } from '../types.js';
import { toFinite, toNumber, toText, type Database } from '../worker/database.js';
import type { SettledColumn } from './settle-types.js';

const BATCH = 10;
/** Looking at a table costs time for each of its columns, so wide ones are looked at in slices. */
const WIDE_COLUMNS = 100;
const BINS = 20;
const TOP_VALUES = 20;
/** Squares of larger numbers leave the range of a double. */
const MAX_FOR_MOMENTS = 1e100;
const QUANTILE_POINTS = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/** Exact counting of values is worth its time up to this size when a column may identify rows. */
const EXACT_DISTINCT_ROWS = 20_000_000;

interface Basics {
  readonly present: number;
  readonly distinct: number;
  readonly min: CellValue;
  readonly max: CellValue;
  readonly low: number | null;
  readonly high: number | null;
  readonly zeros: number | null;
  readonly negatives: number | null;
  readonly smallestPositive: number | null;
  readonly textLength: { min: number; mean: number; max: number } | null;
}

interface Shape {
  readonly mean: number | null;
  readonly std: number | null;
  readonly skewness: number | null;
  readonly quantiles: Quantiles | null;
  readonly histogram: Histogram | null;
}

const isNumeric = (type: ColumnType): boolean => type === 'number' || type === 'integer';
const isWords = (type: ColumnType): boolean => type === 'category' || type === 'text';

/** Measures every column of table `t`. @param onColumn called with the number of columns done */
export async function measureColumns(
  database: Database,
  columns: readonly SettledColumn[],
  names: readonly ColumnName[],
  rows: number,
  onColumn: (done: number) => void,
): Promise<ColumnStatistics[]> {
  const measured: ColumnStatistics[] = [];
  const samples = await examplesOf(database, columns);
  for (let from = 0; from < columns.length; from += BATCH) {
    const batch = columns.slice(from, from + BATCH);
    const table = columns.length > WIDE_COLUMNS ? await slice(database, batch) : 't';
    const basics = await basicsOf(database, table, batch);
    const shapes = await shapesOf(database, table, batch, basics, rows);
    for (const [offset, column] of batch.entries()) {
      const basic = basics[offset];
      const shape = shapes[offset];
      const name = names[from + offset];
      if (!basic || !shape || !name) continue;
      const counted = await valuesOf(database, table, column, basic, rows);
      measured.push({
        name: name.name,
        originalName: name.originalName,
        type: column.type,
        rows,
        missing: rows - basic.present,
        blankAsMissing: column.blankAsMissing,
        unreadable: column.unreadable,
        numericShare: column.numericShare,
        distinct: counted.distinct,
        distinctIsApproximate: counted.approximate,
        min: basic.min,
        max: basic.max,
        ...shape,
        zeros: basic.zeros,
        negatives: basic.negatives,
        infinite: isNumeric(column.type) ? column.infinite : null,
        smallestPositive: basic.smallestPositive,
        quantilesAreApproximate: rows > EXACT_ROWS,
        topValues: counted.topValues,
        textLength: basic.textLength,
        format: column.format,
        examples: samples[from + offset] ?? [],
        increasing: await isIncreasing(database, table, column, counted.distinct, basic.present),
      });
    }
    onColumn(measured.length);
  }
  return measured;
}

/** Copies some columns into a narrow table. */
async function slice(database: Database, columns: readonly SettledColumn[]): Promise<string> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE slice AS SELECT ${columns.map(({ id }) => id).join(', ')} FROM t`,
  );
  return 'slice';
}

async function basicsOf(
  database: Database,
  table: string,
  columns: readonly SettledColumn[],
): Promise<Basics[]> {
  const select = columns.flatMap(({ id, type }) => {
    const common = [`count(${id})`, `approx_count_distinct(${id})`];
    if (isNumeric(type))
      return [
        ...common,
        `min(${id})`,
        `max(${id})`,
        `count(*) FILTER (${id} = 0)`,
        `count(*) FILTER (${id} < 0)`,
        `min(${id}) FILTER (${id} > 0)`,
      ];
    if (type === 'datetime')
      return [
        ...common,
        `strftime(min(${id}), '%Y-%m-%dT%H:%M:%S')`,
        `strftime(max(${id}), '%Y-%m-%dT%H:%M:%S')`,
        `epoch_ms(min(${id}))`,
        `epoch_ms(max(${id}))`,
        'NULL',
      ];
    if (isWords(type))
      return [...common, `min(length(${id}))`, `avg(length(${id}))`, `max(length(${id}))`, 'NULL', 'NULL'];
    return [...common, 'NULL', 'NULL', 'NULL', 'NULL', 'NULL'];
  });
  const values = await database.row(`SELECT ${select.join(', ')} FROM ${table}`);
  return columns.map(({ type }, index) => toBasics(type, values.slice(index * 7, index * 7 + 7)));
}

function toBasics(type: ColumnType, values: readonly unknown[]): Basics {
  const [present, distinct, a, b, c, d, e] = values;
  const numeric = isNumeric(type);
  const time = type === 'datetime';
  return {
    present: toNumber(present),
    distinct: toNumber(distinct),
    min: numeric ? toFinite(a) : time ? toText(a) : null,
    max: numeric ? toFinite(b) : time ? toText(b) : null,
    low: numeric ? toFinite(a) : time ? toFinite(c) : null,
    high: numeric ? toFinite(b) : time ? toFinite(d) : null,
    zeros: numeric ? toNumber(c) : null,
    negatives: numeric ? toNumber(d) : null,
    smallestPositive: numeric ? toFinite(e) : null,
    textLength:
      isWords(type) && toNumber(present) > 0
        ? { min: toNumber(a), mean: toNumber(b), max: toNumber(c) }
        : null,
  };
}

async function shapesOf(
  database: Database,
  table: string,
  columns: readonly SettledColumn[],
  basics: readonly Basics[],
  rows: number,
): Promise<Shape[]> {
  const points = `[${QUANTILE_POINTS.join(', ')}]`;
  const edges = columns.map(({ type }, index) => edgesOf(type, basics[index]));
  const select = columns.flatMap(({ id, type }, index) => {
    const basic = basics[index];
    const own = edges[index];
    const figure = type === 'datetime' ? `epoch_ms(${id})` : id;
    const histogram = own
      ? `map_values(histogram(${figure}::DOUBLE, [${own.slice(1).map(sqlNumber).join(', ')}]))`
      : 'NULL';
    if (!isNumeric(type) || basic?.low == null || basic.high == null)
      return ['NULL', 'NULL', 'NULL', 'NULL', histogram];
    const moderate = Math.max(Math.abs(basic.low), Math.abs(basic.high)) < MAX_FOR_MOMENTS;
    const quantiles =
      rows <= EXACT_ROWS ? `quantile_cont(${id}, ${points})` : `approx_quantile(${id}, ${points})`;
    return [
      moderate ? `avg(${id})` : 'NULL',
      moderate ? `stddev_samp(${id})` : 'NULL',
      moderate && basic.low < basic.high ? `skewness(${id})` : 'NULL',
      `list_transform(${quantiles}, lambda x: x::DOUBLE)`,
      histogram,
    ];
  });
  // Without an aggregate the statement would return a row for every row of the table.
  const values = select.every((part) => part === 'NULL')
    ? []
    : await database.row(`SELECT ${select.join(', ')} FROM ${table}`);
  return columns.map((_, index) => {
    const [mean, std, skewness, quantiles, counts] = values.slice(index * 5, index * 5 + 5);
    const own = edges[index];
    return {
      mean: toFinite(mean),
      std: toFinite(std),
      skewness: toFinite(skewness),
      quantiles: toQuantiles(listItems(quantiles)),
      histogram: own
        ? {
            edges: own,
            counts: listItems(counts)
              .map(toNumber)
              .slice(0, own.length - 1),
          }
        : null,
    };
  });
}

const sqlNumber = (value: number): string => `${value}::DOUBLE`;

function listItems(value: unknown): unknown[] {
  if (typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items))
    return value.items;
  return Array.isArray(value) ? value : [];
}

function toQuantiles(values: readonly unknown[]): Quantiles | null {
  const [p01, p05, p25, p50, p75, p95, p99] = values.map(toFinite);
  if (p01 == null || p05 == null || p25 == null || p50 == null || p75 == null || p95 == null || p99 == null)
    return null;
  return { p01, p05, p25, p50, p75, p95, p99 };
}

/** Equal bins from the smallest to the largest value; whole numbers of a short range get one bin each. */
export function edgesOf(type: ColumnType, basic: Pick<Basics, 'low' | 'high'> | undefined): number[] | null {
  if (!basic || basic.low === null || basic.high === null || (!isNumeric(type) && type !== 'datetime'))
    return null;
  const { low, high } = basic;
  if (low === high) return [low, high];
  if (type === 'integer' && high - low < BINS)
    return Array.from({ length: high - low + 2 }, (_, index) => low - 0.5 + index);
  const width = high / BINS - low / BINS;
  const edges = Array.from({ length: BINS }, (_, index) => low + index * width);
  return [...edges, high];
}

interface Values {
  readonly distinct: number;
  readonly approximate: boolean;
  readonly topValues: ValueCount[];
}

async function valuesOf(
  database: Database,
  table: string,
  column: SettledColumn,
  basic: Basics,
  rows: number,
): Promise<Values> {
  const { id, type } = column;
  const exact = rows <= EXACT_ROWS;
  const nearlyUnique = basic.distinct > basic.present * 0.8;
  if (basic.present === 0) return { distinct: 0, approximate: false, topValues: [] };
  if (!exact && (nearlyUnique || basic.distinct > 50_000)) {
    const worthCounting =
      nearlyUnique && type !== 'number' && type !== 'datetime' && rows <= EXACT_DISTINCT_ROWS;
    if (!worthCounting)
      return { distinct: Math.min(basic.distinct, basic.present), approximate: true, topValues: [] };
    const distinct = toNumber((await database.row(`SELECT count(DISTINCT ${id}) FROM ${table}`))[0]);
    return { distinct, approximate: false, topValues: [] };
  }
  if (!exact && type === 'number' && basic.distinct > 5000)
    return { distinct: basic.distinct, approximate: true, topValues: [] };
  const found = await database.rows(
    `SELECT ${jsonable(column)}, n, count(*) OVER () FROM (SELECT ${id}, count(*) AS n FROM ${table} WHERE ${id} IS NOT NULL GROUP BY 1)
     ORDER BY n DESC, ${id} LIMIT ${TOP_VALUES}`,
  );
  return {
    distinct: toNumber(found[0]?.[2]),
    approximate: false,
    topValues: found.map(([value, count]) => ({ value: toCell(value), count: toNumber(count) })),
  };
}

function jsonable({ id, type }: SettledColumn): string {
  if (type === 'datetime') return `strftime(${id}, '%Y-%m-%dT%H:%M:%S')`;
  return isWords(type) ? `left(${id}, 200)` : id;
}

export function toCell(value: unknown): CellValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return toFinite(value);
}

async function examplesOf(database: Database, columns: readonly SettledColumn[]): Promise<CellValue[][]> {
  const select = columns.map(jsonable).join(', ');
  const values = await database.columns(`SELECT ${select} FROM t LIMIT 100`);
  return columns.map((_, index) => {
    const present = (values[index] ?? []).filter((value) => value !== null).map(toCell);
    return [...new Set(present)].slice(0, 5);
  });
}

/** Whether times or numbers only grow from row to row: looked for where nearly every row has its own value. */
async function isIncreasing(
  database: Database,
  table: string,
  { id, type }: SettledColumn,
  distinct: number,
  present: number,
): Promise<boolean> {
  const least = type === 'datetime' ? 3 : 100;
  if ((type !== 'datetime' && type !== 'integer') || present < least || distinct < present * 0.5)
    return false;
  const breaks = (limit: string): string =>
    `SELECT count(*) FILTER (v < p) FROM (SELECT ${id} AS v, lag(${id}) OVER () AS p FROM (SELECT ${id} FROM ${table} WHERE ${id} IS NOT NULL ${limit}))`;
  if (toNumber((await database.row(breaks('LIMIT 2000')))[0]) > 0) return false;
  return toNumber((await database.row(breaks('')))[0]) === 0;
}

/** Rows that repeat an earlier row in every column. */
export async function countDuplicateRows(
  database: Database,
  columns: readonly ColumnStatistics[],
  rows: number,
): Promise<number> {
  const unique = columns.some(
    (column) =>
      !column.distinctIsApproximate && column.missing <= 1 && column.distinct + column.missing === rows,
  );
  if (unique || rows < 2) return 0;
  const ids = columns.map((_, index) => `c${index}`);
  const hashes: string[] = [];
  for (let from = 0; from < ids.length; from += 200)
    hashes.push(`hash(${ids.slice(from, from + 200).join(', ')})`);
  const whole = hashes.length === 1 ? (hashes[0] ?? '0') : `hash(${hashes.join(', ')})`;
  const distinct = toNumber((await database.row(`SELECT count(DISTINCT ${whole}) FROM t`))[0]);
  return rows - distinct;
}
