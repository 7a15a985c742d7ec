import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { PredictionLogRepository } from '../deployments/predict/prediction-log.repository.js';
import type { PredictionEntry } from '../deployments/predict/prediction-entry.js';
import { CONTRACT, openServingHouse, type ServingHouse } from '../deployments/testing/serving-house.js';
import { AlertsModule } from '../alerts/alerts.module.js';
import { AlertSignals } from '../alerts/alert-signals.js';
import { FeedbackModule } from './feedback.module.js';
import { FeedbackFiles } from './jobs/feedback-files.js';
import { FeedbackWorker } from './jobs/feedback-worker.js';
import { EMPTY_IMPORT } from './jobs/truth-import.js';

jest.setTimeout(60_000);

const EVALUATION = {
  metric: { name: 'roc_auc', greaterIsBetter: true },
  holdout: {
    rows: 1_000,
    metrics: [
      { name: 'accuracy', value: 0.95, low: 0.93, high: 0.97, greaterIsBetter: true },
      { name: 'roc_auc', value: 0.7, low: 0.6, high: 0.8, greaterIsBetter: true },
    ],
  },
};

let house: ServingHouse;
beforeAll(async () => {
  house = await openServingHouse(
    { DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT: '50' },
    { rooms: [FeedbackModule, AlertsModule] },
  );
  await house.test.dataSource.query(`UPDATE model_version SET evaluation = $1 WHERE id = $2`, [
    JSON.stringify(EVALUATION),
    house.modelVersionId,
  ]);
});
afterAll(() => house.test.close());

const as = (who: 'editor' | 'viewer' | 'stranger') => ({ headers: house[who].headers });

interface LoggedRow {
  readonly input: Record<string, unknown>;
  readonly yes: number;
}

/** Calls of one row each as the predict path logs them: `yes` from a half on. @returns their ids */
async function logged(
  deploymentId: string,
  rows: readonly LoggedRow[],
  change: Partial<PredictionEntry> = {},
): Promise<string[]> {
  const entries = rows.map(({ input, yes }) => ({
    id: uuid(),
    projectId: house.projectId,
    deploymentId,
    modelVersionId: house.modelVersionId,
    modelVersionNumber: 1,
    at: new Date().toISOString(),
    status: 200,
    rowCount: 1,
    latencyMs: 1,
    inputs: [input],
    outputs: [{ index: 0, prediction: yes >= 0.5 ? 'yes' : 'no', probabilities: { no: 1 - yes, yes } }],
    truncated: false,
    error: null,
    callerKind: 'anonymous' as const,
    callerId: null,
    callerName: null,
    clientAddress: null,
    ...change,
  }));
  await house.test.app.get(PredictionLogRepository, { strict: false }).store(entries);
  return entries.map(({ id }) => id);
}

const send = (id: string, body: unknown, headers = house.editor.headers) =>
  house.test.request('POST', `/api/deployments/${id}/feedback`, { headers, body });
const get = (path: string, who: 'editor' | 'viewer' = 'editor') =>
  house.test.request('GET', `/api/deployments/${path}`, as(who));
const keyOf = async (id: string, more: Record<string, unknown> = {}): Promise<Record<string, string>> => {
  const answer = await house.test.request('POST', `/api/deployments/${id}/keys`, {
    ...as('editor'),
    body: { name: 'sender', ...more },
  });
  return { authorization: `Bearer ${answer.body.key}` };
};
const ended = (id: string, jobId: string) =>
  house.eventually(async () => {
    const { body } = await get(`${id}/feedback/jobs/${jobId}`);
    return body.finishedAt === null ? undefined : body;
  });
