import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { servedVersions } from '../testing/served-versions.js';
import { CONTRACT, openServingHouse, type ServingHouse } from '../testing/serving-house.js';

jest.setTimeout(60_000);

let house: ServingHouse;
let deployment: { id: string; endpointSlug: string };
let key: { id: string; key: string };
let ids: Record<'good' | 'masked' | 'wrong', string>;

interface Listed {
  readonly requestId: string;
  readonly status: number;
  readonly firstInput: Record<string, unknown> | null;
}

beforeAll(async () => {
  house = await openServingHouse();
  house.compiledForms.set(house.modelVersionId, compiledFile(0.5));
  deployment = await house.createReady({ maskedColumns: ['plan'] });
  key = (await manage('POST', '/keys', { name: '=nightly' })).body;
  const bearer = { authorization: `Bearer ${key.key}` };
  const good = await house.predict(deployment.id, { rows: [{ months: 12 }, { months: 13 }] }, bearer);
  const masked = await house.predict(deployment.id, { months: 14, plan: 'a secret plan' });
  await house.predict(deployment.id, { rows: [{ months: '50% off_' }] });
  const items = await house.eventually(async () => {
    const { body } = await read('');
    return body.items.length === 3 ? (body.items as Listed[]) : undefined;
  });
  const wrong = items.find(({ status }) => status === 422)?.requestId ?? '';
  ids = { good: good.body.request_id, masked: masked.body.request_id, wrong };
}, 60_000);
afterAll(() => house?.test.close());

const path = (rest = '') => `/api/deployments/${deployment.id}${rest}`;
const manage = (method: 'POST' | 'PATCH' | 'DELETE', rest: string, body?: unknown) =>
  house.test.request(method, path(rest), { headers: house.editor.headers, body });
const read = (rest: string, person = house.editor) =>
  house.test.request('GET', path(`/requests${rest}`), { headers: person.headers });
const found = async (query: string) =>
  ((await read(`?${query}`)).body.items as Listed[]).map(({ requestId }) => requestId);

