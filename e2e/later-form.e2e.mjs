/** A version that a run had no time to translate gets its compiled form while its container answers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client } from './support/client.mjs';
import { finishedRun, signInFirst, smallTable } from './support/world.mjs';

const WITHIN_MS = 120_000;

let installation;
let client;

before(async () => {
  installation = await startInstallation();
  const session = await signInFirst(installation);
  const { token } = await session.post('/api/auth/tokens', { name: 'later', scopes: ['manage'] });
  client = new Client(installation.url, token);
});
after(() => installation?.stop());

/** As it is after a run whose clock left no time. */
async function forgetCompiledForm(modelVersionId) {
  const database = new pg.Client({ connectionString: installation.databaseUrl });
  await database.connect();
  try {
    // Versions cannot be changed by the product itself.
    await database.query('SET session_replication_role = replica');
    await database.query(
      `UPDATE model_version SET manifest = jsonb_set(manifest, '{files}', (SELECT jsonb_agg(file)
         FROM jsonb_array_elements(manifest -> 'files') AS file WHERE file ->> 'name' NOT LIKE 'compiled%'))
       WHERE id = $1`,
      [modelVersionId],
    );
  } finally {
    await database.end();
  }
}

test('a deployed version is translated in a container, and no call fails when its path changes', async () => {
  const project = await client.post('/api/projects', { name: 'later' });
  const dataset = await client.upload(project.id, smallTable(), { name: 'customers.csv' });
  const { modelVersionId } = await finishedRun(client, project.id, dataset.id);
  await forgetCompiledForm(modelVersionId);
  const form = await client.get(`/api/model-versions/${modelVersionId}/compiled-form`);
  assert.deepEqual([form.isCompiled, form.canTranslate], [false, true]);

  const { id } = await client.post(`/api/projects/${project.id}/deployments`, {
    modelVersionId,
    rateLimitPerMinute: 100_000,
  });
  const { contract } = await client.get(`/api/deployments/${id}/schema`);
  const answers = new Set();
  const deadline = Date.now() + WITHIN_MS;
  let deployment;
  do {
    deployment = await client.get(`/api/deployments/${id}`);
    if (deployment.observedState === 'ready') {
      const { predictions } = await client.post(`/api/deployments/${id}/predict`, {
        rows: [contract.example],
      });
      answers.add(predictions[0].prediction);
    }
    await sleep(100);
  } while (deployment.servingPath !== 'compiled' && Date.now() < deadline);
  assert.equal(deployment.servingPath, 'compiled', deployment.servingReason);
  assert.equal(answers.size, 1, 'both paths say the same');
  const later = await client.get(`/api/model-versions/${modelVersionId}/compiled-form`);
  assert.deepEqual([later.isCompiled, later.canTranslate], [true, false]);
});