const upload = (id: string, csv: string, query = '') => {
  const boundary = 'outcomes';
  const payload = [
    `--${boundary}`,
    'Content-Disposition: form-data; name="file"; filename="outcomes.csv"',
    'Content-Type: text/csv',
    '',
    csv,
    `--${boundary}--`,
    '',
  ].join('\r\n');
  return house.test.app.inject({
    method: 'POST',
    url: `/api/deployments/${id}/feedback/file-imports${query}`,
    headers: { ...house.editor.headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload,
  });
};

/** Work that a process which died was doing; the sweep takes it up. */
async function leftBehind(
  deploymentId: string,
  csv: string,
  { rowsDone, isCancelled }: { rowsDone: number; isCancelled: boolean },
): Promise<string> {
  const id = uuid();
  const files = house.test.app.get(FeedbackFiles, { strict: false });
  await files.store.put(files.key(id), Readable.from([Buffer.from(csv)]));
  const options = {
    kind: 'file-import',
    columns: { requestId: 'request_id', truth: 'truth' },
    sizeBytes: csv.length,
  };
  await house.test.dataSource.query(
    `INSERT INTO feedback_job (id, project_id, deployment_id, kind, status, title, options, rows_done, report, cancel_requested_at)
     VALUES ($1, $2, $3, 'file-import', 'running', 'left behind', $4, $5, $6, CASE WHEN $7 THEN now() END)`,
    [
      id,
      house.projectId,
      deploymentId,
      JSON.stringify(options),
      rowsDone,
      JSON.stringify({ import: { ...EMPTY_IMPORT, rows: rowsDone }, dataset: null }),
      isCancelled,
    ],
  );
  await house.test.app.get(FeedbackWorker, { strict: false }).takeUp();
  return id;
}

/** Ten rows a round: nine right, one wrong, and all wrong where the plan is `pro` and few months have passed. */
const mixed = (count: number): { rows: LoggedRow[]; truths: string[] } => {
  const rows: LoggedRow[] = [];
  const truths: string[] = [];
  for (let at = 0; at < count; at++) {
    const input = { months: (at * 7) % 60, plan: at % 4 === 0 ? 'pro' : 'basic' };
    const yes = (at % 10) / 10 + 0.05;
    const said = yes >= 0.5 ? 'yes' : 'no';
    const isWrong = at % 10 === 3 || (input.plan === 'pro' && input.months < 15);
    rows.push({ input, yes });
    truths.push(isWrong ? (said === 'yes' ? 'no' : 'yes') : said);
  }
  return { rows, truths };
};

describe('telling what was true (M14)', () => {
  it('binds outcomes to logged rows, answers every item by itself, and keeps the last of several', async () => {
    const { id } = await house.createReady();
    const [one = '', two = ''] = await logged(id, [
      { input: { months: 1 }, yes: 0.9 },
      { input: { months: 2 }, yes: 0.1 },
    ]);
    const { status, body } = await send(id, {
      items: [
        { requestId: one, truth: 'no' },
        { requestId: uuid(), truth: 'yes' },
        { requestId: two, truth: 'yess' },
        { requestId: two, rowIndex: 1, truth: 'yes' },
        { requestId: 'nonsense', truth: 'yes' },
        { requestId: two, truth: true },
        { requestId: one, truth: 'YES' },
      ],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ recorded: 2, replaced: 0, unchanged: 1, unknown: 3, invalid: 1 });
    expect(body.items.map((item: { status: string }) => item.status)).toEqual([
      'unchanged',
      'unknown',
      'invalid',
      'unknown',
      'unknown',
      'recorded',
      'recorded',
    ]);
    expect(body.items[2]).toMatchObject({ suggestion: 'yes' });
    expect(body.items[3].detail).toContain('1 row, at index 0');

    expect((await send(id, { requestId: one, truth: 'yes' })).body).toMatchObject({ unchanged: 1 });
    expect((await send(id, { requestId: one, truth: 'no' })).body).toMatchObject({ replaced: 1 });
    const list = (await get(`${id}/feedback`)).body;
    expect(list.items[0]).toMatchObject({
      requestId: one,
      prediction: 'yes',
      truth: 'no',
      times: 2,
      confidence: 0.9,
      source: 'api',
    });
    expect((await get(`${id}/feedback?limit=1`)).body.nextCursor).not.toBeNull();
  });

  it('takes the id under the name that answers give it', async () => {
    const { id } = await house.createReady();
    const [one = '', two = ''] = await logged(id, [
      { input: { months: 1 }, yes: 0.9 },
      { input: { months: 2 }, yes: 0.1 },
    ]);
    expect((await send(id, { request_id: one, truth: 'no' })).body).toMatchObject({ recorded: 1 });
    const many = await send(id, {
      items: [
        { request_id: two, truth: 'no' },
        { requestId: one, truth: 'no' },
      ],
    });
    expect(many.body).toMatchObject({ recorded: 1, unchanged: 1 });
    expect((await send(id, { request_id: one, requestId: one, truth: 'no' })).status).toBe(400);
  });

  it('is taken as often a minute as calls are, from each sender, and not more often', async () => {
    const { id } = await house.createReady({ rateLimitPerMinute: 3 });
    const [key, other] = [await keyOf(id), await keyOf(id)];
    const outcome = { requestId: uuid(), truth: 'yes' };
    for (let count = 0; count < 3; count++) expect((await send(id, outcome, key)).status).toBe(200);
    const refused = await send(id, outcome, key);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers['ratelimit-policy']).toBe('"minute";q=3;w=60');
    expect(refused.body.detail).toContain('raise the limit of "');
    expect((await send(id, outcome, other)).status).toBe(200);
    expect((await send(id, outcome)).status).toBe(200);
    const slow = await keyOf(id, { rateLimitPerMinute: 1 });
    expect((await send(id, outcome, slow)).status).toBe(200);
    expect((await send(id, outcome, slow)).body.detail).toMatch(
      /^At most 1 .* raise the limit of the key "sender"\.$/,
    );
  });

  it('takes an outcome that comes right after its call, before the log was written', async () => {
    const { id } = await house.createReady();
    house.model.answer = (rows) => ({
      status: 200,
      body: {
        predictions: rows.map((_, index) => ({
          index,
          prediction: 'yes',
          probabilities: { no: 0.2, yes: 0.8 },
        })),
      },
    });
    const { body } = await house.predict(id, { rows: [{ months: 3 }, { months: 4 }] });
    const answer = await send(id, { requestId: body.request_id, rowIndex: 1, truth: 'no' });
    expect(answer.body).toMatchObject({ recorded: 1, unknown: 0 });
  });

  it('takes them by key of this deployment and from editors, and from nobody else', async () => {
    const [mine, other] = [
      await house.createReady({ authMode: 'api-key' }),
      await house.createReady({ authMode: 'public' }),
    ];
    const [call = ''] = await logged(mine.id, [{ input: { months: 1 }, yes: 0.9 }]);
    const item = { requestId: call, truth: 'yes' };
    expect((await send(mine.id, item, await keyOf(mine.id))).body).toMatchObject({ recorded: 1 });
    expect((await get(`${mine.id}/feedback`)).body.items[0]).toMatchObject({ toldBy: 'sender' });
    expect((await send(mine.id, item, await keyOf(other.id))).status).toBe(401);
    expect((await send(mine.id, item, {})).status).toBe(401);
    expect((await send(other.id, item, {})).status).toBe(401);
    expect((await send(other.id, item, house.stranger.headers)).status).toBe(404);
    expect((await send(mine.id, item, house.viewer.headers)).status).toBe(403);
    // A call of another deployment is not known here, whoever asks.
    expect((await send(other.id, item)).body).toMatchObject({ unknown: 1 });
    expect((await send(mine.id, { truth: 'yes' })).status).toBe(400);
    expect((await send(mine.id, [])).status).toBe(400);
  });
});