describe('the request log', () => {
  it('is filtered by outcome, status, caller, version, time and text', async () => {
    const { good, masked, wrong } = ids;
    expect(await found('')).toEqual([wrong, masked, good]);
    expect(await found('outcome=succeeded')).toEqual([masked, good]);
    expect(await found('status=4xx')).toEqual([wrong]);
    expect(await found('status=422')).toEqual([wrong]);
    expect(await found('status=500')).toEqual([]);
    expect(await found(`caller=${key.id}`)).toEqual([good]);
    expect(await found('caller=user')).toEqual([wrong, masked]);
    expect(await found('caller=anonymous')).toEqual([]);
    expect(await found('version=1')).toHaveLength(3);
    expect(await found('version=2')).toEqual([]);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect(await found(`from=${later}`)).toEqual([]);
    expect(await found(`to=${later}&status=2xx`)).toEqual([masked, good]);
    expect(await found(`text=${good}`)).toEqual([good]);
    expect(await found('text=OFF_')).toEqual([wrong]);
    expect(await found(`text=${encodeURIComponent('0%_o')}`)).toEqual([]);
    expect(await found(`text=${encodeURIComponent('0% o')}`)).toEqual([wrong]);
    expect(await found(`text=${encodeURIComponent(`'; DROP TABLE`)}`)).toEqual([]);
  });

  it('shows masked values as dots and finds nothing by them (M12)', async () => {
    expect(await found('text=secret')).toEqual([]);
    expect((await read(`/${ids.masked}`)).body.inputs).toEqual([{ months: 14, plan: '••••' }]);
  });

  it.each(['status=99', 'status=abc', 'caller=nobody', 'version=0', 'from=yesterday', 'outcome=x'])(
    'says what is wrong with the filter %s',
    async (query) => expect((await read(`?${query}`)).status).toBe(400),
  );

  it('pages through a filter', async () => {
    const first = await read('?outcome=succeeded&limit=1');
    const next = await read(`?outcome=succeeded&limit=1&cursor=${first.body.nextCursor}`);
    expect([first, next].map(({ body }) => body.items[0].requestId)).toEqual([ids.masked, ids.good]);
    expect(next.body.nextCursor).toBeNull();
  });
});

describe('the request log as a file', () => {
  it('has as CSV a line for each row, and no formula for a spreadsheet', async () => {
    const answer = await read('/export?outcome=succeeded');
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toBe(
      `attachment; filename="requests-${deployment.endpointSlug}.csv"`,
    );
    const lines = answer.text.trimEnd().split('\r\n');
    expect(lines[0]).toBe(
      'request_id,at,status,latency_ms,model_version,caller_kind,caller,client_address,row,input.months,input.plan,prediction,probability.no,probability.yes,interval.low,interval.high,abstained,warnings,error',
    );
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('14,••••,yes,');
    expect(lines[2]).toMatch(/,key,'=nightly,[0-9.:a-f]+,0,12,,yes,/);
    expect(lines[3]).toContain(`,1,13,,yes,`);
  });

  it('has as CSV the interval, whether no class was given out, and the remarks', async () => {
    const { id } = await house.createReady({ authMode: 'public' });
    const answered = {
      prediction: null,
      abstained: true,
      interval: { low: 1.5, high: 2.5 },
      warnings: [{ code: 'unknown_field', field: 'x', detail: 'It was ignored.' }],
    };
    await house.test.dataSource.query(
      `INSERT INTO prediction_log (id, project_id, deployment_id, model_version_id, model_version_number, at, status, row_count,
         latency_ms, inputs, outputs, truncated, error, caller_kind)
       VALUES (gen_random_uuid(), $1, $2, $3, 1, now(), 200, 1, 1, '[{"months": 1}]', $4, false, null, 'anonymous')`,
      [house.projectId, id, house.modelVersionId, JSON.stringify([answered])],
    );
    const { headers } = house.editor;
    const { text } = await house.test.request('GET', `/api/deployments/${id}/requests/export`, { headers });
    expect(text).toContain(',1.5,2.5,true,It was ignored.,');
  });

  it('has as CSV the columns of every version that answered, after a switch too', async () => {
    const versions = servedVersions(() => house);
    const [, plan] = CONTRACT.inputs;
    if (!plan) throw new Error('The contract has a plan.');
    const fewer = await versions.version(7, { compiled: true, contract: { ...CONTRACT, inputs: [plan] } });
    const changing = await house.createReady({ authMode: 'public' });
    await house.predict(changing.id, { months: 12, plan: 'basic' });
    await versions.switchTo(changing.id, fewer, { acceptContractChanges: true });
    await versions.answersWith(changing.id, 7);
    const answer = await house.eventually(async () => {
      const got = await house.test.request('GET', `/api/deployments/${changing.id}/requests/export`, {
        headers: house.editor.headers,
      });
      return got.text.includes(',200,') ? got : undefined;
    });
    const [head, line] = answer.text.split('\r\n');
    expect(head).toContain(',row,input.plan,input.months,prediction,');
    expect(line).toContain(',0,basic,12,');
  });

  it('has as NDJSON a line for each call, all pages of the filter', async () => {
    const many = await house.createReady({ authMode: 'public', rateLimitPerMinute: 100_000 });
    await house.test.dataSource.query(
      `INSERT INTO prediction_log (id, project_id, deployment_id, model_version_id, model_version_number, at, status, row_count,
         latency_ms, inputs, outputs, truncated, error, caller_kind)
       SELECT gen_random_uuid(), $1, $2, $3, 1, now() - make_interval(secs => i), 200, 1, 1, '[{"months": 1}]', '[{"prediction": "yes"}]',
         false, null, 'anonymous' FROM generate_series(1, 1203) AS i`,
      [house.projectId, many.id, house.modelVersionId],
    );
    const { headers } = house.editor;
    const answer = await house.test.request(
      'GET',
      `/api/deployments/${many.id}/requests/export?format=ndjson`,
      { headers },
    );
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { requestId: string });
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(1203);
    expect(lines[0]).toMatchObject({ status: 200, inputs: [{ months: 1 }], caller: { kind: 'anonymous' } });
  });

  it('is for editors', async () => {
    expect((await read('/export', house.viewer)).status).toBe(403);
    expect((await read('/export', house.stranger)).status).toBe(404);
  });
});

describe('who has read the log', () => {
  it('is on record with what and when, for owners to see', async () => {
    await read(`/${ids.good}`);
    await read(`/${ids.good}`);
    await read('?status=422&text=off');
    await read('/export?format=ndjson&status=422');
    const { body } = await house.test.request('GET', path('/log-accesses'), { headers: house.owner.headers });
    const entry = (action: string, subject: string) =>
      body.items.find(
        (item: { action: string; subject: string }) => item.action === action && item.subject === subject,
      );
    expect(entry('open', ids.good)).toMatchObject({
      userName: 'editor',
      times: 2,
      clientAddress: '127.0.0.1',
    });
    expect(entry('list', 'status=422 text=off')).toMatchObject({ times: 1 });
    expect(entry('export', 'ndjson status=422')).toBeDefined();
    expect(entry('list', '').times).toBeGreaterThan(1);
    const editors = await house.test.request('GET', path('/log-accesses'), { headers: house.editor.headers });
    expect(editors.status).toBe(403);
  });

  it('is written before anything is shown: without the record nothing is read', async () => {
    const { dataSource } = house.test;
    await dataSource.query(`ALTER TABLE prediction_log_access RENAME TO away`);
    try {
      for (const rest of ['', `/${ids.good}`, '/export']) expect((await read(rest)).status).toBe(500);
    } finally {
      await dataSource.query(`ALTER TABLE away RENAME TO prediction_log_access`);
    }
  });
});
