/** Copy as code (console.md 7): every request that the console offers as code is run as it stands, in every language. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  comparisonCode,
  datasetCode,
  deploymentCode,
  exportCode,
  importCode,
  modelCode,
  newDeploymentCode,
  newRunCode,
  projectCode,
  runCode,
} from '../apps/console/src/app/shared/ui/code-actions.ts';
import { predictSnippets, requestSnippets } from '../libs/contracts/dist/index.js';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client, eventually } from './support/client.mjs';
import { needCurl, runPython, runShell, runTypescript } from './support/snippets.mjs';
import { finishedRun, QUICK_RUN, readyDeployment, signInFirst, smallTable } from './support/world.mjs';

const programs = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
const RUNNERS = { curl: runShell, python: runPython, typescript: runTypescript };
let installation;
let client;
let folder;
let things;
let called;
/** What forms and dialogs offer: the same writing as the rest, so one language is enough. */
let forms;
let seed = 500;

before(async () => {
  await needCurl();
  folder = mkdtempSync(join(tmpdir(), 'mw-copied-'));
  chmodSync(folder, 0o755);
  installation = await startInstallation();
  const session = await signInFirst(installation);
  const { token } = await session.post('/api/auth/tokens', { name: 'copied', scopes: ['manage'] });
  client = new Client(installation.url, token);
  const project = await client.post('/api/projects', { name: 'copied' });
  const dataset = await client.upload(project.id, smallTable(), { name: 'copied.csv' });
  const run = await finishedRun(client, project.id, dataset.id);
  const version = await client.get(`/api/model-versions/${run.modelVersionId}`);
  things = [
    ...projectCode(project.id),
    ...datasetCode(project.id, dataset.id, 'churned'),
    ...runCode(run.id),
    ...modelCode(project.id, version.modelId, version.id),
  ];
  const deployment = await readyDeployment(client, project.id, version.id, { endpointSlug: 'copied-code' });
  const { key } = await client.post(`/api/deployments/${deployment.id}/keys`, { name: 'copied' });
  const { contract } = await client.get(`/api/deployments/${deployment.id}/schema`);
  things.push(...deploymentCode(project.id, deployment.id));
  called = {
    id: deployment.id,
    key,
    predictUrl: deployment.predictUrl,
    row: contract.example,
    inputs: contract.inputs,
  };
  copyFileSync(
    join(installation.home, 'data', 'models', run.id, 'model.joblib'),
    join(folder, 'model.joblib'),
  );
  forms = [
    ...newRunCode(project.id, { datasetId: dataset.id, ...QUICK_RUN }),
    ...newDeploymentCode(project.id, { modelVersionId: version.id, name: "The customers' model" }),
    ...exportCode(version.id, [{ format: 'mlflow', label: 'MLflow model' }]),
    ...importCode(project.id, {
      file: 'model.joblib',
      sample: undefined,
      datasetId: dataset.id,
      target: 'churned',
    }),
    ...comparisonCode(project.id, [run.id, version.id]),
  ];
});
after(async () => {
  await installation?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

for (const language of Object.keys(RUNNERS))
  test(`runs as it was copied: ${language}`, async () => {
    for (const thing of things) await runCopied(thing, language);
  });

test('calls the endpoint as the Code tab shows it: curl, Python, TypeScript, CLI, MLflow, Open Inference', async () => {
  const { id, key, predictUrl, row, inputs } = called;
  const native = await client.post(`/api/deployments/${id}/predict`, { rows: [row] });
  const expected = String(native.predictions[0].prediction);
  const snippets = predictSnippets({ predictUrl, row, inputs, needsKey: true });
  assert.deepEqual(
    snippets.map(({ label }) => label),
    ['curl', 'Python', 'TypeScript', 'CLI', 'MLflow', 'Open Inference'],
  );
  // As somebody who has the program on the path and has never signed in.
  const cli = { PATH: `${programs}:${process.env.PATH}`, XDG_CONFIG_HOME: folder };
  for (const { language, label, code } of snippets) {
    const output = await RUNNERS[language](code, { API_KEY: key, ...(label === 'CLI' ? cli : {}) }, folder);
    assert.match(output, /prediction|predict/, `${label}: ${output}`);
    assert.ok(output.includes(expected), `${label} says something else than ${expected}: ${output}`);
  }
  const { items } = await eventually('all calls to be in the log', async () => {
    const page = await client.get(`/api/deployments/${id}/requests?caller=key`);
    return page.items.length === snippets.length ? page : undefined;
  });
  assert.deepEqual([...new Set(items.map(({ status }) => status))], [200]);
});

test('runs as it was copied from a form, with what was filled in: curl', async () => {
  for (const thing of forms) await runCopied(thing, 'curl');
});

async function runCopied({ label, path, ...request }, language) {
  // The same bytes twice would be refused as already here.
  writeFileSync(join(folder, 'table.csv'), smallTable({ rows: 20, seed: seed++ }));
  const snippets = requestSnippets({ ...request, url: installation.url + path });
  const { code } = snippets.find((snippet) => snippet.language === language);
  const output = await RUNNERS[language](code, { MODELWRIGHT_TOKEN: client.token }, folder);
  assert.match(output, /"(id|items|rows|columns|candidates)"/, `${label}: ${output}`);
  await endWhatWasStarted(label, output);
}

/** One run at a time is enough for the machine, and a project has room for five deployments. */
async function endWhatWasStarted(label, output) {
  const { id } = JSON.parse(output);
  if (['Train a model on it', 'Start this run'].includes(label)) await client.post(`/api/runs/${id}/cancel`);
  if (['Deploy this version', 'Deploy it like this'].includes(label))
    await client.delete(`/api/deployments/${id}`);
}