describe('live performance', () => {
  it('is grey without enough outcomes and says how many are needed', async () => {
    const { id } = await house.createReady();
    const calls = await logged(id, mixed(5).rows);
    await send(id, { items: calls.map((requestId) => ({ requestId, truth: 'yes' })) });
    const { body } = await get(`${id}/performance`, 'viewer');
    expect(body).toMatchObject({
      light: 'not-enough-data',
      neededRows: 30,
      labelledRows: 5,
      predictedRows: 5,
    });
    expect(body.sentence).toContain('5 outcomes are known; 30 are needed');
    expect(body.metrics[0]).toMatchObject({ name: 'accuracy', value: null, needed: 30 });
    expect(body.calibration).toBeNull();
  });

  it('measures with intervals beside the held-out rows, with calibration, trend, delay and segments', async () => {
    const { id } = await house.createReady();
    const { rows, truths } = mixed(400);
    const calls = await logged(id, rows, { at: new Date(Date.now() - 60_000).toISOString() });
    await logged(id, rows.slice(0, 100));
    await send(id, { items: calls.map((requestId, at) => ({ requestId, truth: truths[at] })) });
    const { body } = await get(`${id}/performance?windowHours=48`);
    const right = rows.filter(({ yes }, at) => (yes >= 0.5 ? 'yes' : 'no') === truths[at]).length / 400;
    const metric = (name: string) => body.metrics.find((one: { name: string }) => one.name === name);
    expect(metric('accuracy').value).toBeCloseTo(right, 10);
    expect(metric('accuracy')).toMatchObject({ light: 'worse', holdout: { value: 0.95 }, rows: 400 });
    expect(metric('roc_auc').value).toBeCloseTo(areaOf(rows, truths), 9);
    expect(metric('log_loss').value).toBeCloseTo(lossOf(rows, truths), 9);
    expect(metric('f1').low).toBeLessThan(metric('f1').value);
    expect(body).toMatchObject({ light: 'worse', labelledRows: 400, predictedRows: 500, labelledShare: 0.8 });
    expect(body.sentence).toContain('Clearly worse than on held-out rows: accuracy');
    expect(body.labelDelay.medianSeconds).toBeGreaterThan(59);
    expect(body.labelDelay.medianSeconds).toBeLessThan(120);
    expect(body.calibration.bins).toHaveLength(10);
    expect(body.calibration.error).toBeGreaterThan(0);
    expect(body.trend).toMatchObject({ step: 'hour', metric: 'accuracy' });
    expect(body.trend.points.reduce((sum: number, { rows: count }: { rows: number }) => sum + count, 0)).toBe(
      400,
    );

    const byPlan = (await get(`${id}/performance/segments?column=plan`)).body;
    expect(byPlan.rows).toBe(400);
    const values = Object.fromEntries(
      byPlan.segments.map((one: { label: string; value: number }) => [one.label, one.value]),
    );
    expect(values['other']).toBeLessThan(values['basic']);
    expect((await get(`${id}/performance/segments?column=plam`)).body.errors[0]).toMatchObject({
      suggestion: 'plan',
    });

    const worst = (await get(`${id}/performance/error-segments`)).body;
    expect(worst).toMatchObject({ measure: 'error_rate', rows: 400 });
    expect(worst.segments[0].conditions.map((one: { column: string }) => one.column).sort()).toEqual([
      'months',
      'plan',
    ]);
    expect(worst.segments[0].adjustedPValue).toBeLessThan(0.001);
  });

  it('is told to alert rules: the accuracy itself, and how far it is below the held-out rows', async () => {
    const { id } = await house.createReady();
    const calls = await logged(
      id,
      mixed(100).rows.map((row) => ({ ...row, yes: 0.9 })),
    );
    await send(id, { items: calls.map((requestId, at) => ({ requestId, truth: at < 75 ? 'yes' : 'no' })) });
    const signals = house.test.app.get(AlertSignals, { strict: false });
    const window = { windowMinutes: 60, minimumCalls: 50 };
    expect(signals.kinds).toEqual(expect.arrayContaining(['accuracy', 'accuracy_drop']));
    expect(await signals.read('accuracy', id, window)).toBeCloseTo(0.75, 10);
    expect(await signals.read('accuracy_drop', id, window)).toBeCloseTo(0.2, 10);
    expect(await signals.read('accuracy', id, { ...window, minimumCalls: 101 })).toBeNull();
    const rule = await house.test.request('POST', `/api/deployments/${id}/alert-rules`, {
      ...as('editor'),
      body: { name: 'worse', kind: 'accuracy_drop', threshold: 0.1 },
    });
    expect(rule.status).toBe(201);
  });

  it('measures numbers by error and explained variance', async () => {
    const contract = {
      ...CONTRACT,
      task: 'regression',
      target: { name: 'price', type: 'number' },
      output: { kind: 'number', unit: 'EUR' },
    };
    const { id } = await house.createReady();
    await house.test.dataSource.query(`UPDATE model_version SET contract = $1 WHERE id = $2`, [
      JSON.stringify(contract),
      house.modelVersionId,
    ]);
    try {
      const truths = Array.from({ length: 60 }, (_, at) => at);
      const calls = await Promise.all(
        truths.map((truth) =>
          logged(id, [{ input: { months: truth % 7 }, yes: 1 }], {
            outputs: [{ index: 0, prediction: truth + (truth % 2 === 0 ? 1 : -1) }],
          }),
        ),
      );
      const items = calls.flatMap(([requestId], at) => [{ requestId, truth: truths[at] }]);
      expect((await send(id, { items })).body).toMatchObject({ recorded: 60 });
      expect((await send(id, { requestId: items[0]?.requestId, truth: 'many' })).body).toMatchObject({
        invalid: 1,
      });
      const { body } = await get(`${id}/performance`);
      const metric = (name: string) => body.metrics.find((one: { name: string }) => one.name === name);
      expect(metric('mae').value).toBeCloseTo(1, 12);
      expect(metric('rmse').value).toBeCloseTo(1, 12);
      // 1 minus the mean squared error, 1, over the variance of 0…59, (60² - 1) / 12.
      expect(metric('r2').value).toBeCloseTo(1 - 12 / 3_599, 12);
      expect(body.sentence).toBe('Off by 1 EUR on average, by 60 known outcomes.');
      expect(body.calibration).toMatchObject({ kind: 'number', error: null });
      expect(body.confusion).toBeNull();
    } finally {
      await house.test.dataSource.query(`UPDATE model_version SET contract = $1 WHERE id = $2`, [
        JSON.stringify(CONTRACT),
        house.modelVersionId,
      ]);
    }
  });
});

