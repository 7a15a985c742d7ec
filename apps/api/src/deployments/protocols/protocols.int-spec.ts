import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ModelContract } from '@modelwright/contracts';
import { CONTRACT, insertModel } from '../testing/serving-house.js';
import { fakeModel } from '../../serving/testing/fake-model-server.js';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';

jest.setTimeout(60_000);

let house: ServingHouse;
let deployment: { id: string; endpointSlug: string };
let key: { id: string; key: string };

beforeAll(async () => {
  house = await openServingHouse({ DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT: '20' });
  house.compiledForms.set(house.modelVersionId, compiledFile(0.5));
  deployment = await house.createReady({ rateLimitPerMinute: 100_000 });
  const path = `/api/deployments/${deployment.id}/keys`;
  key = (await house.test.request('POST', path, { headers: house.editor.headers, body: { name: 'p' } })).body;
}, 60_000);
afterAll(() => house?.test.close());

const rows = [
  { months: 12, plan: 'basic' },
  { months: 0, plan: null },
];
const mlflow = '/invocations';
const withKey = () => ({ authorization: `Bearer ${key.key}` });
const base = () => `/api/deployments/${deployment.endpointSlug}`;
const model = () => `/v2/models/${deployment.endpointSlug}`;
const post = (path: string, body: unknown, headers: Record<string, string> = withKey()) =>
  house.test.request('POST', path, { headers, body });
const get = (path: string, headers: Record<string, string> = withKey()) =>
  house.test.request('GET', path, { headers });

async function sendText(path: string, payload: string, type: string) {
  const headers = { ...withKey(), 'content-type': type };
  const { statusCode, payload: text } = await house.test.app.inject({
    method: 'POST',
    url: path,
    headers,
    payload,
  });
  return { status: statusCode, body: JSON.parse(text) };
}

const tensors = (data: readonly (typeof rows)[number][]) => [
  { name: 'plan', datatype: 'BYTES', shape: [data.length, 1], data: data.map(({ plan }) => plan) },
  { name: 'months', datatype: 'INT64', shape: [data.length], data: data.map(({ months }) => months) },
];

describe('the scoring protocol of MLflow', () => {
  it('gives for every form of body the numbers that the native call gives', async () => {
    const native = (await post(`${base()}/predict`, { rows })).body.predictions;
    const expected = { predictions: native.map((row: { prediction: string }) => row.prediction) };
    const bodies = [
      {
        dataframe_split: {
          columns: ['plan', 'months'],
          data: [
            ['basic', 12],
            [null, 0],
          ],
        },
      },
      { dataframe_records: rows },
      { instances: rows },
      { inputs: { months: [12, 0], plan: ['basic', null] } },
    ];
    for (const body of bodies) {
      const answer = await post(base() + mlflow, body, {
        ...withKey(),
        'content-type': 'application/json; charset=utf-8',
      });
      expect(answer).toMatchObject({ status: 200, body: expected });
      expect(answer.headers['x-prediction-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers['ratelimit']).toBeDefined();
    }
    const csv = await sendText(base() + mlflow, 'plan,months\nbasic,12\n,0\n', 'text/csv; charset=utf-8');
    expect(csv).toEqual({ status: 200, body: expected });
    const shares = await post(base() + mlflow, {
      instances: rows,
      params: { predict_method: 'predict_proba' },
    });
    expect(shares.body.predictions).toEqual(
      native.map((row: { probabilities: unknown }) => row.probabilities),
    );
  });

  it('answers what clients ask about the server, to those who may call', async () => {
    for (const path of ['/ping', '/health'])
      expect(await get(base() + path)).toMatchObject({ status: 200, text: '\n' });
    expect((await get(`${base()}/version`)).text).toMatch(/^\d+\.\d+/);
    for (const path of ['/ping', '/health', '/version']) {
      expect((await get(base() + path, {})).status).toBe(401);
      expect((await get(base() + path, house.stranger.headers)).status).toBe(404);
    }
  });

  it('says in its own shape what is missing, with the status of the problem', async () => {
    const answer = await post(base() + mlflow, { dataframe_split: { columns: ['plan'], data: [['basic']] } });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        error_code: 'BAD_REQUEST',
        message: expect.stringContaining('/rows/0/months: "months" is missing.'),
      },
    });
    expect((await post(base() + mlflow, {})).body.message).toContain('exactly one of');
    expect((await post(base() + mlflow, { instances: rows }, {})).body).toMatchObject({
      error_code: 'UNAUTHENTICATED',
    });
    expect(await sendText(base() + mlflow, 'months', 'text/plain')).toMatchObject({ status: 415 });
    expect(await sendText(`${base()}/predict`, 'months\n1', 'text/csv')).toMatchObject({ status: 415 });
  });

  it('remarks in a header on values outside training', async () => {
    const answer = await post(base() + mlflow, { instances: [{ months: 99, plan: 'gold' }] });
    expect(answer.headers['x-prediction-notes']).toContain(
      'Row 0, months: 99 is outside the training range 0 to 60.',
    );
    expect(answer.headers['x-prediction-notes']).toContain('"gold" was not in the training data');
  });
});

