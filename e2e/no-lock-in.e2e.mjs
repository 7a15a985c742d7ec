/**
 * No lock-in: every export of a trained model is really used where it is meant to be used, and gives the numbers that the
 * product gives; models from elsewhere come in, and hostile ones do no harm (I1).
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../tools/launch/postgres-cluster.mjs';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client, eventually } from './support/client.mjs';
import { BAD_ZIPS, HAND_TRAINED, HOSTILE, ONNX } from './support/model-programs.mjs';
import { MLFLOW, pythonEnvironment, pythonJson } from './support/python-environment.mjs';
import { finishedRun, readyDeployment, signInFirst, smallTable } from './support/world.mjs';

const run = promisify(execFile);
const IMAGE = process.env.DOCKER_IMAGE ?? 'automl-python-runtime:3.11';
const ROWS = [
  { plan: 'basic', months: 3, spend: 20.5 },
  { plan: 'pro', months: 50, spend: 80 },
  { plan: 'plus', months: null, spend: 33.3 },
  { plan: 'unheard of', months: 12, spend: null },
];

let installation;
let client;
let folder;
let world;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-no-lock-in-'));
  installation = await startInstallation();
  client = await signInFirst(installation);
  const project = await client.post('/api/projects', { name: 'no lock-in' });
  const dataset = await client.upload(project.id, smallTable({ rows: 600 }), { name: 'leavers.csv' });
  const finished = await finishedRun(client, project.id, dataset.id, {
    target: 'churned',
    preset: 'custom',
    budgetSeconds: 15,
    families: ['baseline', 'linear', 'lightgbm'],
  });
  const version = await client.get(`/api/model-versions/${finished.modelVersionId}`);
  const deployment = await readyDeployment(client, project.id, version.id, { endpointSlug: 'leavers' });
  const { predictions } = await client.post(`/api/deployments/${deployment.id}/predict`, { rows: ROWS });
  world = { project, dataset, run: finished, version, predictions };
});
after(async () => {
  await installation?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Asks for an export that is needed later: an image takes longest to pack. */
const ask = (format) => client.post(`/api/model-versions/${world.version.id}/exports`, { format });

/** Makes an export and brings its file here, checked against its hash. */
async function exported(format) {
  const asked = await ask(format);
  const made = await eventually(
    `export ${format}`,
    async () => {
      const now = await client.get(`/api/model-exports/${asked.id}`);
      if (now.status === 'failed') throw new Error(`The export failed: ${now.reason}`);
      return now.status === 'succeeded' ? now : undefined;
    },
    { seconds: 300, everyMs: 300 },
  );
  const file = await download(`/api/model-exports/${made.id}/file`, made.fileName);
  assert.equal(file.sha256, made.sha256);
  assert.equal(file.sizeBytes, made.sizeBytes);
  return { ...made, path: file.path };
}

async function download(path, name) {
  const response = await fetch(`${client.url}${path}`, {
    headers: { authorization: `Bearer ${client.token}` },
  });
  assert.equal(response.status, 200, path);
  const target = join(folder, name);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await pipeline(
    Readable.fromWeb(response.body),
    async function* (pieces) {
      for await (const piece of pieces) {
        hash.update(piece);
        sizeBytes += piece.length;
        yield piece;
      }
    },
    createWriteStream(target),
  );
  return { path: target, sha256: hash.digest('hex'), sizeBytes };
}

/** The product's numbers and somebody else's, to the last digit that JSON carries. */
function assertSameProbabilities(actual, message, allowed = 1e-12) {
  const expected = world.predictions.map(({ probabilities }) => probabilities);
  assert.equal(actual.length, expected.length, message);
  expected.forEach((row, index) => {
    for (const [label, value] of Object.entries(row))
      assert.ok(
        Math.abs(actual[index][label] - value) < allowed,
        `${message}, row ${index}, ${label}: ${actual[index][label]} instead of ${value}`,
      );
  });
}

