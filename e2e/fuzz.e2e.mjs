/**
 * G01 in short form: requests made from the OpenAPI document, valid, spoiled and hostile. Nothing a caller sends may
 * bring a 5xx, an answer that is not a problem document, or the end of the process.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client } from './support/client.mjs';
import { operationsOf, requestFor } from './support/openapi-requests.mjs';
import { randomSource } from './support/schema-values.mjs';
import { furnishedProject, signInFirst } from './support/world.mjs';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 6_000);
/** The same requests each time; the campaign takes others each time. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_121);
const MANNERS = ['valid', 'spoiled', 'spoiled', 'hostile', 'hostile'];
const LANES = 8;
/** These end the session, the installation's work or a stream that does not end by itself; they have tests of their own. */
const LEFT_OUT = new Set([
  'signOut',
  'signOutEverywhere',
  'setFreeze',
  'streamRunEvents',
  'streamDeploymentLogs',
  'setPassword',
  'deleteProject',
]);

let installation;
let client;
let document;
let known;

before(async () => {
  installation = await startInstallation({ env: { NODE_ENV: 'test' } });
  client = await signInFirst(installation);
  document = await client.get('/api/openapi.json');
  const world = await furnishedProject(client, 'fuzz');
  known = {
    projectId: world.project.id,
    datasetId: world.dataset.id,
    runId: world.run.id,
    modelId: world.version.modelId,
    modelVersionId: world.version.id,
    analysisId: world.analysis.id,
    deploymentId: world.deployment.id,
    keyId: world.key.id,
  };
});
after(() => installation?.stop());

test(`${REQUESTS} generated requests bring no 5xx and no undocumented kind of answer (G01)`, async () => {
  console.log(`# seed ${SEED}`);
  const random = randomSource(SEED);
  const targets = operationsOf(document).filter((target) => !LEFT_OUT.has(target.operationId));
  const pid = installation.api.pid;
  const faults = [];
  const statuses = new Map();
  let sent = 0;
  const lane = async () => {
    while (sent < REQUESTS && faults.length < 20) {
      const target = targets[sent % targets.length];
      sent += 1;
      // What is taken away early cannot be tried by the requests after it.
      const reachable = /^(delete|revoke|remove)/.test(target.operationId)
        ? { projectId: known.projectId }
        : known;
      const request = requestFor(document, target, random.pick(MANNERS), random, reachable);
      const fault = await faultOf(request, target, random.chance(0.9), statuses);
      if (fault) faults.push(fault);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  console.log(
    `# ${sent} requests to ${targets.length} operations; ${[...statuses]
      .sort()
      .map(([status, count]) => `${status}: ${count}`)
      .join(', ')}`,
  );
  for (const line of errorsInLog(faults)) console.log(`# ${line}`);
  assert.deepEqual(faults, []);
  assert.equal(installation.api.pid, pid, 'the process was replaced');
  assert.equal((await new Client(installation.url).send('GET', '/api/health/live')).status, 200);
});

/** What the API wrote about the requests that went wrong. */
function errorsInLog(faults) {
  const ids = faults.flatMap((fault) => /"requestId":"([0-9a-f-]+)/.exec(fault)?.[1] ?? []);
  const lines = ids.length === 0 ? [] : installation.log().split('\n');
  return lines
    .filter((line) => line.includes('"err"') && ids.some((id) => line.includes(id)))
    .map((line) => line.slice(0, 1500));
}

/** Their protocols say with 503 that an endpoint is not ready, whatever was asked. */
const TELL_READINESS = new Set([
  'inferenceModelReady',
  'inferenceModelVersionReady',
  'mlflowHealth',
  'mlflowPing',
]);

async function faultOf(request, target, signedIn, statuses) {
  const response = await send(request, signedIn);
  if (typeof response === 'string') return `${request.method} ${request.url}: ${response}`;
  statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  const shown = `${target.operationId}: ${request.method} ${request.url.slice(0, 200)} ${JSON.stringify(request.headers)} ${String(request.body).slice(0, 300)} -> ${response.status} ${response.text.slice(0, 300)}`;
  if (response.status === 503 && TELL_READINESS.has(target.operationId)) return undefined;
  if (response.status >= 500) return shown;
  // Open Inference v2 has a form of its own for errors.
  const isForeign = target.path.startsWith('/v2');
  const type = isForeign ? 'application/json' : 'application/problem+json';
  if (response.status >= 400 && !response.type.startsWith(type))
    return `not an error as documented: ${shown}`;
  return undefined;
}

/** A text is a transport error that no answer explains. */
async function send({ method, url, headers, body }, signedIn) {
  const credential = signedIn ? { authorization: `Bearer ${client.token}` } : {};
  let options;
  try {
    options = {
      method,
      headers: new Headers({ ...headers, ...credential }),
      body,
      signal: AbortSignal.timeout(30_000),
    };
  } catch {
    return { status: 0, type: '', text: 'the client refuses to send such a header' };
  }
  try {
    const response = await fetch(`${installation.url}${url}`, options);
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    };
  } catch (error) {
    return `${error.message} ${error.cause?.message ?? ''}`;
  }
}
