import { fieldId, type Attribute, type ExperimentKey, type Field, type FieldCatalog } from './fields.js';
import { SearchError } from './search-error.js';
import type { Comparator, Literal, Search } from './syntax.js';
import { expected, numberOf, secondsOf, timeOf } from './values.js';

/** Values of a statement; a text of the request never becomes part of the statement itself. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** The joins that bring the values of metrics, parameters and tags to a run, one for each name. */
export class KeyJoins {
  private readonly aliases = new Map<number, string>();

  constructor(private readonly parameters: Parameters) {}

  of({ id }: ExperimentKey): string {
    const known = this.aliases.get(id);
    if (known !== undefined) return known;
    const alias = `k${this.aliases.size}`;
    this.aliases.set(id, alias);
    return alias;
  }

  get sql(): string {
    return [...this.aliases]
      .map(
        ([id, alias]) =>
          `LEFT JOIN experiment_value ${alias} ON ${alias}.run_id = r.id AND ${alias}.key_id = ${this.parameters.add(id)}::int`,
      )
      .join('\n');
  }
}

/** States as clients of the MLflow protocol call them. */
const STATUS_WORDS: Readonly<Record<string, string>> = {
  scheduled: 'queued',
  finished: 'succeeded',
  killed: 'cancelled',
};

interface Context {
  readonly catalog: FieldCatalog;
  readonly parameters: Parameters;
  readonly joins: KeyJoins;
  readonly now: number;
}

/**
 * The condition of a search in SQL. A comparison with a value that a run does not have is false, so `not` finds it.
 * @throws SearchError for unknown fields and for values that do not fit
 */
export function compileSearch(search: Search, context: Context): string {
  switch (search.kind) {
    case 'and':
    case 'or':
      return `(${search.parts.map((part) => compileSearch(part, context)).join(search.kind === 'and' ? ' AND ' : ' OR ')})`;
    case 'not':
      return `NOT ${compileSearch(search.part, context)}`;
    case 'words':
      return contains('r.name', search.value.text, context);
    case 'missing': {
      const { number, text } = compared(context.catalog.resolve(search.field), context);
      const absent = [number, text].filter((sql) => sql !== undefined).map((sql) => `${sql} IS NULL`);
      return `${search.negated ? 'NOT ' : ''}(${absent.join(' AND ')})`;
    }
    case 'in': {
      const field = context.catalog.resolve(search.field);
      const parts = search.values.map((value) => comparison(field, '=', value, context));
      return `${search.negated ? 'NOT ' : ''}(${parts.join(' OR ')})`;
    }
    case 'compare':
      return comparison(context.catalog.resolve(search.field), search.comparator, search.value, context);
  }
}

/** How the value of a field is read, as a number and as a text; either may not exist. */
export function readers(field: Field, { joins }: Pick<Context, 'joins'>): { number?: string; text?: string } {
  if (field.kind === 'attribute')
    return field.attribute.type === 'text' ? { text: field.attribute.sql } : { number: field.attribute.sql };
  const parts = [field.key, ...(field.also ? [field.also] : [])].map((key) => joins.of(key));
  const [alias = ''] = parts;
  if (parts.length > 1 && field.key.kind !== 'metric')
    return { number: firstOf(parts, 'number'), text: firstOf(parts, 'text') };
  if (parts.length > 1)
    return { number: `coalesce(${parts.map((part) => `nullif(${part}.number, 'NaN')`).join(', ')})` };
  // Postgres holds NaN to be greater than all numbers; here it is no number at all.
  return field.key.kind === 'metric'
    ? { number: `nullif(${alias}.number, 'NaN')` }
    : { number: `${alias}.number`, text: `${alias}.text` };
}

function firstOf(aliases: readonly string[], column: string): string {
  return `coalesce(${aliases.map((alias) => `${alias}.${column}`).join(', ')})`;
}

/**
 * As `readers`, for a condition: a metric that was never measured on held-out rows, as of all candidates but the winner,
 * is looked for among the cross-validated ones.
 */
function compared(field: Field, context: Context): { number?: string; text?: string } {
  const own = readers(field, context);
  if (field.kind !== 'key' || field.key.kind !== 'metric' || own.number === undefined) return own;
  const instead = [field.key, ...(field.also ? [field.also] : [])].flatMap(({ name }) => {
    const folds = context.catalog.find(`metrics.cv.${name}`);
    return (folds && readers(folds, context).number) ?? [];
  });
  return instead.length === 0 ? own : { number: `coalesce(${[own.number, ...instead].join(', ')})` };
}