describe('the Open Inference Protocol', () => {
  it('tells of the server to everybody, of a model to those who may call it', async () => {
    expect((await get('/v2', {})).body).toMatchObject({ name: 'modelwright', extensions: [] });
    expect((await get('/v2/health/live', {})).body).toEqual({ live: true });
    expect((await get('/v2/health/ready', {})).body).toEqual({ ready: true });
    const described = await get(model());
    expect(described.body).toEqual({
      name: deployment.endpointSlug,
      versions: ['1'],
      platform: 'modelwright',
      inputs: [
        { name: 'months', datatype: 'INT64', shape: [-1, 1] },
        { name: 'plan', datatype: 'BYTES', shape: [-1, 1] },
      ],
      outputs: [
        { name: 'predict', datatype: 'BYTES', shape: [-1, 1] },
        { name: 'predict_proba', datatype: 'FP64', shape: [-1, 2] },
      ],
      parameters: { task: 'binary', target: 'churned', classes: '["no","yes"]' },
    });
    expect(described.headers['cache-control']).toBe('no-store');
    expect((await get(`${model()}/versions/1`)).body).toEqual(described.body);
    const ready = { name: deployment.endpointSlug, ready: true };
    expect((await get(`${model()}/ready`)).body).toEqual(ready);
    expect((await get(`${model()}/versions/1/ready`)).body).toEqual(ready);
    for (const path of [model(), `${model()}/ready`]) {
      expect(await get(path, {})).toMatchObject({ status: 401, body: { error: expect.any(String) } });
      expect((await get(path, house.stranger.headers)).status).toBe(404);
    }
    expect(await get(`${model()}/versions/2`)).toMatchObject({
      status: 404,
      body: { error: `Deployment "${deployment.endpointSlug}" does not serve version 2. It serves 1.` },
    });
  });

  it('gives the numbers of the native call as tensors, with the id of the request', async () => {
    const native = (await post(`${base()}/predict`, { rows })).body.predictions;
    const answer = await post(`${model()}/infer`, { id: '42', inputs: tensors(rows) });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      model_name: deployment.endpointSlug,
      model_version: '1',
      id: '42',
      parameters: { request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      outputs: [
        {
          name: 'predict',
          datatype: 'BYTES',
          shape: [2, 1],
          data: native.map((row: { prediction: string }) => row.prediction),
        },
        {
          name: 'predict_proba',
          datatype: 'FP64',
          shape: [2, 2],
          data: native.flatMap((row: { probabilities: Record<string, number> }) =>
            Object.values(row.probabilities),
          ),
        },
      ],
    });
    expect(answer.headers['ratelimit']).toBeDefined();
    const one = await post(`${model()}/versions/1/infer`, {
      inputs: tensors(rows),
      outputs: [{ name: 'predict' }],
    });
    expect(one.body.outputs).toEqual([answer.body.outputs[0]]);
    expect(await post(`${model()}/versions/7/infer`, { inputs: tensors(rows) })).toMatchObject({
      status: 404,
    });
  });

  it('describes and answers with the version that is asked, while traffic is split', async () => {
    const contract: ModelContract = {
      ...CONTRACT,
      output: { kind: 'class', classes: ['maybe', 'no', 'yes'] },
      inputs: CONTRACT.inputs.map((input) =>
        input.name === 'months' ? { ...input, type: 'number' } : input,
      ),
    };
    const second = await insertModel(house.test, house.projectId, { number: 2, contract });
    const unsure = fakeModel();
    const probabilities = { maybe: 0.7, no: 0.1, yes: 0.2 };
    unsure.answer = (asked) => ({
      status: 200,
      body: { predictions: asked.map((_, index) => ({ index, prediction: 'maybe', probabilities })) },
    });
    house.models.set(second, unsure);
    const { id, endpointSlug } = await house.createReady({ rateLimitPerMinute: 100_000 });
    const { headers } = house.editor;
    const switched = await house.test.request('POST', `/api/deployments/${id}/versions`, {
      headers,
      body: {
        modelVersionId: second,
        strategy: { kind: 'split', sharePercent: 99 },
        acceptContractChanges: true,
      },
    });
    expect(switched.status).toBe(200);
    const path = `/v2/models/${endpointSlug}`;
    const described = await house.eventually(async () => {
      const found = await get(`${path}/versions/2`, headers);
      return found.status === 200 ? found.body : undefined;
    });
    expect(described).toMatchObject({
      versions: ['1', '2'],
      inputs: [{ name: 'months', datatype: 'FP64' }, { name: 'plan' }],
      outputs: [{ name: 'predict' }, { name: 'predict_proba', shape: [-1, 3] }],
      parameters: { classes: '["maybe","no","yes"]' },
    });
    for (const version of ['', '/versions/1'])
      expect((await get(path + version, headers)).body).toMatchObject({
        versions: ['1', '2'],
        inputs: [{ name: 'months', datatype: 'INT64' }, { name: 'plan' }],
        parameters: { classes: '["no","yes"]' },
      });
    expect((await get(`${path}/versions/2/ready`, headers)).body.ready).toBe(true);
    const answered = await house.eventually(async () => {
      const { body } = await post(`${path}/infer`, { inputs: tensors(rows) }, headers);
      return body.model_version === '2' ? body : undefined;
    });
    expect(answered.outputs[1]).toMatchObject({ shape: [2, 3], data: [0.7, 0.1, 0.2, 0.7, 0.1, 0.2] });
  });

  it('says what is unusual or wrong in its own shape, and refuses binary tensors in words', async () => {
    const unusual = await post(`${model()}/infer`, { inputs: tensors([{ months: 99, plan: 'gold' }]) });
    expect(unusual.body.parameters.notes).toContain('Row 0, months: 99 is outside');
    const wrong = await post(`${model()}/infer`, { inputs: tensors(rows).slice(0, 1) });
    expect(wrong).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('"months" is missing') },
    });
    expect(Object.keys(wrong.body)).toEqual(['error']);
    expect(wrong.headers['content-type']).toContain('application/json');
    for (const type of ['application/octet-stream', 'application/json']) {
      const headers = { ...withKey(), 'content-type': type, 'inference-header-content-length': '10' };
      const answer = await post(`${model()}/infer`, { inputs: [] }, headers);
      expect(answer).toMatchObject({
        status: 415,
        body: { error: expect.stringContaining('Binary tensor data') },
      });
    }
  });

  it('has no page of the console at its addresses', async () => {
    expect(await get('/v2/nothing', {})).toMatchObject({ status: 404, body: { error: expect.any(String) } });
    expect((await get('/v2/models', {})).status).toBe(404);
  });
});

