import { basename } from 'node:path';
import { findInstallation } from './installation.mjs';
import * as story from './story.mjs';
import { createTerminal, leaderboardPrinter } from './terminal.mjs';

/** Runs the whole story and shows each step with its page in the console. */
export async function tellStory({ file, target, budgetSeconds, url, token }) {
  const terminal = createTerminal();
  const startedAt = Date.now();
  const door = await findInstallation({ url, token });
  const client = await clientFor(door, budgetSeconds);
  const page = (path) => `${door.url}${path}`;
  terminal.fact('installation', door.url);

  terminal.step('Create a project');
  const stamp = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const project = await story.newProject(client, `Quick start ${stamp}`);
  terminal.fact('project', project.name);
  terminal.link(page(`/p/${project.id}`));

  const { dataset, chosen } = await showData({ client, terminal, page, project, file, target });
  const version = await showTraining({ client, terminal, page, project, dataset, chosen, budgetSeconds });
  await showEndpoint({ client, terminal, page, project, version, url: door.url });

  terminal.line();
  terminal.line(`Done in ${Math.round((Date.now() - startedAt) / 1000)} s. Everything stays in the project.`);
}

/** A session from a link ends after 15 minutes: a longer run gets a token of its own, which ends after a day. */
async function clientFor(door, budgetSeconds) {
  const client = await story.connect(door);
  if (door.token || budgetSeconds < 600) return client;
  return story.connect({ url: door.url, token: await story.newToken(client, 'Quick start', 1) });
}

async function showData({ client, terminal, page, project, file, target }) {
  terminal.step(`Upload ${basename(file)}`);
  const dataset = await story.uploadTable(client, project.id, file);
  terminal.fact('table', `${dataset.rows} rows, ${dataset.columns} columns`);
  terminal.fact('sha-256', dataset.contentSha256);
  terminal.link(page(`/p/${project.id}/data/${dataset.id}`));

  terminal.step('Read the profile');
  const suggestion = dataset.targetSuggestion;
  const chosen = target ?? suggestion?.column;
  if (!chosen) throw new story.StoryError('No column looks like a target: name one with --target.');
  const profile = await story.profileOf(client, dataset.id, chosen);
  for (const flag of profile.flags) {
    terminal.warn(`${flag.column ? `${flag.column}: ` : ''}${flag.title}. ${flag.reason}`);
  }
  if (profile.flags.length === 0) terminal.line('   No warnings.');
  if (profile.targetProblem) throw new story.StoryError(`${chosen}: ${profile.targetProblem}`);
  await story.chooseTarget(client, dataset.id, chosen);
  terminal.fact('target', target ? `${chosen}, as asked for` : `${chosen}: ${suggestion.reason}`);
  return { dataset, chosen };
}

async function showTraining({ client, terminal, page, project, dataset, chosen, budgetSeconds }) {
  terminal.step(`Train for about ${budgetSeconds} s`);
  const run = await story.startRun(client, project.id, {
    datasetId: dataset.id,
    target: chosen,
    budgetSeconds,
  });
  terminal.link(page(`/p/${project.id}/runs/${run.id}`));
  const ended = await story.followRun(client, run.id, leaderboardPrinter(terminal, run.metric.label));

  terminal.step('Look at the model');
  const version = await story.modelVersion(client, ended.modelVersionId);
  terminal.fact('winner', version.winner?.label ?? ended.winnerCandidateId);
  terminal.fact('result', version.sentence);
  for (const metric of version.metrics.slice(0, 3)) {
    const range = metric.low == null ? '' : `  (95 %: ${metric.low.toFixed(4)} to ${metric.high.toFixed(4)})`;
    terminal.fact(metric.name, `${metric.value.toFixed(4)}${range}`);
  }
  terminal.link(page(`/p/${project.id}/models/${version.modelId}`));
  return version;
}

async function showEndpoint({ client, terminal, page, project, version, url }) {
  terminal.step('Deploy it');
  const deployment = await story.deploy(client, project.id, version.id);
  terminal.fact('endpoint', deployment.predictUrl);
  terminal.link(page(`/p/${project.id}/deployments/${deployment.id}`));

  terminal.step('Predict a row it has never seen');
  const row = version.contract.example;
  const reply = await story.predictRows(client, deployment.id, [row]);
  terminal.fact(version.target, answer(reply.predictions[0]));
  terminal.fact('took', `${reply.latency_ms.toFixed(1)} ms`);

  terminal.step('Call it from outside, with a key');
  const key = await story.newKey(client, deployment.id, 'Quick start');
  terminal.line('   The key is shown once. This is the call for a terminal:');
  terminal.block(key.curl);
  const outside = await story.predictRows(story.clientWithKey(url, key.key), deployment.endpointSlug, [row]);
  terminal.fact('answer', answer(outside.predictions[0]));

  terminal.step('Find the call in the log');
  const entry = await story.loggedRequest(client, deployment.id, outside.request_id);
  terminal.fact('request', entry.requestId);
  terminal.fact(
    'logged',
    `${entry.at}  status ${entry.status}  ${entry.latencyMs.toFixed(1)} ms  by key "${entry.caller.name}"`,
  );
}

function answer({ prediction, probabilities }) {
  const share = probabilities?.[String(prediction)];
  return share === undefined ? String(prediction) : `${prediction} (${(share * 100).toFixed(1)} %)`;
}
