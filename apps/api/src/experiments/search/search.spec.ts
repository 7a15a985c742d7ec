import * as fc from 'fast-check';
import { Problem } from '../../platform/problems/problem.js';
import { RunQuery } from '../run-query.js';
import { compileSearch, KeyJoins, Parameters } from './compile.js';
import { FieldCatalog, fieldText } from './fields.js';
import { parseSearch } from './parser.js';
import { SearchError } from './search-error.js';
import { secondsOf, timeOf } from './values.js';

const catalog = new FieldCatalog([
  { id: 1, kind: 'metric', name: 'roc_auc' },
  { id: 2, kind: 'param', name: 'family' },
  { id: 3, kind: 'param', name: 'max depth' },
  { id: 4, kind: 'tag', name: 'team' },
  { id: 5, kind: 'metric', name: 'val/loss' },
]);
const NOW = Date.parse('2031-05-20T12:00:00Z');

function compiled(text: string): { sql: string; values: unknown[] } {
  const parameters = new Parameters();
  const joins = new KeyJoins(parameters);
  const search = parseSearch(text);
  const sql = search ? compileSearch(search, { catalog, parameters, joins, now: NOW }) : '';
  return { sql, values: parameters.values };
}

function errorOf(text: string): SearchError {
  try {
    compiled(text);
  } catch (error) {
    if (error instanceof SearchError) return error;
    throw error;
  }
  throw new Error(`"${text}" was understood.`);
}

describe('A search', () => {
  it('compares metrics and parameters, and binds "and" closer than "or"', () => {
    expect(compiled('auc > 0.8 and family = "lightgbm" or team = a')).toEqual({
      sql:
        `((coalesce(nullif(k0.number, 'NaN') > $1::float8, false) AND coalesce(k1.text = $2::text, false))` +
        ` OR coalesce(k2.text = $3::text, false))`,
      values: [0.8, 'lightgbm', 'a'],
    });
  });

  it('joins terms side by side by "and", and takes a lone word for a part of the name', () => {
    expect(compiled('churn roc_auc>.5')).toEqual({
      sql:
        '(coalesce(strpos(lower(r.name), lower($1::text)) > 0, false)' +
        ` AND coalesce(nullif(k0.number, 'NaN') > $2::float8, false))`,
      values: ['churn', 0.5],
    });
  });

  it.each([
    ['params."max depth" >= 6', [6]],
    ['`max depth` in (4, 6)', [4, 6]],
    ['metrics.val/loss < 1e-3', [0.001]],
    ["not (family = 'x' and team is missing)", ['x']],
    ['duration > 1h30m', [5_400]],
    ['status = FINISHED', ['succeeded']],
    ['family != "a\\"b"', ['a"b']],
  ])('understands %s', (text, values) => {
    expect(compiled(text).values).toEqual(values);
  });

  it('takes days as long as they are', () => {
    expect(compiled('created = 2031-05-01').values).toEqual([
      '2031-05-01T00:00:00.000Z',
      '2031-05-01T23:59:59.999Z',
    ]);
    expect(compiled('created > yesterday').values).toEqual(['2031-05-19T23:59:59.999Z']);
    expect(compiled('created >= now-7d').values).toEqual(['2031-05-13T12:00:00.000Z']);
  });

  it.each([
    ['family = "lightgbm', 9, undefined],
    ['(auc > 0.8', 0, undefined],
    ['auc > 0.8)', 9, undefined],
    ['auc >', 5, undefined],
    ['famly = x', 0, 'family'],
    ['auc > 0.8 and params.famliy = x', 14, 'params.family'],
    ['metrics.valloss > 1', 0, 'metrics.val/loss'],
    ['auc > much', 6, undefined],
    ['auc ~ 0.8', 6, undefined],
    ['created > soon', 10, undefined],
    ['team is there', 8, 'missing'],
    ['auc > 0.8 ; drop', 10, undefined],
  ])('says where %s goes wrong', (text, start, suggestion) => {
    const error = errorOf(text);
    expect(error.span.start).toBe(start);
    expect(error.suggestion).toBe(suggestion);
  });

  it('answers with a problem that points into the text', () => {
    const problem = errorOf('famly = x').toProblem('#/search', 'famly = x');
    expect(problem.detail).toBe('No run has a field called "famly" (at character 1). Did you mean family?');
    expect(problem.errors).toEqual([
      {
        pointer: '#/search',
        detail: 'No run has a field called "famly"',
        got: { start: 0, end: 5, text: 'famly' },
        suggestion: 'family',
      },
    ]);
  });

  it('never lets a text of the caller into the statement, and fails with a problem or not at all', () => {
    const pieces = fc.constantFrom(
      'auc', 'family', 'params."max depth"', 'created', 'name', 'and', 'or', 'not', 'in', 'is', 'missing', 'like',
      '(', ')', ',', '=', '!=', '>', '~', '"', "'", '`', '\\', '0.8', '-5', '1e999', '3h', '2031-01-01', 'now-1d',
      "'; DROP TABLE run; --", '$1', '%', '\u0000', '\ud800', 'ünï', ';',
    ); // prettier-ignore
    const texts = fc.oneof(
      fc.string({ maxLength: 80, unit: 'binary' }),
      fc.array(pieces, { maxLength: 24 }).map((list) => list.join(' ')),
      fc.array(pieces, { maxLength: 24 }).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(texts, (search) => {
        try {
          const query = new RunQuery('p', { search, show: 'all', limit: 10 }, catalog, NOW);
          const { sql } = query;
          const literals = sql.replace(/'NaN'|'[0.]+'|'~'|'milliseconds'|interval '[^']*'/g, '');
          return !literals.includes('DROP') && !literals.includes("'") && !literals.includes(';');
        } catch (error) {
          return error instanceof Problem && error.code === 'invalid-search';
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuses what is too long, too deep or too much', () => {
    expect(errorOf('a'.repeat(2_001)).message).toContain('2000');
    expect(errorOf(`${'('.repeat(60)}a${')'.repeat(60)}`).message).toContain('deep');
    expect(errorOf(Array.from({ length: 70 }, () => 'auc>1').join(' ')).message).toContain('60');
  });
});

describe('Values of a search', () => {
  it('read durations with their units', () => {
    expect([secondsOf('90s'), secondsOf('1h30m'), secondsOf('2d'), secondsOf('-1w'), secondsOf('5')]).toEqual(
      [90, 5_400, 172_800, -604_800, undefined],
    );
  });

  it('read times, and none that do not exist', () => {
    expect(timeOf('2031-05-01T10:00', NOW)).toEqual({ from: 1_935_396_000_000, to: 1_935_396_000_000 });
    expect(timeOf('2031-13-40', NOW)).toBeUndefined();
    expect(timeOf('-99999999999d', NOW)).toBeUndefined();
  });
});

describe('Names of fields', () => {
  it('are quoted where they would not be one word', () => {
    expect(fieldText('metrics.val/loss')).toBe('metrics.val/loss');
    expect(fieldText('params.max depth')).toBe('params."max depth"');
  });

  it('are found by shorthand, by prefix, and whatever their case', () => {
    const ids = ['auc', 'metrics.auc', 'ROC_AUC', 'parameter.family', 'Created', 'tags.team'];
    expect(ids.map((name) => catalog.find(name) !== undefined)).toEqual(ids.map(() => true));
  });
});
