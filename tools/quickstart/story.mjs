/** The way from a table to an endpoint in single steps, with nothing but the generated SDK. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createDeployment,
  createDeploymentKey,
  createModelwrightClient,
  createPersonalAccessToken,
  createProject,
  createRun,
  getDataset,
  getDatasetProfile,
  getDeployment,
  getModelVersion,
  getRun,
  listCandidates,
  listPredictionRequests,
  predict,
  redeemSignInLink,
  updateDataset,
  uploadDataset,
} from '../../libs/sdk/dist/index.js';

const ENDED = new Set(['succeeded', 'failed', 'cancelled']);

/** A call that the installation refused; `message` says what to do, `status` and `code` are the problem's. */
export class StoryError extends Error {
  constructor(message, { status = null, code = null, cause } = {}) {
    super(message, { cause });
    this.status = status;
    this.code = code;
  }
}

/**
 * The data of an SDK answer.
 * @param {Promise<{ data?: unknown, error?: unknown, response?: Response }>} call
 * @throws StoryError with the problem's own words
 */
export async function answerOf(call) {
  const { data, error, response } = await call;
  if (response?.ok) return data;
  if (!response)
    throw new StoryError(`The installation does not answer: ${reasonOf(error)}`, { cause: error });
  const fields = (error?.errors ?? []).map((item) => `  ${item.pointer}: ${item.detail}`);
  const text = [error?.detail ?? error?.title ?? `It answered ${response.status}.`, ...fields].join('\n');
  throw new StoryError(text, { status: response.status, code: error?.code ?? null });
}

const reasonOf = (error) => error?.cause?.code ?? error?.message ?? 'no reason given';

/**
 * A client for an installation.
 * @param {{ url: string, token?: string, link?: string }} door a token, or a one-time sign-in link
 */
export async function connect({ url, token, link }) {
  if (token) return createModelwrightClient({ baseUrl: url, token });
  const anonymous = createModelwrightClient({ baseUrl: url });
  const session = await answerOf(
    redeemSignInLink({ client: anonymous, body: { token: new URL(link).searchParams.get('token') } }),
  );
  return createModelwrightClient({ baseUrl: url, token: session.accessToken });
}

/** A personal access token that may do what its person may. */
export async function newToken(client, name, expiresInDays) {
  const body = { name, scopes: ['manage'], expiresInDays };
  return (await answerOf(createPersonalAccessToken({ client, body }))).token;
}

export const newProject = (client, name) => answerOf(createProject({ client, body: { name } }));

/** Uploads a CSV file and waits until it is a table. @throws StoryError with the reason when it cannot be read */
export async function uploadTable(client, projectId, path) {
  const file = new File([await readFile(path)], basename(path), { type: 'text/csv' });
  let dataset = await answerOf(
    uploadDataset({ client, path: { projectId }, query: { waitSeconds: 60 }, body: { file } }),
  );
  while (dataset.status === 'processing') {
    await delay(500);
    dataset = await answerOf(getDataset({ client, path: { datasetId: dataset.id } }));
  }
  if (dataset.status !== 'ready') {
    throw new StoryError(`The table cannot be used: ${dataset.failure?.detail ?? dataset.status}`);
  }
  return dataset;
}

/** The column profile, with the findings about this target. */
export const profileOf = (client, datasetId, target) =>
  answerOf(getDatasetProfile({ client, path: { datasetId }, query: target ? { target } : {} }));

/** Makes a column the target of a dataset. */
export const chooseTarget = (client, datasetId, target) =>
  answerOf(updateDataset({ client, path: { datasetId }, body: { target } }));

/** Queues a run on a dataset with a time budget in seconds; `request` adds fields of CreateRunRequest. */
export function startRun(client, projectId, { datasetId, target, budgetSeconds, ...request }) {
  const body = { datasetId, target, preset: 'custom', budgetSeconds, ...request };
  return answerOf(createRun({ client, path: { projectId }, body }));
}

/**
 * Follows a run by its server-sent events until it has ended and its model is registered.
 * @param {(event: { type: string, data: unknown }) => void} [onEvent] every event, the first being `snapshot`
 * @returns {Promise<object>} the run
 * @throws StoryError with the reason when it made no model
 */
export async function followRun(client, runId, onEvent = () => {}) {
  const ending = new AbortController();
  let broken = null;
  const { stream } = await client.sse.get({
    url: '/api/runs/{runId}/events',
    path: { runId },
    signal: ending.signal,
    sseDefaultRetryDelay: 500,
    sseMaxRetryAttempts: 8,
    onSseError: (error) => (broken = error),
    onSseEvent: ({ event, data }) => {
      broken = null;
      // Keep-alives and the server's wish for a delay before coming back carry nothing.
      if (event === undefined) return;
      onEvent({ type: event, data });
      if (event === 'end') ending.abort();
    },
  });
  for await (const _ of stream) if (ending.signal.aborted) break;
  ending.abort();
  for (;;) {
    const run = await answerOf(getRun({ client, path: { runId } }));
    if (run.status === 'succeeded' && run.modelVersionId) return run;
    if (ENDED.has(run.status) && run.status !== 'succeeded') throw new StoryError(whyNoModel(run));
    if (broken && !ENDED.has(run.status)) onEvent({ type: 'run', data: run });
    await delay(500);
  }
}

const whyNoModel = (run) => `The run ${run.status}: ${run.failure?.message ?? 'no reason given'}`;

export const leaderboard = async (client, runId) =>
  (await answerOf(listCandidates({ client, path: { runId } }))).items;

export const modelVersion = (client, modelVersionId) =>
  answerOf(getModelVersion({ client, path: { modelVersionId } }));

/** Serves a model version and waits until it answers. @throws StoryError with the reason and the last log lines */
export async function deploy(client, projectId, modelVersionId, request = {}) {
  const created = await answerOf(
    createDeployment({ client, path: { projectId }, body: { modelVersionId, ...request } }),
  );
  for (;;) {
    const deployment = await answerOf(getDeployment({ client, path: { deploymentId: created.id } }));
    if (deployment.observedState === 'ready') return deployment;
    if (deployment.observedState === 'failed') {
      throw new StoryError(
        [`The deployment failed: ${deployment.failureReason}`, ...deployment.lastLogLines].join('\n  '),
      );
    }
    await delay(200);
  }
}

/** Predicts rows as whoever the client is. */
export const predictRows = (client, idOrSlug, rows) =>
  answerOf(predict({ client, path: { deploymentId: idOrSlug }, body: { rows } }));

export const newKey = (client, deploymentId, name) =>
  answerOf(createDeploymentKey({ client, path: { deploymentId }, body: { name } }));

/** A client that holds a deployment's key and nothing else. */
export const clientWithKey = (url, key) => createModelwrightClient({ baseUrl: url, token: key });

/** The log entry of a call; it is written in batches, so it may come a moment later. */
export async function loggedRequest(client, deploymentId, requestId, { seconds = 15 } = {}) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const page = await answerOf(listPredictionRequests({ client, path: { deploymentId } }));
    const entry = page.items.find((item) => item.requestId === requestId);
    if (entry) return entry;
    if (Date.now() > end) throw new StoryError(`The call ${requestId} is not in the log after ${seconds} s.`);
    await delay(250);
  }
}
