import type { ColumnType } from '@modelwright/contracts';
import { MAX_SAFE_INTEGER } from '../limits.js';
import { decideCategory, UNREADABLE_SHARE, type ColumnGuess } from '../sniff/column-guess.js';
import { MISSING_AMONG_NUMBERS, missingAmongWords } from '../sniff/missing.js';
import { NUMBER_STYLES, type NumberStyle } from '../sniff/number-style.js';
import { sqlText, toNumber, type Database } from '../worker/database.js';
import type { LoadType } from './load.js';

/** A column as it stands in table `t` after its type was settled on all rows. */
export interface SettledColumn {
  readonly id: string;
  readonly type: ColumnType;
  readonly blankAsMissing: number;
  readonly unreadable: { readonly count: number; readonly examples: string[] };
  readonly numericShare: number;
  readonly infinite: number;
  readonly format: string | null;
}

const BATCH = 10;
const LONGEST_SPELLING = 12;
const WIDE_COLUMNS = 100;
const SPACES = sqlText(' \t\r\n\u00a0');
const trimmed = (id: string): string => `trim(${id}, ${SPACES})`;
/** Only short values can be a spelling of "missing": a look at the length spares most of them the rest. */
const among = (id: string, words: readonly string[]): string =>
  `CASE WHEN length(${id}) <= ${LONGEST_SPELLING} THEN lower(${trimmed(id)}) IN ('', ${words.map(sqlText).join(', ')})
    ELSE ${trimmed(id)} = '' END`;

/** Judges every column on all rows and gives it its final type in table `t`. */
export async function settleTypes(
  database: Database,
  guesses: readonly ColumnGuess[],
  loadTypes: readonly LoadType[],
  rows: number,
): Promise<SettledColumn[]> {
  const settled: SettledColumn[] = [];
  const retypes: Retypes = new Map();
  for (let from = 0; from < guesses.length; from += BATCH) {
    const indexes = guesses.slice(from, from + BATCH).map((_, offset) => from + offset);
    const texts = indexes.filter((index) => loadTypes[index] === 'VARCHAR');
    const evidence = await evidenceOf(database, texts, guesses);
    const figures = await figuresOf(
      database,
      indexes.filter((index) => loadTypes[index] === 'DOUBLE'),
    );
    for (const index of indexes) {
      const guess = guesses[index];
      if (!guess) continue;
      const found = evidence.get(index);
      settled.push(
        found
          ? await settleText(database, `c${index}`, guess, found, retypes)
          : settleTyped(`c${index}`, guess, figures.get(index), rows, retypes),
      );
    }
  }
  await applyRetypes(database, retypes, guesses.length);
  return settled;
}

interface Evidence {
  readonly nonEmpty: number;
  readonly words: number;
  readonly figures: number;
  readonly numbers: number;
  readonly integers: number;
  readonly leadingZeros: number;
  readonly digitsOnly: number;
  readonly largest: number;
  readonly infinite: number;
  readonly booleans: number;
  readonly dates: number;
  readonly distinct: number;
  readonly meanLength: number;
}

function numberExpression(id: string, style: NumberStyle): string {
  if (style.name === 'plain') return `TRY_CAST(${trimmed(id)} AS DOUBLE)`;
  const matches = `regexp_full_match(${trimmed(id)}, ${sqlText(style.pattern)})`;
  let text = trimmed(id);
  for (const character of style.remove) text = `replace(${text}, ${sqlText(character)}, '')`;
  if (style.decimal === ',') text = `replace(${text}, ',', '.')`;
  return `CASE WHEN ${matches} THEN TRY_CAST(${text} AS DOUBLE) END`;
}

function dateExpression(id: string, formats: readonly string[] | null): string {
  if (formats === null) return `TRY_CAST(${trimmed(id)} AS TIMESTAMP)`;
  return `try_strptime(${trimmed(id)}, [${formats.map(sqlText).join(', ')}])::TIMESTAMP`;
}

/** What a column could be, given the rows seen; when they were all empty, everything has to be tried. */
function candidates(guess: ColumnGuess): {
  style: NumberStyle | null;
  dates: readonly string[] | null | undefined;
  booleans: boolean;
} {
  const unseen = guess.present === 0;
  const plain = NUMBER_STYLES[0] ?? null;
  const numeric = guess.numberStyle ?? (unseen || guess.numericShare >= UNREADABLE_SHARE ? plain : null);
  const dates = guess.dateStyle ? guess.dateStyle.formats : unseen ? null : undefined;
  return { style: numeric, dates, booleans: unseen || guess.type === 'boolean' };
}