function comparison(field: Field, comparator: Comparator, literal: Literal, context: Context): string {
  if (field.kind === 'key' && field.key.kind !== 'metric') return ofKey(field, comparator, literal, context);
  const name = fieldId(field);
  if (field.kind === 'attribute' && field.attribute.type === 'text')
    return ofText(field.attribute.sql, comparator, attributeText(field.attribute, literal), context);
  refusePattern(comparator, literal, name);
  if (field.kind === 'attribute' && field.attribute.type === 'date')
    return ofTime(field.attribute, comparator, literal, context);
  const { number = 'NULL' } = compared(field, context);
  const isDuration = field.kind === 'attribute' && field.attribute.type === 'duration';
  const value = isDuration
    ? expected(
        numberOf(literal.text) ?? secondsOf(literal.text),
        literal,
        'a duration such as 90s or 2h',
        name,
      )
    : expected(numberOf(literal.text), literal, 'a number', name);
  return certain(`${number} ${sqlOf(comparator)} ${context.parameters.add(value)}::float8`);
}

function refusePattern(comparator: Comparator, literal: Literal, name: string): void {
  if (comparator === '~' || comparator === '!~' || comparator === 'like' || comparator === 'ilike')
    throw new SearchError(`${name} is no text; compare it with =, !=, >, >=, < or <=`, literal);
}

/** Parameters and tags are texts of which some read as numbers: a number is compared with those. */
function ofKey(
  field: Extract<Field, { kind: 'key' }>,
  comparator: Comparator,
  literal: Literal,
  context: Context,
): string {
  const { number: numeric = 'NULL', text: worded = 'NULL' } = readers(field, context);
  const number = numberOf(literal.text) ?? (literal.form === 'number' ? secondsOf(literal.text) : undefined);
  const ordered =
    comparator !== '~' && comparator !== '!~' && comparator !== 'like' && comparator !== 'ilike';
  if (number === undefined || !ordered) return ofText(worded, comparator, literal.text, context);
  const asNumber = `${numeric} ${sqlOf(comparator)} ${context.parameters.add(number)}::float8`;
  // "1e3" and "1000" are the same number; a text that is no number differs from every number.
  if (comparator === '!=') return certain(`(${numeric} IS NULL AND ${worded} IS NOT NULL OR ${asNumber})`);
  return certain(asNumber);
}

function attributeText({ name }: Attribute, literal: Literal): string {
  if (name !== 'status') return literal.text;
  const word = literal.text.toLowerCase();
  return STATUS_WORDS[word] ?? word;
}

function ofText(sql: string, comparator: Comparator, value: string, context: Context): string {
  const { parameters } = context;
  const plain = value.replaceAll('\0', '');
  switch (comparator) {
    case '~':
      return contains(sql, plain, context);
    case '!~':
      return certain(`strpos(lower(${sql}), lower(${parameters.add(plain)}::text)) = 0`);
    case 'like':
    case 'ilike': {
      // A pattern may not end in the character that makes the next one plain.
      const pattern = plain.replaceAll('\\', '\\\\');
      return certain(`${sql} ${comparator.toUpperCase()} ${parameters.add(pattern)}::text`);
    }
    default:
      return certain(`${sql} ${sqlOf(comparator)} ${parameters.add(plain)}::text`);
  }
}

function contains(sql: string, value: string, { parameters }: Context): string {
  return certain(`strpos(lower(${sql}), lower(${parameters.add(value.replaceAll('\0', ''))}::text)) > 0`);
}

function ofTime(attribute: Attribute, comparator: Comparator, literal: Literal, context: Context): string {
  const range = expected(
    timeOf(literal.text, context.now),
    literal,
    'a time such as 2026-05-31, now-7d or yesterday',
    attribute.name,
  );
  const at = (moment: number): string =>
    `${context.parameters.add(new Date(moment).toISOString())}::timestamptz`;
  const read = `date_trunc('milliseconds', ${attribute.sql})`;
  switch (comparator) {
    case '>':
      return certain(`${read} > ${at(range.to)}`);
    case '>=':
      return certain(`${read} >= ${at(range.from)}`);
    case '<':
      return certain(`${read} < ${at(range.from)}`);
    case '<=':
      return certain(`${read} <= ${at(range.to)}`);
    default: {
      const within = `${read} BETWEEN ${at(range.from)} AND ${at(range.to)}`;
      return certain(comparator === '!=' ? `NOT (${within})` : within);
    }
  }
}

/** Nothing in the database is neither true nor false: what cannot be compared does not match. */
function certain(condition: string): string {
  return `coalesce(${condition}, false)`;
}

function sqlOf(comparator: Comparator): string {
  return comparator === '!=' ? '<>' : comparator;
}
