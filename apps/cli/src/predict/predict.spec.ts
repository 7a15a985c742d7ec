import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { ContractInput } from '@modelwright/sdk';
import { CliError } from '../cli-error.js';
import { batchesOf, withRowNumbers } from './batches.js';
import { cellsByContract, cellsByLook } from './cells.js';
import { formatOf, jsonRows, readRows, sniff, type PlacedRow, type RowFormat } from './rows.js';
import { csvCell } from './writers.js';

async function read(content: string, format: RowFormat, delimiter = ','): Promise<PlacedRow[]> {
  const rows: PlacedRow[] = [];
  const options = { format, delimiter, readCell: cellsByLook([]) };
  for await (const row of readRows(Readable.from([content]), options)) rows.push(row);
  return rows;
}

const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was refused',
    (error: unknown) =>
      error instanceof CliError ? `${error.message} ${error.details.detail ?? ''}` : String(error),
  );

describe('rows of a source', () => {
  it('are read from a CSV with quotes, a byte order mark and blank lines', async () => {
    expect(await read('\uFEFFname,n\n"a, ""b""",1\n\nc,\n', 'csv')).toEqual([
      { number: 1, row: { name: 'a, "b"', n: 1 } },
      { number: 2, row: { name: 'c', n: null } },
    ]);
  });

  it('are read with another delimiter', async () => {
    expect((await read('a;b\n1;2,5\n', 'csv', ';'))[0]?.row).toEqual({ a: 1, b: '2,5' });
  });

  it('are refused with their line when the CSV is ragged, and when a column is there twice', async () => {
    expect(await messageOf(read('a,b\n1\n', 'csv'))).toMatch(/cannot be read .*line 2/);
    expect(await messageOf(read('a,a\n1,2\n', 'csv'))).toMatch(/"a" is there twice/);
  });

  it('are read from NDJSON and refused with their line', async () => {
    expect(await read('{"a":1}\n\n{"a":2}\n', 'ndjson')).toHaveLength(2);
    expect(await messageOf(read('{"a":1}\nno\n', 'ndjson'))).toMatch(/line 2/);
  });

  it('are read from a JSON list, a request or one object', () => {
    expect(jsonRows('[{"a":1}]')).toEqual([{ a: 1 }]);
    expect(jsonRows('{"rows":[{"a":1}]}')).toEqual([{ a: 1 }]);
    expect(jsonRows('{"a":1}')).toEqual([{ a: 1 }]);
    expect(() => jsonRows('[1]')).toThrow('row 1 is not a row');
  });

  it.each([
    ['[{"a":1}]', 'json'],
    ['{\n "rows": []}', 'json'],
    ['{"rows":[{"a":1}]}', 'json'],
    ['{"a":1}\n{"a":2}\n', 'ndjson'],
    ['a,b\n1,2\n', 'csv'],
    ['', 'csv'],
  ])('are recognised: %j', async (content, format) => {
    expect((await sniff(Readable.from([content]))).format).toBe(format);
  });

  it('tell their format by the name of the file, or ask', () => {
    expect(formatOf('a/b.JSONL')).toBe('ndjson');
    expect(() => formatOf('rows')).toThrow('What is in rows?');
  });
});

describe('cells of a CSV', () => {
  const input = (name: string, type: ContractInput['type']) => ({ name, type }) as ContractInput;

  it('follow the contract, and stay text where they do not fit it', () => {
    const cell = cellsByContract(
      [input('n', 'number'), input('b', 'boolean'), input('c', 'category')],
      ['NA'],
    );
    expect([cell('n', '12.50'), cell('n', 'soon'), cell('n', ' '), cell('n', 'NA')]).toEqual([
      12.5,
      'soon',
      null,
      null,
    ]);
    expect([cell('b', 'True'), cell('c', '007'), cell('unknown', '1')]).toEqual([true, '007', '1']);
  });

  it('are typed by their look without a contract, leading zeros staying text', () => {
    const cell = cellsByLook([]);
    expect(['1e3', '-2', '007', '0.5', 'false', 'x', ''].map((text) => cell('any', text))).toEqual([
      1000,
      -2,
      '007',
      0.5,
      false,
      'x',
      null,
    ]);
  });

  it('are quoted on the way out only where they must be', () => {
    expect([csvCell('a'), csvCell('a,"b"\n'), csvCell(null), csvCell(0.5)]).toEqual([
      'a',
      '"a,""b""\n"',
      '',
      '0.5',
    ]);
  });
});

describe('batches', () => {
  const rows = (count: number): PlacedRow[] =>
    Array.from({ length: count }, (_, index) => ({ row: { n: index }, number: index + 1 }));

  async function sizes(count: number, maxRows: number, maxBytes?: number): Promise<number[]> {
    const found: number[] = [];
    for await (const batch of batchesOf(Readable.from(rows(count)), maxRows, maxBytes))
      found.push(batch.length);
    return found;
  }

  it('hold at most the allowed rows and bytes', async () => {
    expect(await sizes(25, 10)).toEqual([10, 10, 5]);
    expect(await sizes(4, 10, 16)).toEqual([2, 2]);
    expect(await sizes(0, 10)).toEqual([]);
  });

  it('turn pointers into row numbers of the source', () => {
    const error = new CliError('refused', {
      errors: [
        { pointer: '/rows/1/a~1b', detail: 'bad' },
        { pointer: '/other', detail: 'kept' },
      ],
    });
    const placed = withRowNumbers(error, rows(30).slice(20));
    expect(placed.details.errors?.map(({ pointer }) => pointer)).toEqual(['row 22, a/b', '/other']);
  });
});