async function evidenceOf(
  database: Database,
  indexes: readonly number[],
  guesses: readonly ColumnGuess[],
): Promise<Map<number, Evidence>> {
  if (indexes.length === 0) return new Map();
  const select = indexes.flatMap((index) => {
    const id = `c${index}`;
    const guess = guesses[index];
    const { style, dates, booleans } = guess
      ? candidates(guess)
      : { style: null, dates: undefined, booleans: false };
    const number = style ? numberExpression(id, style) : 'NULL::DOUBLE';
    const figure = `NOT (${among(id, MISSING_AMONG_NUMBERS)})`;
    const numeric = style !== null;
    return [
      `count(${id})`,
      `count(*) FILTER (NOT (${among(id, missingAmongWords(guess?.naIsMissing ?? true))}))`,
      numeric || dates !== undefined ? `count(*) FILTER (${figure})` : '0',
      numeric ? `count(*) FILTER (${figure} AND ${number} IS NOT NULL)` : '0',
      numeric ? `count(*) FILTER (${figure} AND isfinite(${number}) AND ${number} = trunc(${number}))` : '0',
      numeric ? `count(*) FILTER (regexp_matches(${id}, '^\\s*[+-]?0[0-9]'))` : '0',
      numeric ? `count(*) FILTER (${figure} AND regexp_full_match(${trimmed(id)}, '[+-]?[0-9]+'))` : '0',
      numeric ? `max(abs(${number})) FILTER (${figure} AND isfinite(${number}))` : '0',
      numeric ? `count(*) FILTER (${figure} AND isinf(${number}))` : '0',
      booleans ? `count(*) FILTER (lower(${trimmed(id)}) IN ('true', 'false'))` : '0',
      dates === undefined ? '0' : `count(*) FILTER (${figure} AND ${dateExpression(id, dates)} IS NOT NULL)`,
      `approx_count_distinct(${id})`,
      `avg(length(${id}))`,
    ];
  });
  const values = (await database.row(`SELECT ${select.join(', ')} FROM t`)).map(toNumber);
  return new Map(
    indexes.map((index, position) => {
      const [
        nonEmpty = 0,
        words = 0,
        figures = 0,
        numbers = 0,
        integers = 0,
        leadingZeros = 0,
        digitsOnly = 0,
        largest = 0,
        infinite = 0,
        booleans = 0,
        dates = 0,
        distinct = 0,
        meanLength = 0,
      ] = values.slice(position * 13, position * 13 + 13);
      return [
        index,
        {
          nonEmpty,
          words,
          figures,
          numbers,
          integers,
          leadingZeros,
          digitsOnly,
          largest,
          infinite,
          booleans,
          dates,
          distinct,
          meanLength,
        },
      ];
    }),
  );
}

async function settleText(
  database: Database,
  id: string,
  guess: ColumnGuess,
  found: Evidence,
  retypes: Retypes,
): Promise<SettledColumn> {
  const { style, dates } = candidates(guess);
  const numericShare = found.figures > 0 ? found.numbers / found.figures : 0;
  const base = { id, numericShare, infinite: 0, format: null, unreadable: { count: 0, examples: [] } };
  if (found.words > 0 && found.booleans === found.words) {
    retypes.set(id, { type: 'BOOLEAN', using: `TRY_CAST(${trimmed(id)} AS BOOLEAN)` });
    return { ...base, type: 'boolean', blankAsMissing: found.nonEmpty - found.words };
  }
  if (style && readsAsNumbers(found, guess)) return settleNumbers(database, id, style, found, retypes);
  if (dates !== undefined && found.figures > 0 && found.dates >= found.figures * (1 - UNREADABLE_SHARE)) {
    const unreadable = await unreadableValues(
      database,
      id,
      dateExpression(id, dates),
      found.figures - found.dates,
    );
    retypes.set(id, {
      type: 'TIMESTAMP',
      using: `CASE WHEN ${among(id, MISSING_AMONG_NUMBERS)} THEN NULL ELSE ${dateExpression(id, dates)} END`,
    });
    return {
      ...base,
      unreadable,
      type: 'datetime',
      blankAsMissing: found.nonEmpty - found.figures,
      format: guess.dateStyle?.label ?? '%Y-%m-%d %H:%M:%S',
    };
  }
  if (found.words < found.nonEmpty)
    retypes.set(id, {
      type: 'VARCHAR',
      using: `CASE WHEN ${among(id, missingAmongWords(guess.naIsMissing))} THEN NULL ELSE ${id} END`,
    });
  const category = decideCategory({
    distinct: found.distinct,
    present: found.words,
    meanLength: found.meanLength,
  });
  return {
    ...base,
    type: category && found.words > 0 ? 'category' : 'text',
    blankAsMissing: found.nonEmpty - found.words,
  };
}