describe('a trained model leaves the house', () => {
  test('the same export is used again while the model is unchanged', async () => {
    const path = `/api/model-versions/${world.version.id}/exports`;
    const first = await exported('package');
    assert.equal((await client.post(path, { format: 'package' })).id, first.id);
    const list = await client.get(path);
    assert.equal(list.items.length, 1);
    assert.deepEqual(
      list.formats.map(({ format, doubt }) => [format, doubt]),
      ['mlflow', 'package', 'image', 'onnx'].map((format) => [format, null]),
    );
  });

  test('MLflow loads the model folder and predicts the same numbers', async () => {
    const made = await exported('mlflow');
    await ask('onnx');
    await run('unzip', ['-q', '-o', made.path, '-d', folder]);
    const model = made.path.replace(/\.zip$/, '');
    const requirements = (await readFile(join(model, 'requirements.txt'), 'utf8')).trim().split('\n');
    world.mlflow = {
      python: await pythonEnvironment([MLFLOW, ...requirements.slice(1)]),
      model,
      zip: made.path,
    };
    const script = `
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
rows = pd.DataFrame(json.loads(sys.argv[2]))
print(json.dumps({
  "labels": [str(v) for v in model.predict(rows)],
  "probabilities": model.predict(rows, params={"predict_method": "predict_proba"}).to_dict("records"),
  "inputs": [[c.name, c.type.name, c.required] for c in model.metadata.signature.inputs],
  "example": len(model.input_example),
}))`;
    const found = await pythonJson(world.mlflow.python, script, [model, JSON.stringify(ROWS)], {
      cwd: folder,
      env: { ...process.env, PYTHONPATH: '' },
    });
    assert.deepEqual(
      found.labels,
      world.predictions.map(({ prediction }) => prediction),
    );
    assertSameProbabilities(found.probabilities, 'pyfunc');
    assert.deepEqual(
      found.inputs.map(([name]) => name),
      world.version.contract.inputs.map(({ name }) => name),
    );
    assert.equal(found.example, 1);
  });

  test('mlflow models serve answers with it', async () => {
    const port = await freePort();
    const server = spawn(
      world.mlflow.python,
      [
        '-m',
        'mlflow',
        'models',
        'serve',
        '-m',
        world.mlflow.model,
        '--env-manager',
        'local',
        '-p',
        String(port),
      ],
      {
        cwd: folder,
        env: {
          ...process.env,
          PYTHONPATH: '',
          PATH: `${join(world.mlflow.python, '..')}:${process.env.PATH}`,
        },
        detached: true,
        stdio: 'ignore',
      },
    );
    try {
      const answer = await eventually(
        'mlflow models serve',
        async () => {
          const response = await fetch(`http://127.0.0.1:${port}/invocations`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ dataframe_records: ROWS, params: { predict_method: 'predict_proba' } }),
          }).catch(() => undefined);
          return response?.status === 200 ? response.json() : undefined;
        },
        { seconds: 90, everyMs: 500 },
      );
      assertSameProbabilities(answer.predictions, 'mlflow models serve');
    } finally {
      process.kill(-server.pid, 'SIGKILL');
      await once(server, 'exit');
    }
  });

  test('the Python package is installed by pip, predicts the same numbers, and has a command line', async () => {
    const made = await exported('package');
    assert.ok(made.details.checkedRows >= 100, `${made.details.checkedRows} rows were compared`);
    const python = await pythonEnvironment(made.details.requirements);
    const place = join(folder, 'installed');
    await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', place, made.path]);
    const name = made.fileName.split('-')[0];
    const script = `
import json, sys
from ${name} import load
model = load()
print(json.dumps({"predictions": model.predict(json.loads(sys.argv[1])), "leak": [m for m in sys.modules if m == "runtime"]}))`;
    const env = { ...process.env, PYTHONPATH: place };
    const found = await pythonJson(python, script, [JSON.stringify(ROWS)], { cwd: folder, env });
    assert.deepEqual(found.leak, []);
    assertSameProbabilities(
      found.predictions.map(({ probabilities }) => probabilities),
      'package',
    );
    const rows = join(folder, 'rows.csv');
    await writeFile(rows, 'plan,months,spend\nbasic,3,20.5\nplus,,33.3\n');
    const { stdout } = await run(python, ['-m', name, 'predict', rows, '--output', 'csv'], {
      cwd: folder,
      env,
    });
    const [header, first] = stdout.trim().split('\n');
    assert.match(header, /^prediction,probability_/);
    assert.equal(first.split(',')[0], world.predictions[0].prediction);
  });

  test('ONNX Runtime predicts the same numbers from the file alone', async () => {
    const made = await exported('onnx');
    await ask('image');
    const { rows, largestDifference, allowedDifference } = made.details.parity;
    assert.ok(rows >= 1_000, `${rows} rows were compared`);
    assert.ok(largestDifference <= allowedDifference && allowedDifference <= 1e-9, `${largestDifference}`);
    const { stdout } = await inImage(['python', '-c', ONNX, made.fileName, JSON.stringify(ROWS)]);
    const found = JSON.parse(stdout.trim().split('\n').at(-1));
    assert.deepEqual(found.inputs, {
      plan: 'tensor(string)',
      months: 'tensor(double)',
      spend: 'tensor(double)',
    });
    assert.deepEqual(
      found.labels,
      world.predictions.map(({ prediction }) => prediction),
    );
    const { classes } = world.version.contract.output;
    assertSameProbabilities(
      found.probabilities.map((row) =>
        Object.fromEntries(classes.map((label, place) => [label, row[place]])),
      ),
      'ONNX Runtime',
      1e-9,
    );
    // The how-to as the console shows it, pasted.
    const [{ code }] = made.commands;
    assert.match((await inImage(['python', '-c', code])).stdout, /'label'.*'probabilities'/s);
  });
});