describe('importing outcomes', () => {
  it('joins a CSV by request id, with a report of what did not fit', async () => {
    const { id } = await house.createReady();
    const calls = await logged(id, mixed(3).rows);
    const csv = [
      'call;place;outcome',
      `${calls[0]};0;yes`,
      `${calls[1]};;no`,
      `${calls[2]};1;no`,
      `${calls[2]};0;maybe`,
      ';0;yes',
      `${calls[2]};0;yes`,
    ].join('\n');
    const query = '?requestIdColumn=call&truthColumn=outcome&rowIndexColumn=place';
    const answer = await upload(id, csv, query);
    expect(answer.statusCode).toBe(201);
    const job = await ended(id, JSON.parse(answer.body).id);
    expect(job).toMatchObject({
      status: 'succeeded',
      progress: 1,
      title: 'Outcomes from outcomes.csv',
      import: { rows: 6, recorded: 3, replaced: 0, unchanged: 0, unknown: 1, invalid: 2 },
    });
    expect(
      job.import.problems.map((one: { line: number; status: string }) => [one.line, one.status]),
    ).toEqual([
      [4, 'unknown'],
      [5, 'invalid'],
      [6, 'invalid'],
    ]);
    expect((await get(`${id}/feedback`)).body.items).toHaveLength(3);
    expect((await get(`${id}/feedback/jobs`)).body.items).toHaveLength(1);
  });

  it('refuses a file without the columns at once, and names the nearest', async () => {
    const { id } = await house.createReady();
    const answer = await upload(id, 'request_id,thruth\n');
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body).errors[0]).toMatchObject({
      pointer: '#/truthColumn',
      suggestion: 'thruth',
    });
    expect((await upload(id, '')).statusCode).toBe(400);
  });

  it('goes on after the rows that an earlier process stored', async () => {
    const { id } = await house.createReady();
    const calls = await logged(id, mixed(3).rows);
    const csv = `request_id,truth\n${calls.map((call) => `${call},yes`).join('\n')}\n`;
    const jobId = await leftBehind(id, csv, { rowsDone: 1, isCancelled: false });
    expect(await ended(id, jobId)).toMatchObject({ status: 'succeeded', import: { rows: 3, recorded: 2 } });
    const known = (await get(`${id}/feedback`)).body.items.map((one: { requestId: string }) => one.requestId);
    expect(known.sort()).toEqual(calls.slice(1).sort());
  });

  it('ends where it is when somebody has cancelled it, and cancelling again changes nothing', async () => {
    const { id } = await house.createReady();
    const calls = await logged(id, mixed(2).rows);
    const jobId = await leftBehind(id, `request_id,truth\n${calls[0]},yes\n`, {
      rowsDone: 0,
      isCancelled: true,
    });
    expect(await ended(id, jobId)).toMatchObject({ status: 'cancelled', import: { recorded: 0 } });
    const path = `/api/deployments/${id}/feedback/jobs/${jobId}/cancel`;
    expect((await house.test.request('POST', path, as('editor'))).body).toMatchObject({
      status: 'cancelled',
    });
    expect((await get(`${id}/feedback/jobs/${uuid()}`)).status).toBe(404);
  });
});

