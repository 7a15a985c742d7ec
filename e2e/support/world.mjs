import { Client, eventually } from './client.mjs';
import { randomSource } from './schema-values.mjs';

/** A small table with a signal, an identifier and gaps; the same for the same seed. */
export function smallTable({ rows = 300, seed = 7 } = {}) {
  const random = randomSource(seed);
  const lines = ['customer,plan,months,spend,churned'];
  for (let row = 0; row < rows; row++) {
    const plan = random.pick(['basic', 'plus', 'pro']);
    const months = random.below(60);
    const spend = (10 + random.next() * 90).toFixed(2);
    const leaves = random.next() < (plan === 'basic' ? 0.6 : 0.2) - months / 200;
    lines.push(
      `C-${String(row).padStart(5, '0')},${plan},${random.chance(0.03) ? '' : months},${spend},${leaves ? 'yes' : 'no'}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Signs in the first person of a fresh installation by its one-time link. */
export async function signInFirst(installation) {
  const link = new URL(await installation.signInLink());
  const anonymous = new Client(installation.url);
  const session = await anonymous.post('/api/auth/redeem-link', { token: link.searchParams.get('token') });
  return anonymous.as(session.accessToken);
}

/** Another person, invited by an administrator. */
export async function invite(admin, name) {
  const email = `${name}@example.test`;
  const invitation = await admin.post('/api/users', { email, displayName: name });
  const token = new URL(invitation.inviteUrl).searchParams.get('token');
  const session = await new Client(admin.url).post('/api/auth/redeem-link', { token });
  return { client: admin.as(session.accessToken), id: session.user.id, email };
}

export const QUICK_RUN = {
  target: 'churned',
  preset: 'custom',
  budgetSeconds: 15,
  families: ['baseline', 'linear'],
};

export async function finishedRun(client, projectId, datasetId, request = QUICK_RUN) {
  const run = await client.post(`/api/projects/${projectId}/runs`, { datasetId, ...request });
  return eventually(
    `run ${run.id} to end`,
    async () => {
      const now = await client.get(`/api/runs/${run.id}`);
      if (now.status === 'failed') throw new Error(`The run failed: ${JSON.stringify(now.failure)}`);
      return now.status === 'succeeded' && now.modelVersionId ? now : undefined;
    },
    { seconds: 180, everyMs: 500 },
  );
}

/** With a container, also where the model answers compiled: the suites look at containers and their logs. */
export async function readyDeployment(client, projectId, modelVersionId, request = {}) {
  const deployment = await client.post(`/api/projects/${projectId}/deployments`, {
    modelVersionId,
    containerMode: 'always',
    ...request,
  });
  return eventually(
    `deployment ${deployment.id} to be ready`,
    async () => {
      const now = await client.get(`/api/deployments/${deployment.id}`);
      return now.observedState === 'ready' ? now : undefined;
    },
    { seconds: 90 },
  );
}

/** A project with one of each thing. */
export async function furnishedProject(client, name) {
  const project = await client.post('/api/projects', { name });
  const dataset = await client.upload(project.id, smallTable(), { name: `${name}.csv` });
  const run = await finishedRun(client, project.id, dataset.id);
  const version = await client.get(`/api/model-versions/${run.modelVersionId}`);
  const deployment = await readyDeployment(client, project.id, version.id, {
    endpointSlug: `${name}-endpoint`,
  });
  const key = await client.post(`/api/deployments/${deployment.id}/keys`, { name: 'test' });
  const analysis = await client.post(`/api/model-versions/${version.id}/analyses`, { kind: 'shap_row' });
  return { project, dataset, run, version, deployment, key, analysis };
}