async function useImage(base, image) {
  const image_ = new Client(base);
  const name = image.split('/')[1].split(':')[0];
  await eventually('the image to be ready', async () => {
    const answer = await image_.send('GET', '/health/ready').catch(() => undefined);
    return answer?.status === 200;
  });
  for (const path of ['/ping', '/health']) {
    const { status, text } = await image_.send('GET', path);
    assert.deepEqual([status, text], [200, '\n'], path);
  }
  assert.match((await image_.send('GET', '/version')).text, /^\d+\.\d+\.\d+$/);
  const native = await image_.post('/predict', { rows: ROWS });
  assertSameProbabilities(
    native.predictions.map((row) => row.probabilities),
    'native',
  );
  const columns = Object.keys(ROWS[0]);
  const params = { predict_method: 'predict_proba' };
  const inContractOrder = ROWS.map((row) => world.version.contract.inputs.map((input) => row[input.name]));
  const bodies = {
    dataframe_split: { columns, data: ROWS.map((row) => columns.map((column) => row[column])) },
    dataframe_records: ROWS,
    instances: ROWS,
    inputs: Object.fromEntries(columns.map((column) => [column, ROWS.map((row) => row[column])])),
  };
  for (const [kind, body] of Object.entries(bodies)) {
    const answer = await image_.post('/invocations', { [kind]: body, params });
    assertSameProbabilities(answer.predictions, kind);
  }
  assertSameProbabilities(
    (await image_.post('/invocations', { inputs: inContractOrder, params })).predictions,
    'inputs as a nested list',
  );
  const csv = `plan,months,spend\n${ROWS.map((row) => [row.plan, row.months ?? '', row.spend ?? ''].join(',')).join('\n')}\n`;
  const labels = await fetch(`${base}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: csv,
  });
  assert.deepEqual(
    (await labels.json()).predictions,
    world.predictions.map(({ prediction }) => prediction),
  );
  const refused = await image_.send('POST', '/invocations', { body: { rows: ROWS } });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error_code, 'BAD_REQUEST');

  assert.equal((await image_.get('/v2/health/live')).live, true);
  assert.equal((await image_.get('/v2/health/ready')).ready, true);
  const metadata = await image_.get(`/v2/models/${name}`);
  assert.deepEqual(
    metadata.inputs.map((input) => input.name),
    world.version.contract.inputs.map((input) => input.name),
  );
  assert.equal((await image_.get(`/v2/models/${name}/versions/1/ready`)).ready, true);
  const datatypes = { plan: 'BYTES', months: 'INT64', spend: 'FP64' };
  const inferred = await image_.post(`/v2/models/${name}/infer`, {
    id: '42',
    inputs: columns.map((column) => ({
      name: column,
      shape: [ROWS.length, 1],
      datatype: datatypes[column],
      data: ROWS.map((row) => row[column]),
    })),
    outputs: [{ name: 'predict_proba' }],
    parameters: { content_type: 'pd' },
  });
  assert.equal(inferred.id, '42');
  assert.equal(inferred.model_name, name);
  const proba = inferred.outputs.find((output) => output.name === 'predict_proba');
  assert.deepEqual(proba.shape, [ROWS.length, 2]);
  const { classes } = world.version.contract.output;
  assertSameProbabilities(
    ROWS.map((_, row) =>
      Object.fromEntries(classes.map((label, column) => [label, proba.data[row * 2 + column]])),
    ),
    'Open Inference v2',
  );
  const metrics = await image_.send('GET', '/metrics');
  assert.match(metrics.text, /http_server_request_duration_seconds_count\{http_route="\/invocations"/);
  assert.match(metrics.text, /modelwright_predictions_total \d+/);
}

describe('the notebook and the card of a model', () => {
  test('the notebook of a candidate runs in the runtime image and gets the same score', async () => {
    const { items } = await client.get(`/api/runs/${world.run.id}/candidates`);
    const done = items.filter(({ status }) => status === 'succeeded');
    const winner = done.find(({ holdoutScore }) => holdoutScore !== null);
    const other =
      done.find((candidate) => candidate !== winner && candidate.family === 'lightgbm') ?? done[0];
    await download(`/api/datasets/${world.dataset.id}/content?format=parquet`, 'dataset.parquet');
    for (const candidate of [winner, other]) {
      const path = `/api/runs/${world.run.id}/candidates/${candidate.candidateId}/notebook`;
      const again = [await client.send('GET', path), await client.send('GET', path)];
      assert.equal(again[0].text, again[1].text, 'a notebook is the same every time');
      const notebook = again[0].body;
      assert.deepEqual([notebook.nbformat, notebook.nbformat_minor], [4, 5]);
      const ids = notebook.cells.map((cell) => cell.id);
      assert.equal(new Set(ids).size, ids.length);
      await writeFile(join(folder, 'notebook.ipynb'), JSON.stringify(notebook));
      const { stdout } = await inImage(['python', '-m', 'runtime.training.replay', 'notebook.ipynb']);
      const score = Number(/: (-?[\d.]+) \(folds/.exec(stdout)?.[1]);
      assert.ok(
        Math.abs(score - candidate.score) < 1e-6,
        `${candidate.label}: ${score} instead of ${candidate.score}`,
      );
      if (candidate.holdoutScore !== null) {
        const held = Number(/on the hold-out: (-?[\d.]+)/.exec(stdout)?.[1]);
        assert.ok(Math.abs(held - candidate.holdoutScore) < 1e-6, `hold-out ${held}`);
      }
      const executed = JSON.parse(await readFile(join(folder, 'notebook.ipynb'), 'utf8'));
      const kinds = executed.cells
        .flatMap((cell) => cell.outputs ?? [])
        .flatMap((output) => Object.keys(output.data ?? {}));
      assert.ok(kinds.includes('image/png'), 'it shows a chart');
    }
  });

  test('the model card is a page without scripts and a PDF', async () => {
    const page = await client.send('GET', `/api/model-versions/${world.version.id}/card`);
    assert.equal(page.status, 200);
    assert.match(page.text, /How it was judged/);
    assert.match(page.text, /<h2>Checks<\/h2>/);
    assert.match(page.text, /How it treats groups of people was not analysed/);
    assert.doesNotMatch(page.text, /<script|javascript:|https?:\/\//i);
    const file = await download(`/api/model-versions/${world.version.id}/card?format=pdf`, 'card.pdf');
    assert.equal((await readFile(file.path)).subarray(0, 5).toString(), '%PDF-');
  });
});

describe('models from elsewhere', () => {
  test('the exported MLflow folder comes back, is scored, registered and served', async () => {
    const found = await imported(world.mlflow.zip, { datasetId: world.dataset.id, target: 'churned' });
    assert.equal(found.status, 'usable', found.reason);
    assert.equal(found.report.form, 'mlflow');
    assert.deepEqual(found.report.classes, world.version.contract.output.classes);
    assert.equal(found.report.scoredRows, 600);
    await assertServed(found, 'came back', world.predictions);
  });

  test('a hand-trained pipeline with a sample comes in and predicts what it predicted at home', async () => {
    await writeFile(join(folder, 'leavers.csv'), smallTable({ rows: 600 }));
    const { stdout } = await inImage(['python', '-c', HAND_TRAINED, JSON.stringify(ROWS)]);
    const home = JSON.parse(stdout.trim().split('\n').at(-1));
    for (const name of ['hand.joblib', 'hand.skops']) {
      const found = await imported(join(folder, name), {
        target: 'churned',
        sample: join(folder, 'leavers.csv'),
      });
      assert.equal(found.status, 'usable', found.reason);
      assert.match(found.report.steps.join(' '), /LogisticRegression/);
      await assertServed(found, `by hand ${name}`, home);
    }
  });

  test('a hostile pickle reaches neither network nor files nor other processes, and is refused', async () => {
    const { port, asked, close } = await listening();
    const canary = join(folder, 'canary');
    await writeFile(canary, 'untouched');
    try {
      await inImage(['python', '-c', HOSTILE, String(port)]);
      const started = Date.now();
      for (const name of ['network', 'files', 'bomb', 'exit', 'memory']) {
        const found = await imported(join(folder, `${name}.pkl`), {
          datasetId: world.dataset.id,
          target: 'churned',
        });
        assert.equal(found.status, 'refused', `${name}: ${found.status} ${found.reason}`);
        assert.ok(found.reason.length > 10, name);
      }
      assert.ok(Date.now() - started < 600_000);
      assert.equal(asked(), 0, 'nobody was called');
      assert.equal(await readFile(canary, 'utf8'), 'untouched');
      assert.equal((await client.get('/api/health/live')).status !== undefined, true);
    } finally {
      close();
    }
  });

  test('zips that would leave their folder, unfold without end or hold links are refused', async () => {
    await inImage(['python', '-c', BAD_ZIPS]);
    const words = {
      'traversal.zip': /outside of its folder/,
      'absolute.zip': /outside of its folder/,
      'link.zip': /a link/,
      'bomb.zip': /unpacks to/,
      'nothing.zip': /no MLmodel/,
      'noise.pkl': /neither a zip/,
    };
    for (const [name, reason] of Object.entries(words)) {
      const found = await imported(join(folder, name), {});
      assert.equal(found.status, 'refused', name);
      assert.match(found.reason, reason, name);
      const refused = await client.send('POST', `/api/model-imports/${found.id}/register`, {
        body: { modelName: name },
      });
      assert.equal(refused.status, 409);
    }
  });

  test('no container and no folder of a job is left behind', async () => {
    const left = await eventually('jobs to be cleaned up', async () => {
      const containers = await installation.containers();
      const jobs = containers.filter(({ Labels }) => Labels['org.modelwright.kind'] === 'export');
      return jobs.length === 0 ? jobs : undefined;
    });
    assert.deepEqual(left, []);
  });
});

describe('the container image of a model', () => {
  test('the container image runs elsewhere unchanged and speaks MLflow, Open Inference v2 and its own routes', async () => {
    const made = await exported('image');
    await run('docker', ['load', '-i', made.path], { maxBuffer: 1024 * 1024 });
    const { stdout } = await run('docker', ['run', '-d', '-p', '127.0.0.1::8080', made.details.image]);
    const id = stdout.trim();
    try {
      const { stdout: where } = await run('docker', ['port', id, '8080']);
      await useImage(`http://${where.trim().split('\n')[0]}`, made.details.image);
      const { stdout: user } = await run('docker', ['exec', id, 'id', '-u']);
      assert.equal(user.trim(), '10001');
    } finally {
      await run('docker', ['rm', '-f', id]);
      await run('docker', ['rmi', '-f', made.details.image]);
    }
  });
});

