import { jest } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createTestApp, type TestApp, type TestPerson } from '../testing/index.js';
import { DatasetFiles } from './dataset-files.js';
import { DatasetSweep } from './dataset-sweep.js';
import { DatasetUsage } from './dataset-usage.js';
import { DatasetsModule } from './datasets.module.js';
import { DatasetsService } from './datasets.service.js';
import { ProjectScope } from '../platform/authorization/project-scope.js';

jest.setTimeout(180_000);

const SHARED = join(process.cwd(), '../shared/datasets');

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: ReturnType<typeof JSON.parse>;
  readonly payload: Buffer;
}

describe('datasets', () => {
  let test: TestApp;
  let projectId: string;
  let owner: TestPerson;
  let editor: TestPerson;
  let viewer: TestPerson;
  let stranger: TestPerson;

  beforeAll(async () => {
    test = await createTestApp({ rooms: [DatasetsModule], environment: { DATASET_UPLOAD_MAX_MB: '20' } });
    ({ projectId, owner, editor, viewer, stranger } = await test.people.cast());
  });
  afterAll(() => test.close());

  function multipart(
    content: Buffer | string,
    fileName: string,
    fields: Record<string, string> = {},
  ): { payload: Buffer; type: string } {
    const boundary = `----test${randomBytes(8).toString('hex')}`;
    const head = Object.entries(fields)
      .map(
        ([name, value]) =>
          `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      )
      .join('');
    const payload = Buffer.concat([
      Buffer.from(
        `${head}--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\ncontent-type: text/csv\r\n\r\n`,
      ),
      Buffer.from(content),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return { payload, type: `multipart/form-data; boundary=${boundary}` };
  }

  async function send(
    path: string,
    content: Buffer | string,
    options: {
      fileName?: string;
      person?: TestPerson;
      fields?: Record<string, string>;
      headers?: Record<string, string>;
    } = {},
  ): Promise<Answer> {
    const { payload, type } = multipart(content, options.fileName ?? 'table.csv', options.fields);
    const person = options.person ?? editor;
    const response = await test.app.inject({
      method: 'POST',
      url: path,
      payload,
      headers: { ...person.headers, ...options.headers, 'content-type': type },
    });
    return {
      status: response.statusCode,
      headers: response.headers,
      body: JSON.parse(response.payload),
      payload: response.rawPayload,
    };
  }

  const upload = (
    content: Buffer | string,
    query = 'waitSeconds=60',
    options: Parameters<typeof send>[2] = {},
  ): Promise<Answer> => send(`/api/projects/${projectId}/datasets?${query}`, content, options);

  const get = async (path: string, person: TestPerson = viewer): Promise<Answer> => {
    const response = await test.app.inject({ method: 'GET', url: path, headers: { ...person.headers } });
    const json = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: json ? JSON.parse(response.payload) : undefined,
      payload: response.rawPayload,
    };
  };

  const rowsOf = (count: number, seed = randomBytes(4).toString('hex')): string =>
    `id,amount,group,seed\n${Array.from({ length: count }, (_, index) => `${index + 1},${(index * 7) % 31}.5,${'abc'[index % 3]},${seed}`).join('\n')}\n`;

  describe('upload (D1)', () => {
    it('keeps texts that look like escapes, and names cut in the middle of a character', async () => {
      const long = `${'n'.repeat(199)}😀`;
      const escaped = String.raw`\u0000`;
      const rows = Array.from({ length: 40 }, (_, index) => `${index},${escaped}`).join('\n');
      const { body } = await upload(`${long},note\n${rows}\n`);
      expect(body).toMatchObject({ status: 'ready', rows: 40 });
      const profile = await get(`/api/datasets/${body.id}/profile`);
      expect(profile.body.columns[1].topValues[0]).toEqual({ value: escaped, count: 40 });
      const page = await get(`/api/datasets/${body.id}/rows?limit=1`);
      expect(page.body.rows[0][1]).toBe(escaped);
    });

    it('keeps one dataset per idempotency key, and refuses the key for other options (F24)', async () => {
      const headers = { 'idempotency-key': randomBytes(8).toString('hex') };
      const text = rowsOf(20);
      const first = await upload(text, 'name=one&waitSeconds=60', { headers });
      expect(first.status).toBe(201);
      const again = await upload(text, 'name=one&waitSeconds=60', { headers });
      expect(again).toMatchObject({ status: 201, body: { id: first.body.id } });
      expect(await upload(text, 'name=two&waitSeconds=60', { headers })).toMatchObject({
        status: 422,
        body: { code: 'idempotency-mismatch' },
      });
    });

    it('stores the bytes with their hash and reads them into a table', async () => {
      const text = rowsOf(200);
      const { status, body } = await upload(text, 'waitSeconds=60', { fileName: 'first.csv' });
      expect({ status, body }).toMatchObject({
        status: 201,
        body: {
          name: 'first',
          status: 'ready',
          rows: 200,
          columns: 4,
          versionNumber: 1,
          sizeBytes: text.length,
          progress: null,
          failure: null,
        },
      });
      expect(body.contentSha256).toBe(createHash('sha256').update(text).digest('hex'));
      const download = await get(`/api/datasets/${body.id}/content`);
      expect(download.payload.toString()).toBe(text);
      const listed = await get(`/api/projects/${projectId}/datasets`);
      expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(body.id);
    });

    it('answers before the table is read when nobody waits', async () => {
      const { status, body } = await upload(rowsOf(100), '');
      expect(status).toBe(201);
      expect(['processing', 'ready']).toContain(body.status);
    });

    it('refuses a file over the cap with 413 and keeps nothing of it', async () => {
      const { status, body } = await upload(Buffer.alloc(21 * 1024 * 1024, 'a,b\n'), '', {
        fileName: 'large.csv',
      });
      expect({ status, code: body.code }).toEqual({ status: 413, code: 'upload-too-large' });
      expect(body.detail).toContain('20 MB');
      const listed = await get(`/api/projects/${projectId}/datasets?search=large`);
      expect(listed.body.items).toEqual([]);
    });

    it('refuses what is not multipart with 415, and multipart without a file with 400 (I7)', async () => {
      const json = await test.request('POST', `/api/projects/${projectId}/datasets`, {
        headers: editor.headers,
        body: { file: { path: '/etc/passwd' } },
      });
      expect(json.status).toBe(415);
      const boundary = 'x';
      const empty = await test.app.inject({
        method: 'POST',
        url: `/api/projects/${projectId}/datasets`,
        payload: `--${boundary}--\r\n`,
        headers: { ...editor.headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
      });
      expect(empty.statusCode).toBe(400);
    });

    it('tells where the same content is already, and keeps a copy when asked to', async () => {
      const text = rowsOf(50);
      const first = await upload(text, 'waitSeconds=60', { fileName: 'twice.csv' });
      const second = await upload(text, '', { fileName: 'again.csv' });
      expect({ status: second.status, code: second.body.code }).toEqual({
        status: 409,
        code: 'dataset-duplicate',
      });
      expect(second.body.detail).toContain('"twice", version 1');
      expect(second.body.errors[0].got).toEqual({
        datasetId: first.body.id,
        name: 'twice',
        versionNumber: 1,
      });
      const copy = await upload(text, 'allowDuplicate=true&waitSeconds=60', { fileName: 'again.csv' });
      expect(copy.status).toBe(201);
    });

    it('lets one of two uploads of the same bytes at the same time through', async () => {
      const text = rowsOf(60);
      const answers = await Promise.all([1, 2, 3].map((n) => upload(text, '', { fileName: `race${n}.csv` })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    });

    it('takes name and options from form fields and finds a free name for a file', async () => {
      const named = await upload(rowsOf(30), 'waitSeconds=60', { fields: { name: 'Named by field' } });
      expect(named.body.name).toBe('Named by field');
      const taken = await upload(rowsOf(31), '', { fields: { name: 'Named by field' } });
      expect({ status: taken.status, code: taken.body.code }).toEqual({ status: 409, code: 'name-taken' });
      await upload(rowsOf(32), '', { fileName: 'same.csv' });
      const other = await upload(rowsOf(33), '', { fileName: 'same.csv' });
      expect(other.body.name).toBe('same (2)');
    });

    it('shows hostile file names as plain text and never as a path (T26)', async () => {
      for (const fileName of [
        '../../etc/passwd',
        'a\u202Egnp.csv',
        'CON',
        '..',
        `${'x'.repeat(4000)}.csv`,
        "q'uote;x=.csv",
      ]) {
        const { status, body } = await upload(rowsOf(20), 'waitSeconds=60', { fileName });
        expect(status).toBe(201);
        expect(body.source.fileName).not.toMatch(/[/\\\u202E]/u);
        const download = await get(`/api/datasets/${body.id}/content`);
        const disposition = String(download.headers['content-disposition']);
        expect(disposition).toMatch(
          /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w.%~!$&+^`|-]*$/u,
        );
      }
    });
  });

  describe('versions', () => {
    it('counts up and shows the newest', async () => {
      const first = await upload(rowsOf(40), 'waitSeconds=60', { fileName: 'versions.csv' });
      const second = await send(`/api/datasets/${first.body.id}/versions?waitSeconds=60`, rowsOf(45));
      expect(second.body).toMatchObject({ id: first.body.id, versionNumber: 2, rows: 45, status: 'ready' });
      const versions = await get(`/api/datasets/${first.body.id}/versions`);
      expect(
        versions.body.items.map(({ versionNumber }: { versionNumber: number }) => versionNumber),
      ).toEqual([2, 1]);
      const old = await get(`/api/datasets/${first.body.id}/rows?version=1&limit=1`);
      expect(old.body.tableRows).toBe(40);
    });
  });

  describe('bad input', () => {
    const cases: [string, Buffer | string, string, RegExp][] = [
      ['an empty file', '', 'empty-file', /empty/],
      ['white space only', ' \n \n', 'empty-file', /white space/],
      ['a header without rows', 'a,b,c\n', 'header-only', /no rows/],
      ['ragged rows', `a,b,c\n${'1,2,3\n4,5\n'.repeat(20)}`, 'ragged-rows', /line 3/],
      ['NUL bytes', Buffer.from('a,b\n1,2\n3,\x004\n'), 'nul-bytes', /Line 3/],
      ['a ZIP named .csv', Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(500)]), 'not-text', /ZIP/],
      ['a PDF named .csv', Buffer.from('%PDF-1.7\n1 0 obj\n'), 'not-text', /PDF/],
      ['a field of 10 MB', `a,b\n1,${'x'.repeat(10_000_000)}\n2,y\n`, 'line-too-long', /line 2/],
      ['a quote that is never closed', `a,b\n1,2\n3,"open\n4,5\n`, 'unclosed-quote', /line 3/],
      [
        'more columns than anybody needs',
        `${Array.from({ length: 20_000 }, (_, i) => `c${i}`).join(',')}\n`,
        'too-many-columns',
        /20000|20,000/,
      ],
    ];
    it.each(cases)('says what is wrong with %s', async (_name, content, code, detail) => {
      const { status, body } = await upload(content);
      expect(status).toBe(201);
      expect({ status: body.status, code: body.failure?.code }).toEqual({ status: 'failed', code });
      expect(body.failure.detail).toMatch(detail);
      const again = await upload(content);
      expect(again.status).toBe(201);
    });

    it('reads 5,000 columns', async () => {
      const header = Array.from({ length: 5000 }, (_, i) => `c${i}`).join(',');
      const row = (n: number): string => Array.from({ length: 5000 }, (_, i) => (i * n) % 17).join(',');
      const { body } = await upload(`${header}\n${[1, 2, 3, 4, 5].map(row).join('\n')}\n`);
      expect(body).toMatchObject({ status: 'ready', columns: 5000, rows: 5 });
      const page = await get(
        `/api/datasets/${body.id}/rows?limit=2&columns=${encodeURIComponent('["c0","c4999"]')}`,
      );
      expect(page.body.rows).toEqual([
        [0, 4999 % 17],
        [0, (4999 * 2) % 17],
      ]);
    });

    it('sets a few ragged rows aside and says where they are', async () => {
      const { body } = await upload(`a,b\n${'1,2\n'.repeat(100)}1,2,3\n${'3,4\n'.repeat(50)}`);
      expect(body).toMatchObject({
        status: 'ready',
        rows: 150,
        badRowCount: 1,
        badRows: [{ line: 102, reason: '3 cells instead of 2' }],
      });
    });

    it('reads Latin-1 text that turns up after megabytes of ASCII', async () => {
      const text = Buffer.concat([
        Buffer.from(`a,b\n${'1,plain\n'.repeat(200_000)}`),
        Buffer.from('2,caf\xe9\n', 'latin1'),
      ]);
      const { body } = await upload(text);
      expect(body).toMatchObject({ status: 'ready', dialect: { encoding: 'windows-1252' } });
      expect(body.warnings).toEqual([expect.objectContaining({ code: 'encoding-guessed', line: 200_002 })]);
      const page = await get(`/api/datasets/${body.id}/rows?offset=200000`);
      expect(page.body.rows).toEqual([[2, 'café']]);
    });
  });

  describe('rows and profile', () => {
    let id: string;
    beforeAll(async () => {
      const text = readFileSync(join(SHARED, 'telco-churn.csv'));
      const { body } = await upload(text, 'waitSeconds=60', { fileName: 'telco-churn.csv' });
      id = body.id;
    });

    it('suggests the target with a reason and flags the traps', async () => {
      const { body } = await get(`/api/datasets/${id}/profile`);
      expect(body.targetSuggestion).toMatchObject({ column: 'Churn', task: 'binary' });
      const codes = body.flags.map(
        ({ code, column }: { code: string; column: string }) => `${column}: ${code}`,
      );
      expect(codes).toEqual(
        expect.arrayContaining(['customerID: identifier', 'TotalCharges: blank-as-missing']),
      );
      const total = body.columns.find(({ name }: { name: string }) => name === 'TotalCharges');
      expect(total).toMatchObject({ type: 'number', missing: 11, blankAsMissing: 11, distinct: 6530 });
    });

    it('shows distributions against a chosen target', async () => {
      const chosen = await test.request('PATCH', `/api/datasets/${id}`, {
        headers: editor.headers,
        body: {
          target: 'Churn',
          columns: [
            { name: 'SeniorCitizen', type: 'category' },
            { name: 'gender', role: 'ignore' },
          ],
        },
      });
      expect(chosen.body).toMatchObject({ target: 'Churn', task: 'binary' });
      const { body } = await get(`/api/datasets/${id}/profile`);
      expect(body).toMatchObject({ target: 'Churn', task: 'binary', targetProblem: null });
      const byName = Object.fromEntries(
        body.columns.map((column: { name: string }) => [column.name, column]),
      );
      expect(byName.Contract.againstTarget).toMatchObject({ kind: 'class', classes: ['No', 'Yes'] });
      expect(byName.Contract.againstTarget.buckets.map(({ rows }: { rows: number }) => rows)).toEqual([
        3875, 1695, 1473,
      ]);
      expect(byName.SeniorCitizen).toMatchObject({ type: 'category', detectedType: 'integer' });
      expect(byName.gender).toMatchObject({ role: 'ignore', suggestedRole: 'feature' });
      expect(byName.Churn.role).toBe('target');
    });

    it('pages, sorts and filters the real table', async () => {
      const deep = await get(`/api/datasets/${id}/rows?offset=7042&limit=5`);
      expect(deep.body).toMatchObject({ totalRows: 7043, tableRows: 7043, rowNumbers: [7043] });
      expect(deep.body.rows[0][0]).toBe('3186-AJIEK');
      const filters = encodeURIComponent(
        JSON.stringify([
          { column: 'tenure', operator: 'at-least', value: 72 },
          { column: 'Contract', operator: 'equals', value: 'Two year' },
        ]),
      );
      const filtered = await get(
        `/api/datasets/${id}/rows?filters=${filters}&sort=MonthlyCharges&descending=true&limit=3&columns=${encodeURIComponent('["MonthlyCharges","tenure"]')}`,
      );
      expect(filtered.body.totalRows).toBe(343);
      const charges = filtered.body.rows.map(([charge]: [number]) => charge);
      expect(charges).toEqual([...charges].sort((a, b) => b - a));
    });

    it.each([
      ['sort=nope', 'nope'],
      ['filters=%7Bnot', 'not JSON'],
      [
        'filters=%5B%7B%22column%22%3A%22tenure%22%2C%22operator%22%3A%22equals%22%2C%22value%22%3A%22abc%22%7D%5D',
        'number',
      ],
      ['columns=%5B%22x%22%5D', 'x'],
      ['offset=-1', ''],
      ['limit=100000', ''],
    ])('refuses the question %s with 400', async (query, detail) => {
      const { status, body } = await get(`/api/datasets/${id}/rows?${query}`);
      expect(status).toBe(400);
      expect(body.detail).toContain(detail);
    });

    it('gives training the table with roles, flags and hashes', async () => {
      const scope = ProjectScope.granted(projectId, 'editor', {
        kind: 'user',
        userId: editor.userId,
        isAdmin: false,
      });
      const table = await test.app.get(DatasetsService).getVersionForTraining(scope, id);
      expect(table).toMatchObject({ target: 'Churn', targetProblem: null, rows: 7043, versionNumber: 1 });
      expect(existsSync(table.parquetPath)).toBe(true);
      const role = (name: string): string | undefined =>
        table.columns.find((column) => column.name === name)?.role;
      expect([role('customerID'), role('Churn'), role('gender'), role('tenure')]).toEqual([
        'identifier',
        'target',
        'ignore',
        'feature',
      ]);
    });

    it('refuses a target that cannot be learned', async () => {
      const { status, body } = await test.request('PATCH', `/api/datasets/${id}`, {
        headers: editor.headers,
        body: { target: 'customerID' },
      });
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'unsuitable-data' });
    });
  });

  it('previews the beginning of a file without keeping it', async () => {
    const { status, body } = await send(
      `/api/projects/${projectId}/datasets/preview`,
      'Name;Preis\nA;1,5\nB;2,75\n',
      { fileName: 'preise.csv' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      suggestedName: 'preise',
      dialect: { delimiter: ';', decimal: ',', header: true },
      columns: [{ name: 'Name' }, { name: 'Preis', type: 'number' }],
    });
    const refused = await send(`/api/projects/${projectId}/datasets/preview`, '%PDF-1.4');
    expect({ status: refused.status, code: refused.body.code }).toEqual({
      status: 422,
      code: 'unreadable-file',
    });
  });

  it('creates a dataset from a sample', async () => {
    const samples = await get('/api/samples');
    expect(samples.body.items.map(({ id }: { id: string }) => id)).toEqual([
      'customer-churn',
      'house-prices',
      'energy-demand',
    ]);
    const created = await test.request('POST', `/api/projects/${projectId}/datasets/sample?waitSeconds=60`, {
      headers: editor.headers,
      body: { sampleId: 'customer-churn' },
    });
    expect(created).toMatchObject({
      status: 201,
      body: { name: 'Customer churn', target: 'churned', task: 'binary', status: 'ready', rows: 5000 },
    });
  });

  describe('deleting (D3)', () => {
    it('removes rows and bytes', async () => {
      const { body } = await upload(rowsOf(21));
      const folder = join(test.config.storage.datasetsDir, body.id);
      expect(existsSync(folder)).toBe(true);
      const deleted = await test.request('DELETE', `/api/datasets/${body.id}`, { headers: editor.headers });
      expect(deleted.status).toBe(204);
      expect(existsSync(folder)).toBe(false);
      expect((await get(`/api/datasets/${body.id}`)).status).toBe(404);
    });

    it('is refused while something needs it, naming what does', async () => {
      const { body } = await upload(rowsOf(22));
      test.app.get(DatasetUsage).register({
        usesOf: (_scope, datasetId) =>
          Promise.resolve(datasetId === body.id ? [{ kind: 'run', id: 'r', name: 'run 7' }] : []),
      });
      const refused = await test.request('DELETE', `/api/datasets/${body.id}`, { headers: editor.headers });
      expect({ status: refused.status, code: refused.body.code }).toEqual({
        status: 409,
        code: 'dataset-in-use',
      });
      expect(refused.body.detail).toContain('run "run 7"');
    });
  });

  it('is not there for a stranger and cannot be changed by a viewer (D4)', async () => {
    const { body } = await upload(rowsOf(23));
    expect((await get(`/api/datasets/${body.id}`, stranger)).status).toBe(404);
    expect((await get(`/api/datasets/${body.id}/rows`, stranger)).status).toBe(404);
    expect((await get(`/api/datasets/${body.id}/content`, owner)).status).toBe(200);
    const forbidden = await test.request('DELETE', `/api/datasets/${body.id}`, { headers: viewer.headers });
    expect(forbidden.status).toBe(403);
  });

  describe('bytes and rows (F01, F20)', () => {
    it('refuses a table whose bytes changed, and calls its version failed from then on', async () => {
      const { body } = await upload(rowsOf(24));
      const version = (await get(`/api/datasets/${body.id}/versions`)).body.items[0];
      const files = test.app.get(DatasetFiles);
      const path = files.path(files.parquetKey({ id: version.id, datasetId: body.id }));
      const bytes = readFileSync(path);
      bytes[10] = (bytes[10] ?? 0) ^ 0xff;
      writeFileSync(path, bytes);
      const { status, body: problem } = await get(`/api/datasets/${body.id}/rows`);
      expect({ status, code: problem.code }).toEqual({ status: 409, code: 'dataset-damaged' });
      const damaged = (await get(`/api/datasets/${body.id}`)).body;
      expect(damaged).toMatchObject({ status: 'failed', failure: { code: 'damaged' } });
      expect(damaged.failure.detail).toContain('Upload the file again');
    });

    it('sweeps bytes without rows and marks rows without bytes', async () => {
      const files = test.app.get(DatasetFiles);
      const orphan = '01890000-0000-7000-8000-000000000000/01890000-0000-7000-8000-000000000001/content';
      await files.store.put(orphan, Buffer.from('a\n1\n'));
      expect(await test.app.get(DatasetSweep).removeBytesWithoutRows(Date.now() + 1000)).toBe(1);
      expect(await files.store.stat(orphan)).toBeNull();
      const { body } = await upload(rowsOf(25));
      await files.store.deletePrefix(`${body.id}/`);
      await test.dataSource.query(
        "UPDATE dataset_version SET created_at = now() - interval '1 hour' WHERE dataset_id = $1",
        [body.id],
      );
      await test.app.get(DatasetSweep).markRowsWithoutBytes();
      expect((await get(`/api/datasets/${body.id}`)).body).toMatchObject({
        status: 'failed',
        failure: { code: 'bytes-missing' },
      });
    });
  });
});
