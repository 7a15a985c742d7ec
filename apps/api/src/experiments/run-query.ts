import { encodeCursor, decodeCursor } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { compileSearch, KeyJoins, Parameters, readers } from './search/compile.js';
import { fieldId, type Field, type FieldCatalog } from './search/fields.js';
import { parseSearch } from './search/parser.js';
import { SearchError } from './search/search-error.js';

export interface RunSelection {
  readonly search?: string | undefined;
  /** Fields, each with `-` before it for descending; the first decides. */
  readonly sort?: readonly string[];
  readonly show: 'runs' | 'candidates' | 'all';
  readonly ids?: readonly string[] | undefined;
  readonly experimentIds?: readonly string[] | undefined;
  readonly lifecycle?: 'active' | 'deleted' | 'all';
}

export interface RunPageRequest extends RunSelection {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly offset?: number | undefined;
  readonly count?: boolean;
}

export interface SortKey {
  readonly field: Field;
  readonly descending: boolean;
}

/** What JSON has no number for; Postgres reads the words. */
const INFINITIES: ReadonlySet<unknown> = new Set(['Infinity', '-Infinity']);

const KINDS = { runs: `r.kind <> 'candidate'`, candidates: `r.kind = 'candidate'`, all: 'true' } as const;

/** @throws Problem `invalid-search` */
export function sortKeysOf(sort: readonly string[] | undefined, catalog: FieldCatalog): SortKey[] {
  return (sort ?? ['-created']).map((text) => {
    const descending = text.startsWith('-');
    const name = descending ? text.slice(1) : text;
    const start = descending ? 1 : 0;
    try {
      return { field: catalog.resolve({ name, start, end: text.length }), descending };
    } catch (error) {
      if (error instanceof SearchError) throw error.toProblem('#/sort', text);
      throw error;
    }
  });
}

/** A statement that finds the ids of one page of runs, in order, and its parameters. */
export class RunQuery {
  readonly parameters = new Parameters();
  private readonly joins = new KeyJoins(this.parameters);
  private readonly sortKeys: readonly SortKey[];
  private readonly where: string[];

  /** @throws Problem `invalid-search` with the place in the text and the nearest field */
  constructor(
    projectId: string,
    private readonly request: RunPageRequest,
    catalog: FieldCatalog,
    now = Date.now(),
  ) {
    this.where = [`r.project_id = ${this.parameters.add(projectId)}`, KINDS[request.show]];
    if ((request.lifecycle ?? 'active') !== 'all')
      this.where.push(`r.deleted_at IS ${request.lifecycle === 'deleted' ? 'NOT NULL' : 'NULL'}`);
    if (request.ids) this.where.push(`r.id = ANY(${this.parameters.add(request.ids)}::uuid[])`);
    if (request.experimentIds)
      this.where.push(`r.experiment_id = ANY(${this.parameters.add(request.experimentIds)}::uuid[])`);
    this.where.push(...this.searchCondition(catalog, now));
    this.sortKeys = sortKeysOf(request.sort, catalog);
  }

  private searchCondition(catalog: FieldCatalog, now: number): string[] {
    const { search } = this.request;
    if (search === undefined) return [];
    try {
      const parsed = parseSearch(search);
      const context = { catalog, parameters: this.parameters, joins: this.joins, now };
      return parsed ? [compileSearch(parsed, context)] : [];
    } catch (error) {
      if (error instanceof SearchError) throw error.toProblem('#/search', search);
      throw error;
    }
  }

  /** Give rows `id`, `sort_value` and, if asked for, `total`. */
  get sql(): string {
    const { limit, offset, count } = this.request;
    const orders = this.sortKeys.map((key) => ({ ...key, sql: this.sortSql(key.field) }));
    const [first] = orders;
    const firstSql = first?.sql ?? 'r.created_at';
    const after = this.afterCursor(firstSql, first?.descending ?? true);
    const where = [...this.where, ...after];
    const orderBy = orders.flatMap(({ sql, descending }) => [
      `(${sql}) IS NULL`,
      `${sql} ${descending ? 'DESC' : 'ASC'}`,
    ]);
    return `SELECT r.id, ${firstSql} AS sort_value${count ? ', count(*) OVER ()::int AS total' : ''}
      FROM experiment_run r JOIN experiment e ON e.id = r.experiment_id
      ${this.joins.sql}
      WHERE ${where.join('\n AND ')}
      ORDER BY ${[...orderBy, 'r.id DESC'].join(', ')}
      LIMIT ${this.parameters.add(limit + 1)}${offset === undefined ? '' : ` OFFSET ${this.parameters.add(offset)}`}`;
  }

  /** Numbers and times as float8, texts as they are: what a cursor can carry exactly. */
  private sortSql(field: Field): string {
    const read = readers(field, { joins: this.joins });
    if (field.kind === 'attribute' && field.attribute.type === 'date')
      return `extract(epoch FROM ${field.attribute.sql})::float8`;
    if (field.kind === 'key' && field.key.kind !== 'metric')
      // Numbers in the order of numbers, before the texts that are none.
      return `coalesce(CASE WHEN abs(${read.number}) < 1e15 THEN to_char(${read.number}::numeric + 1e15, '0000000000000000.000000000') END, '~' || left(${read.text}, 200))`;
    return read.number ?? `left(${read.text ?? 'NULL'}, 200)`;
  }

  private afterCursor(sql: string, descending: boolean): string[] {
    const position = decodeCursor(this.request.cursor, 3);
    if (!position) return [];
    const [isNull, value, id] = position;
    if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/i.test(id)) throw staleCursor();
    const after = `r.id < ${this.parameters.add(id)}::uuid`;
    if (isNull === 1) return [`((${sql}) IS NULL AND ${after})`];
    if (value === undefined) throw staleCursor();
    const type = this.isNumeric ? 'float8' : 'text';
    if (typeof value !== (this.isNumeric && !INFINITIES.has(value) ? 'number' : 'string'))
      throw staleCursor();
    const given = `${this.parameters.add(typeof value === 'string' ? value.replaceAll('\0', '') : value)}::${type}`;
    return [
      `((${sql}) IS NULL OR ${sql} ${descending ? '<' : '>'} ${given} OR (${sql} = ${given} AND ${after}))`,
    ];
  }

  private get isNumeric(): boolean {
    const field = this.sortKeys[0]?.field;
    if (!field) return true;
    return field.kind === 'key' ? field.key.kind === 'metric' : field.attribute.type !== 'text';
  }

  get firstSort(): string {
    const key = this.sortKeys[0];
    return key ? `${key.descending ? '-' : ''}${fieldId(key.field)}` : '-created';
  }
}

export function cursorAfter(row: {
  readonly id: string;
  readonly sort_value: string | number | null;
}): string {
  const { id, sort_value: value } = row;
  if (value === null) return encodeCursor([1, 0, id]);
  return encodeCursor([0, typeof value === 'number' && !Number.isFinite(value) ? String(value) : value, id]);
}

function staleCursor(): Problem {
  return new Problem(
    'invalid-request',
    'The cursor belongs to another order. Start again without a cursor.',
    {
      errors: [{ pointer: '#/cursor', detail: 'not a cursor of this list' }],
    },
  );
}