/** A program in the runtime image with the folder of this test, no network and no rights. */
function inImage(command) {
  const mount = ['--volume', `${folder}:/workspace`, '--workdir', '/workspace'];
  const user = ['--user', `${process.getuid()}:${process.getgid()}`];
  const args = ['run', '--rm', '--network', 'none', ...mount, ...user, IMAGE, ...command];
  return run('docker', args, { maxBuffer: 64 * 1024 * 1024 });
}

async function imported(path, { sample, ...query }) {
  const form = new FormData();
  form.append('file', new Blob([await readFile(path)]), path.split('/').at(-1));
  if (sample) form.append('sample', new Blob([await readFile(sample)]), 'sample.csv');
  const parameters = new URLSearchParams(query).toString();
  const asked = await client.ok('POST', `/api/projects/${world.project.id}/model-imports?${parameters}`, {
    body: form,
  });
  return eventually(
    `import of ${path}`,
    async () => {
      const now = await client.get(`/api/model-imports/${asked.id}`);
      return ['queued', 'running'].includes(now.status) ? undefined : now;
    },
    { seconds: 400, everyMs: 300 },
  );
}

async function assertServed(found, modelName, expected) {
  const registered = await client.post(`/api/model-imports/${found.id}/register`, { modelName });
  const version = await client.get(`/api/model-versions/${registered.modelVersionId}`);
  assert.equal(version.source, 'import');
  assert.equal(version.runId, null);
  assert.ok(version.metrics.some(({ name, value }) => name === 'roc_auc' && value >= 0.5));
  const deployment = await readyDeployment(client, world.project.id, version.id);
  const { predictions } = await client.post(`/api/deployments/${deployment.id}/predict`, { rows: ROWS });
  predictions.forEach(({ probabilities }, index) => {
    for (const [label, value] of Object.entries(expected[index].probabilities))
      assert.ok(Math.abs(probabilities[label] - value) < 1e-9, `${modelName}, row ${index}, ${label}`);
  });
  await client.post(`/api/deployments/${deployment.id}/stop`, {});
}

/** Counts who calls, on all addresses of this machine. */
function listening() {
  let calls = 0;
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      calls += 1;
      socket.destroy();
    }).listen(0, '0.0.0.0', () =>
      resolve({ port: server.address().port, asked: () => calls, close: () => server.close() }),
    );
  });
}
