/**
 * `npm run bench -- busy`: predictions, one after another, of a compiled endpoint and of one that is served by a
 * container, while nothing else happens and while a run searches on all processors.
 */
import { endpointsUnderTest } from '../../e2e/support/endpoints-under-test.mjs';
import { eventually } from '../../e2e/support/client.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { httpLoad } from './load.mjs';
import { mixedRows, toCsv } from './mixed-table.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 4);
const SECONDS = 4;
const RUN_SECONDS = 120;

export async function run() {
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  try {
    return await measure(installation);
  } finally {
    await installation.stop();
  }
}

async function measure(installation) {
  const { client, project, targets } = await endpointsUnderTest(installation);
  const sides = Object.fromEntries(
    ['compiled', 'container'].map((name, place) => {
      const { slug, key, rows } = targets[place];
      return [
        name,
        {
          url: `${installation.url}/api/deployments/${slug}/predict`,
          headers: { authorization: `Bearer ${key}` },
          bodies: rows.map(({ body }) => body),
          mustSay: '"predictions"',
          connections: 1,
          seconds: SECONDS,
        },
      ];
    }),
  );
  const quiet = await rounds(sides);
  const dataset = await client.upload(project.id, toCsv(mixedRows(20_000)), { name: 'mixed.csv' });
  const searching = await client.post(`/api/projects/${project.id}/runs`, {
    datasetId: dataset.id,
    target: 'outcome',
    preset: 'custom',
    budgetSeconds: RUN_SECONDS,
  });
  await eventually(
    'the run to search',
    async () => ((await client.get(`/api/runs/${searching.id}`)).status === 'running' ? true : undefined),
    { seconds: 60, everyMs: 250 },
  );
  const busy = await rounds(sides);
  const { status } = await client.get(`/api/runs/${searching.id}`);
  if (status !== 'running') throw new Error('The run ended before the last call.');
  return figures(quiet, busy);
}

async function rounds(sides) {
  const results = { compiled: [], container: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, side] of Object.entries(sides)) results[name].push(await httpLoad(side));
  return results;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function figures(quiet, busy) {
  const found = {};
  for (const name of ['compiled', 'container'])
    for (const figure of ['p50Ms', 'p99Ms', 'failed']) {
      const before = median(quiet[name].map((one) => one[figure]));
      const during = median(busy[name].map((one) => one[figure]));
      found[`${name}_quiet_${figure}`] = before;
      found[`${name}_busy_${figure}`] = during;
      if (figure !== 'failed') found[`${name}_${figure}_ratio`] = during / before;
    }
  return found;
}
