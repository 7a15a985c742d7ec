/** Two endpoints of one project, one compiled and one in a container, with the right answer to each row. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from './client.mjs';
import { importRule, ruleAnswer } from './imported-rule.mjs';
import { randomSource } from './schema-values.mjs';
import { finishedRun, readyDeployment, signInFirst, smallTable } from './world.mjs';

const ROWS = 200;
const BUSY = { authMode: 'api-key', rateLimitPerMinute: 1_000_000 };

function rows() {
  const random = randomSource(23);
  return Array.from({ length: ROWS }, () => ({
    plan: random.pick(['basic', 'plus', 'pro']),
    months: random.below(60),
    spend: Math.round(1_000 + random.next() * 9_000) / 100,
  }));
}

/** @param {{ alsoSlow?: boolean }} [options] `alsoSlow`: imports a further version that is slow to start */
export async function endpointsUnderTest(installation, { alsoSlow = false } = {}) {
  const session = await signInFirst(installation);
  const { token } = await session.post('/api/auth/tokens', { name: 'faults', scopes: ['manage'] });
  const client = new Client(installation.url, token);
  const project = await client.post('/api/projects', { name: 'faults' });
  const dataset = await client.upload(project.id, smallTable(), { name: 'customers.csv' });
  const [compiled, ruleVersionId, slowVersionId] = await Promise.all([
    compiledEndpoint(client, project.id, dataset.id),
    importRule(client, project.id, dataset.id),
    alsoSlow ? importRule(client, project.id, dataset.id, { startsSlowly: true }) : undefined,
  ]);
  const byContainer = await endpoint(client, project.id, {
    name: 'container',
    modelVersionId: ruleVersionId,
    containerMode: 'always',
  });
  const asked = rows();
  const rule = asked.map((row) => ({ body: JSON.stringify({ rows: [row] }), answer: ruleAnswer(row) }));
  // What a linear model says is known from itself, before anything is broken.
  const quiet = await client.post(
    `/api/deployments/${compiled.slug}/predict`,
    { rows: asked },
    { headers: { authorization: `Bearer ${compiled.key}` } },
  );
  const learned = quiet.predictions.map(({ index, prediction, probabilities }) => ({
    body: rule[index].body,
    answer: { prediction, probabilities },
  }));
  return {
    client,
    project,
    dataset,
    ruleVersionId,
    slowVersionId,
    compiled,
    byContainer,
    targets: [
      { ...compiled, rows: learned },
      { ...byContainer, rows: rule },
    ],
  };
}

/** On a busy machine a short budget may leave no time to translate what was found. */
async function compiledEndpoint(client, projectId, datasetId) {
  for (const budgetSeconds of [15, 60]) {
    const families = ['baseline', 'linear'];
    const request = { target: 'churned', preset: 'custom', budgetSeconds, families };
    const { modelVersionId } = await finishedRun(client, projectId, datasetId, request);
    const wanted = { name: 'compiled', modelVersionId, containerMode: 'automatic' };
    const made = await endpoint(client, projectId, wanted);
    if (made.servingPath === 'compiled') return made;
    await client.delete(`/api/deployments/${made.id}`);
  }
  throw new Error('No run had time left to translate its model.');
}

async function endpoint(client, projectId, { name, modelVersionId, containerMode }) {
  const deployment = await readyDeployment(client, projectId, modelVersionId, {
    ...BUSY,
    containerMode,
  });
  const { servingPath } = await client.get(`/api/deployments/${deployment.id}`);
  const { key } = await client.post(`/api/deployments/${deployment.id}/keys`, { name: 'faults' });
  return { name, id: deployment.id, slug: deployment.endpointSlug, servingPath, key };
}

/** What deleted endpoints have left behind: containers, sockets, models, and logs of processes that are gone. */
export async function leftovers(installation) {
  const containers = (await installation.containers()).filter(
    ({ Labels }) => Labels['org.modelwright.kind'] === 'serving',
  );
  const namesIn = (...path) => {
    const folder = join(installation.home, ...path);
    return existsSync(folder) ? readdirSync(folder).map((name) => join(...path, name)) : [];
  };
  const spools = namesIn('spool');
  return [
    ...containers.map(({ Names }) => Names[0]),
    ...namesIn('run', 's'),
    // Sessions of What if have a shelf of their own there, which stays.
    ...namesIn('data', 'deployments').filter((path) => !path.endsWith('/sessions')),
    // One is of the process that runs.
    ...spools.slice(1),
  ];
}