describe('calls of other protocols', () => {
  it('are logged with their rows like native ones, also refused ones (M11)', async () => {
    const asked = await post(base() + mlflow, { instances: [{ months: 41, plan: 'basic' }] });
    const inferred = await post(`${model()}/infer`, { inputs: tensors([{ months: 42, plan: 'basic' }]) });
    await post(base() + mlflow, { instances: [{ plan: 'only' }] });
    const logged = await house.eventually(async () => {
      const { body } = await get(`/api/deployments/${deployment.id}/requests`, house.editor.headers);
      return body.items.some(
        ({ firstInput }: { firstInput: { plan?: string } }) => firstInput?.plan === 'only',
      )
        ? body.items
        : undefined;
    });
    expect(logged).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          requestId: asked.headers['x-prediction-id'],
          status: 200,
          firstInput: { months: 41, plan: 'basic' },
        }),
        expect.objectContaining({
          requestId: inferred.body.parameters.request_id,
          caller: expect.objectContaining({ name: 'p' }),
        }),
        expect.objectContaining({ status: 422, firstInput: { plan: 'only' } }),
      ]),
    );
  });

  it('are held to the same limit (M6)', async () => {
    const narrow = await house.createReady({ rateLimitPerMinute: 1, authMode: 'public' });
    const ask = () => post(`/v2/models/${narrow.endpointSlug}/infer`, { inputs: tensors(rows) }, {});
    const refused = await house.eventually(async () => {
      const answer = await ask();
      return answer.status === 429 ? answer : undefined;
    });
    expect(refused).toMatchObject({ body: { error: expect.stringContaining('answers 1 calls a minute') } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });
});