function readsAsNumbers(found: Evidence, guess: ColumnGuess): boolean {
  if (found.figures === 0 || found.numbers < found.figures * (1 - UNREADABLE_SHARE)) return false;
  if (found.numbers < found.figures && guess.distinct < 20 && found.distinct < 20) return false;
  const allDigits = found.digitsOnly === found.figures;
  if (allDigits && found.leadingZeros > 0) return false;
  return !(allDigits && found.largest > MAX_SAFE_INTEGER);
}

async function settleNumbers(
  database: Database,
  id: string,
  style: NumberStyle,
  found: Evidence,
  retypes: Retypes,
): Promise<SettledColumn> {
  const expression = numberExpression(id, style);
  const unreadable = await unreadableValues(database, id, expression, found.figures - found.numbers);
  const finite = `CASE WHEN isfinite(${expression}) THEN ${expression} END`;
  retypes.set(id, {
    type: 'DOUBLE',
    using: `CASE WHEN ${among(id, MISSING_AMONG_NUMBERS)} THEN NULL ELSE ${finite} END`,
  });
  const integer = found.integers === found.numbers - found.infinite && found.largest <= MAX_SAFE_INTEGER;
  return {
    id,
    type: integer ? 'integer' : 'number',
    blankAsMissing: found.nonEmpty - found.figures,
    unreadable,
    numericShare: found.numbers / found.figures,
    infinite: found.infinite,
    format: null,
  };
}

async function unreadableValues(
  database: Database,
  id: string,
  expression: string,
  count: number,
): Promise<{ count: number; examples: string[] }> {
  if (count === 0) return { count, examples: [] };
  const rows = await database.rows(
    `SELECT left(${id}, 50) FROM t WHERE ${id} IS NOT NULL AND NOT (${among(id, MISSING_AMONG_NUMBERS)})
     AND ${expression} IS NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3`,
  );
  return { count, examples: rows.map(([value]) => String(value)) };
}

interface Figures {
  readonly present: number;
  readonly finite: number;
  readonly integers: number;
  readonly largest: number;
  readonly nans: number;
}

async function figuresOf(database: Database, indexes: readonly number[]): Promise<Map<number, Figures>> {
  if (indexes.length === 0) return new Map();
  const select = indexes.flatMap((index) => {
    const id = `c${index}`;
    return [
      `count(${id})`,
      `count(*) FILTER (isfinite(${id}))`,
      `count(*) FILTER (isfinite(${id}) AND ${id} = trunc(${id}))`,
      `max(abs(${id})) FILTER (isfinite(${id}))`,
      `count(*) FILTER (isnan(${id}))`,
    ];
  });
  const values = (await database.row(`SELECT ${select.join(', ')} FROM t`)).map(toNumber);
  return new Map(
    indexes.map((index, position) => {
      const [present = 0, finite = 0, integers = 0, largest = 0, nans = 0] = values.slice(
        position * 5,
        position * 5 + 5,
      );
      return [index, { present, finite, integers, largest, nans }];
    }),
  );
}

/** A column that the engine read typed: numbers may still turn out to be integers or infinite. */
function settleTyped(
  id: string,
  guess: ColumnGuess,
  figures: Figures | undefined,
  rows: number,
  retypes: Retypes,
): SettledColumn {
  const base = { id, blankAsMissing: 0, unreadable: { count: 0, examples: [] }, infinite: 0, format: null };
  if (!figures) return { ...base, type: 'datetime', numericShare: 0, format: guess.dateStyle?.label ?? null };
  const { present, finite, integers, largest, nans } = figures;
  if (finite !== present)
    retypes.set(id, { type: 'DOUBLE', using: `CASE WHEN isfinite(${id}) THEN ${id} END` });
  const integer = rows > 0 && finite > 0 && integers === finite && largest <= MAX_SAFE_INTEGER;
  return {
    ...base,
    numericShare: 1,
    type: integer ? 'integer' : 'number',
    blankAsMissing: nans,
    infinite: present - finite - nans,
  };
}

/** Changes of type, made together in the end. */
interface Retype {
  readonly type: string;
  readonly using: string;
}
type Retypes = Map<string, Retype>;

/** Column by column where that is cheap; a table of thousands of columns is written anew in one go. */
async function applyRetypes(database: Database, retypes: Retypes, columnCount: number): Promise<void> {
  if (retypes.size === 0) return;
  if (columnCount <= WIDE_COLUMNS) {
    for (const [id, { type, using }] of retypes)
      await database.run(`ALTER TABLE t ALTER COLUMN ${id} TYPE ${type} USING (${using})`);
    return;
  }
  const select = Array.from({ length: columnCount }, (_, index) => {
    const retype = retypes.get(`c${index}`);
    return retype ? `(${retype.using})::${retype.type} AS c${index}` : `c${index}`;
  });
  await database.run(`CREATE TABLE retyped AS SELECT ${select.join(', ')} FROM t`);
  await database.run('DROP TABLE t');
  await database.run('ALTER TABLE retyped RENAME TO t');
}
