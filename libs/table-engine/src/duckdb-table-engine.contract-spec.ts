import { jest } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbTableEngine } from './duckdb-table-engine.js';
import type { TableError } from './table-error.js';
import type { DialectRequest, IngestResult, RowsRequest } from './types.js';

jest.setTimeout(120_000);

/** The real engine with its child processes; needs the library built (`nx build table-engine`). */
describe('TableEngine: DuckDB in child processes', () => {
  let folder: string;
  let engine: DuckDbTableEngine;
  let count = 0;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'table-engine-'));
    mkdirSync(join(folder, 'temp'));
    engine = new DuckDbTableEngine({
      tempFolder: join(folder, 'temp'),
      ingestMemoryMb: 512,
      readMemoryMb: 256,
      threads: 2,
      readers: 1,
    });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ingest(
    content: string | Buffer,
    options: { dialect?: DialectRequest; fileName?: string; signal?: AbortSignal; deadlineMs?: number } = {},
  ): Promise<IngestResult & { outputPath: string }> {
    const workFolder = join(folder, `job-${(count += 1)}`);
    mkdirSync(workFolder);
    const inputPath = join(folder, `input-${count}.csv`);
    writeFileSync(inputPath, content);
    const outputPath = join(workFolder, 'table.parquet');
    const request = {
      inputPath,
      outputPath,
      workFolder,
      fileName: options.fileName ?? 'table.csv',
      dialect: options.dialect ?? {},
      badRows: 'tolerate' as const,
    };
    const patience = {
      deadlineMs: options.deadlineMs ?? 60_000,
      ...(options.signal ? { signal: options.signal } : {}),
    };
    const result = await engine.ingest(request, patience, () => undefined);
    return { ...result, outputPath };
  }

  const failure = async (content: string | Buffer, dialect: DialectRequest = {}): Promise<TableError> =>
    ingest(content, { dialect }).then(
      () => {
        throw new Error('It was read although it should not.');
      },
      (cause: unknown) => cause as TableError,
    );

  function rowsOf(
    table: IngestResult & { outputPath: string },
    changes: Partial<RowsRequest> = {},
  ): Promise<unknown[][]> {
    const columns = table.profile.columns.map(({ name, type }) => ({ name, type }));
    const request = {
      parquetPath: table.outputPath,
      columns,
      tableRows: table.profile.rows,
      offset: 0,
      limit: 100,
      filters: [],
      maxCellCharacters: 100,
      ...changes,
    };
    return engine.rows(request, { deadlineMs: 30_000 }).then(({ rows }) => rows);
  }

  it('gives every cell back as it was, whatever its type', async () => {
    const table = await ingest(
      'n,x,flag,word,at\n1,1.5,true,"a, ""b""\nc",2024-02-29 13:05:00\n,-3e2,False,,2024-03-01\n7,,TRUE,é,\n',
    );
    expect(table.profile.columns.map(({ type }) => type)).toEqual([
      'integer',
      'number',
      'boolean',
      'category',
      'datetime',
    ]);
    expect(await rowsOf(table)).toEqual([
      [1, 1.5, true, 'a, "b"\nc', '2024-02-29T13:05:00'],
      [null, -300, false, null, '2024-03-01T00:00:00'],
      [7, null, true, 'é', null],
    ]);
  });

  it('corrects a type when a late row does not fit the first megabyte', async () => {
    const lines = Array.from({ length: 200_000 }, (_, row) => `${row},${row % 97},${row % 5}`);
    lines[190_000] = '190000,2.5,late word';
    const { profile } = await ingest(`id,x,y\n${lines.join('\n')}\n`);
    expect(profile.columns.map(({ type }) => type)).toEqual(['integer', 'number', 'category']);
    expect(profile.rows).toBe(200_000);
    expect(profile.columns[1]).toMatchObject({ max: 96, missing: 0 });
  });

  it('measures what can be checked by hand', async () => {
    const { profile } = await ingest(
      `x,c\n${[1, 2, 3, 4, 10].map((x) => `${x},${x > 3 ? 'big' : 'small'}`).join('\n')}\n`,
    );
    // numpy: mean 4, sample standard deviation 3.5355, linear quantiles 2, 3, 4
    expect(profile.columns[0]).toMatchObject({
      mean: 4,
      min: 1,
      max: 10,
      distinct: 5,
      missing: 0,
      quantiles: { p25: 2, p50: 3, p75: 4 },
    });
    expect(profile.columns[0]?.std).toBeCloseTo(3.5355, 4);
    expect(profile.columns[0]?.histogram?.counts.reduce((sum, n) => sum + n, 0)).toBe(5);
    expect(profile.columns[1]?.topValues).toEqual([
      { value: 'small', count: 3 },
      { value: 'big', count: 2 },
    ]);
  });

  it('takes infinite and overflowing numbers for missing and says so', async () => {
    const { profile } = await ingest(
      `x,y\n${Array.from({ length: 30 }, (_, i) => `${i / 2},1`).join('\n')}\ninf,1\n-Infinity,1\n1e999,1\n1e300,1\n`,
    );
    expect(profile.columns[0]).toMatchObject({ type: 'number', infinite: 3, missing: 3, max: 1e300 });
    expect(profile.flags.map(({ code, column }) => `${column}: ${code}`)).toEqual(
      expect.arrayContaining(['x: infinite', 'y: constant']),
    );
  });

  it.each([
    ['UTF-16 with mark', Buffer.from('\ufeffa,b\nü,1\n', 'utf16le')],
    ['Windows-1252', Buffer.from('a,b\n\xfc,1\n', 'latin1')],
    ['UTF-8 with mark', Buffer.from('\ufeffa,b\nü,1\n')],
    ['old Mac line ends', Buffer.from('a,b\rü,1\r')],
    ['mixed line ends', Buffer.from('a,b\r\nü,1\nü,1\r\nü,1\r')],
  ])('reads %s', async (_name, bytes) => {
    expect((await rowsOf(await ingest(bytes)))[0]).toEqual(['ü', 1]);
  });

  it('names the line of what it refuses', async () => {
    const good = 'a,b\n' + '1,2\n'.repeat(300_000);
    expect(await failure(`${good}3,\x004\n`)).toMatchObject({ code: 'nul-bytes', line: 300_002 });
    expect(await failure(`${good}3,"${'x'.repeat(3_000_000)}"\n`)).toMatchObject({
      code: 'line-too-long',
      line: 300_002,
    });
    expect(await failure(`${good}3,"open\n`)).toMatchObject({ code: 'unclosed-quote', line: 300_002 });
    expect(
      await failure(Buffer.concat([Buffer.from(good), Buffer.from([0x33, 0x2c, 0xff, 0x0a])]), {
        encoding: 'utf-8',
      }),
    ).toMatchObject({ code: 'wrong-encoding', line: 300_002 });
    expect(await failure(`a,b\n${'1,2\n1,2,3\n'.repeat(50)}`)).toMatchObject({
      code: 'ragged-rows',
      line: 3,
      excerpt: '1,2,3',
    });
  });

  it('leaves nothing behind when it is cancelled or too late, and works afterwards', async () => {
    const large = `a,b,c\n${Array.from({ length: 400_000 }, (_, i) => `${i},${i % 7}.25,word ${i}`).join('\n')}\n`;
    const cancel = new AbortController();
    const cancelled = ingest(large, { signal: cancel.signal });
    setImmediate(() => cancel.abort());
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await expect(ingest(large, { deadlineMs: 1 })).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect(existsSync(join(folder, `job-${count}`, 'table.parquet'))).toBe(false);
    expect(
      readdirSync(join(folder, 'temp')).filter((name) => name.startsWith('table-')).length,
    ).toBeLessThanOrEqual(1);
    expect((await ingest('a,b\n1,2\n')).profile.rows).toBe(1);
  });

  it('does not begin what was cancelled before', async () => {
    const signal = AbortSignal.abort();
    await expect(ingest('a,b\n1,2\n', { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('answers questions about more tables at once than it keeps open', async () => {
    const tables = [];
    for (let index = 0; index < 8; index += 1) tables.push(await ingest(`a,b\n${index},x\n${index},y\n`));
    const answers = await Promise.all([...tables, ...tables].map((table) => rowsOf(table)));
    expect(answers.map((rows) => rows[0]?.[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('answers questions again after its reading process was killed for taking too long', async () => {
    const table = await ingest('a,b\n1,2\n3,4\n');
    const columns = [{ name: 'a', type: 'integer' as const }];
    const request = {
      parquetPath: table.outputPath,
      columns,
      tableRows: 2,
      offset: 0,
      limit: 10,
      filters: [],
      maxCellCharacters: 100,
    };
    await expect(engine.rows(request, { deadlineMs: 0 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
    expect(await rowsOf(table)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('pages, sorts with gaps last, filters and cuts long cells', async () => {
    const table = await ingest(
      `n,w\n${[3, null, 1, 2].map((n) => `${n ?? ''},${'x'.repeat(n ?? 0)}-${'long '.repeat(50)}`).join('\n')}\n`,
    );
    const ordered = await rowsOf(table, { sort: { column: 'n', descending: true }, select: ['n'] });
    expect(ordered).toEqual([[3], [2], [1], [null]]);
    expect(await rowsOf(table, { offset: 2, limit: 1, select: ['n'] })).toEqual([[1]]);
    expect(
      await rowsOf(table, { filters: [{ column: 'n', operator: 'is-missing' }], select: ['n'] }),
    ).toEqual([[null]]);
    expect(
      await rowsOf(table, {
        filters: [{ column: 'w', operator: 'starts-with', value: 'XX-' }],
        select: ['n'],
      }),
    ).toEqual([[2]]);
    const [cut] = await rowsOf(table, { limit: 1, maxCellCharacters: 20, select: ['w'] });
    expect(cut?.[0]).toHaveLength(20);
  });

  it('cannot be talked into reading other files or running statements', async () => {
    const table = await ingest(`"a"" FROM read_text('/etc/passwd') --",b\nx,1\ny,2\n`);
    expect(await rowsOf(table)).toEqual([
      ['x', 1],
      ['y', 2],
    ]);
    const injected = [{ column: 'b', operator: 'contains' as const, value: "') OR 1=1; DROP TABLE t; --" }];
    expect(await rowsOf(table, { filters: injected })).toEqual([]);
    const elsewhere = rowsOf({ ...table, outputPath: '/etc/passwd' });
    await expect(elsewhere).rejects.toThrow();
  });

  it('analyses a target of a stored table', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i % 2 ? 'yes' : 'no'},${i % 2},${(i * 7) % 13}`);
    const table = await ingest(`answer,copy,x\n${rows.join('\n')}\n`);
    const analysis = await engine.analyseTarget(
      { parquetPath: table.outputPath, profile: table.profile, target: 'answer' },
      { deadlineMs: 30_000 },
    );
    expect(analysis).toMatchObject({
      task: 'binary',
      problem: null,
      flags: [{ code: 'target-leak', column: 'copy' }],
    });
    expect(analysis.againstTarget[1]).toMatchObject({
      classes: ['no', 'yes'],
      buckets: [{ classCounts: [100, 0] }, { classCounts: [0, 100] }],
    });
  });

  it('analyses targets of several tables at the same time', async () => {
    const tables = [];
    for (const word of ['yes', 'on', 'true']) {
      const rows = Array.from({ length: 200 }, (_, i) => `${i % 2 ? word : 'no'},${(i * 7) % 13}`);
      tables.push(await ingest(`answer,x\n${rows.join('\n')}\n`));
    }
    const analyses = await Promise.all(
      tables.map(({ outputPath, profile }) =>
        engine.analyseTarget({ parquetPath: outputPath, profile, target: 'answer' }, { deadlineMs: 30_000 }),
      ),
    );
    expect(analyses.map(({ task }) => task)).toEqual(['binary', 'binary', 'binary']);
  });
});