describe('explanations', () => {
  it('come with a prediction that asks for them, or from an address of their own', async () => {
    const asked = await post(`${base()}/predict`, { rows, explain: true });
    expect(asked.status).toBe(200);
    expect(asked.body.predictions).toHaveLength(2);
    expect(asked.body.explanation).toMatchObject({
      method: { name: 'permutation_shap' },
      rows: [{ contributions: [{ column: 'tenure', contribution: 0.3 }] }, { index: 1 }],
    });
    const own = await post(`${base()}/explain`, rows[0]);
    expect(own.body.explanation.rows).toHaveLength(1);
    expect((await post(`${base()}/predict`, { rows, explain: false })).body.explanation).toBeUndefined();
  });

  it.each([
    ['/explain', { rows, explain: 'yes' }],
    ['/class', { rows, explain: true, class: 5 }],
    ['/rows', { rows: Array.from({ length: 101 }, () => rows[0]), explain: true }],
  ])('are refused at %s when they are asked for in a wrong way', async (pointer, body) => {
    expect(await post(`${base()}/predict`, body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer }] },
    });
  });

  it('say when to come back while the model is loaded, and when too many wait', async () => {
    const { explain } = house.model;
    const refusedWith = async (body: object) => {
      house.model.explain = () => ({ status: 503, body });
      const answer = await post(`${base()}/explain`, rows[0]);
      return [answer.status, answer.body.code, answer.headers['retry-after'], answer.body.detail];
    };
    try {
      const loading = await refusedWith({ error: 'The model server is loading.', status: 'loading' });
      const sentence = expect.stringMatching(/starting.*try again in 2 s/);
      expect(loading).toEqual([503, 'deployment-unavailable', '2', sentence]);
      const busy = await refusedWith({ error: 'Too many rows wait to be explained already.' });
      expect(busy).toEqual([503, 'overloaded', '2', expect.stringContaining('Too many rows wait')]);
    } finally {
      house.model.explain = explain;
    }
  });

  it('wait for the container, which is said, while plain predictions go on', async () => {
    house.model.ready = false;
    try {
      const { id } = await house.create();
      await house.eventually(async () => (await house.predict(id, { rows })).status === 200);
      const answer = await house.predict(id, { rows, explain: true });
      expect(answer).toMatchObject({ status: 503, body: { code: 'deployment-unavailable' } });
      expect(answer.body.detail).toMatch(/is being started|is starting/);
      expect(answer.body.detail).toContain('ry again in 5 s.');
      expect(answer.body.detail).toContain('Predictions without explanations are answered meanwhile.');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    } finally {
      house.model.ready = true;
    }
  });
});