describe('outcomes as data to train on', () => {
  it('makes a new dataset of inputs and outcomes, whose name gives way to one that is taken, and refuses masked columns unless told to leave them out', async () => {
    const { id } = await house.createReady({ maskedColumns: ['plan'], name: 'masked one' });
    const calls = await logged(
      id,
      mixed(40).rows.map((row) => ({ ...row, input: { ...row.input, plan: '••••' } })),
    );
    await send(id, {
      items: calls.map((requestId, at) => ({ requestId, truth: at % 2 === 0 ? 'yes' : 'no' })),
    });
    const ask = (body: object) =>
      house.test.request('POST', `/api/deployments/${id}/feedback/dataset-versions`, {
        ...as('editor'),
        body,
      });
    const request = { into: 'new-dataset', name: 'Outcomes of March' };
    const refused = await ask(request);
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain('"plan"');
    expect((await ask({ into: 'new-dataset' })).status).toBe(400);
    const made = await ask({ ...request, masked: 'leave-out' });
    expect(made.status).toBe(201);
    const job = await ended(id, made.body.id);
    expect(job).toMatchObject({
      status: 'succeeded',
      dataset: {
        addedRows: 40,
        lostRows: 0,
        versionNumber: 1,
        emptyColumns: ['plan'],
        baseVersionNumber: null,
      },
    });
    const dataset = await house.eventually(async () => {
      const { body } = await house.test.request(
        'GET',
        `/api/datasets/${job.dataset.datasetId}`,
        as('editor'),
      );
      return body.status === 'ready' ? body : undefined;
    });
    expect(dataset).toMatchObject({
      name: 'Outcomes of March',
      rows: 40,
      target: 'churned',
      source: { kind: 'derived', fileName: 'Rows with outcomes of masked one' },
    });
    expect((await ask({ into: 'training-dataset', masked: 'leave-out' })).status).toBe(404);
    expect((await ask({ ...request, masked: 'leave-out' })).status).toBe(201);
    const again = await house.eventually(async () => {
      const { body } = await get(`${id}/feedback/jobs`);
      return body.items[0].finishedAt === null ? undefined : body.items[0];
    });
    expect(again).toMatchObject({ status: 'succeeded', reason: null });
    const { body: second } = await house.test.request(
      'GET',
      `/api/datasets/${again.dataset.datasetId}`,
      as('editor'),
    );
    expect(second.name).toBe('Outcomes of March (2)');
  });

  it('has nothing to make while no outcome is known', async () => {
    const { id } = await house.createReady();
    const answer = await house.test.request('POST', `/api/deployments/${id}/feedback/dataset-versions`, {
      ...as('editor'),
      body: { into: 'new-dataset', name: 'none' },
    });
    expect(answer.status).toBe(409);
  });
});

function areaOf(rows: readonly LoggedRow[], truths: readonly string[]): number {
  let [pairs, won] = [0, 0];
  for (const [one, { yes }] of rows.entries())
    for (const [other, { yes: less }] of rows.entries()) {
      if (truths[one] !== 'yes' || truths[other] !== 'no') continue;
      pairs += 1;
      won += yes > less ? 1 : yes === less ? 0.5 : 0;
    }
  return won / pairs;
}

function lossOf(rows: readonly LoggedRow[], truths: readonly string[]): number {
  const losses = rows.map(({ yes }, at) => -Math.log(truths[at] === 'yes' ? yes : 1 - yes));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