describe('intervals around predicted numbers', () => {
  async function createRegression(heldOutRows: number, settings: Record<string, unknown> = {}) {
    const modelVersionId = await insertModel(house.test, house.projectId);
    const contract = {
      ...CONTRACT,
      task: 'regression',
      target: { name: 'price', type: 'number' },
      output: { kind: 'number' },
    };
    const predictedVsActual = Array.from({ length: heldOutRows }, (_, index) => ({
      predicted: 0,
      actual: index + 1,
    }));
    await house.test.dataSource.query(
      `UPDATE model_version SET contract = $2, evaluation = $3 WHERE id = $1`,
      [
        modelVersionId,
        JSON.stringify(contract),
        JSON.stringify({ regression: { predictedVsActual, residuals: { edges: [], counts: [] } } }),
      ],
    );
    house.model.answer = (asked) => ({
      status: 200,
      body: { predictions: asked.map((_, index) => ({ index, prediction: 1000 })) },
    });
    return house.createReady({ modelVersionId, ...settings });
  }
  afterEach(() => {
    house.model.answer = fakeModel().answer;
  });

  it('are as wide as held-out rows say, with the coverage, in the protocols that have room for them', async () => {
    const { id, endpointSlug } = await createRegression(99);
    const { headers } = house.viewer;
    const answer = await house.predict(id, { rows });
    expect(answer.body.predictions[0]).toEqual({
      index: 0,
      prediction: 1000,
      interval: { low: 910, high: 1090, coverage: 0.9 },
    });
    expect(await house.state(id)).toMatchObject({
      predictionInterval: { coverage: 0.9, radius: 90, rows: 99 },
    });
    const inferred = await post(`/v2/models/${endpointSlug}/infer`, { inputs: tensors(rows) }, headers);
    expect(inferred.body.outputs[1]).toEqual({
      name: 'predict_interval',
      datatype: 'FP64',
      shape: [2, 2],
      data: [910, 1090, 910, 1090],
    });
    const abstaining = { headers: house.editor.headers, body: { abstainBelow: 0.6 } };
    expect((await house.test.request('PATCH', `/api/deployments/${id}`, abstaining)).status).toBe(400);
  });

  it('are left out where nobody wants them or too few held-out rows are known', async () => {
    const few = await createRegression(8);
    expect((await house.predict(few.id, { rows })).body.predictions[0].interval).toBeUndefined();
    expect(await house.state(few.id)).toMatchObject({ intervalCoverage: 0.9, predictionInterval: null });
    const wide = { headers: house.editor.headers, body: { intervalCoverage: 0.99 } };
    const refused = await house.test.request('PATCH', `/api/deployments/${few.id}`, wide);
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0]).toMatchObject({
      pointer: '#/intervalCoverage',
      detail: 'needs 99 held-out rows, and 8 are known of this version: at most 0.888',
    });
    const { modelVersionId } = await house.state(few.id);
    const asked = {
      headers: house.editor.headers,
      body: { modelVersionId, intervalCoverage: 0.99 },
    };
    const created = await house.test.request('POST', `/api/projects/${house.projectId}/deployments`, asked);
    expect(created.status).toBe(400);
    expect(created.body.errors).toEqual(refused.body.errors);
    const less = { headers: house.editor.headers, body: { intervalCoverage: 0.88 } };
    expect((await house.test.request('PATCH', `/api/deployments/${few.id}`, less)).status).toBe(200);
    expect((await house.state(few.id)).predictionInterval).not.toBeNull();
    const none = await createRegression(99, { intervalCoverage: null });
    expect((await house.predict(none.id, { rows })).body.predictions[0].interval).toBeUndefined();
  });
});
