/**
 * `npm run campaign -- faults [--rounds 100] [--seed 1]`: API, model container, PostgreSQL and container engine are
 * killed in turn, at random moments, while 100 predictions a second arrive at a compiled endpoint and at one that is
 * served by a container. Every answer is compared with the right one, every acknowledged call is looked for in the log.
 * The engine is one of our own in a temporary folder, so that nobody else's containers are touched.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { eventually } from '../../e2e/support/client.mjs';
import { endpointsUnderTest, leftovers } from '../../e2e/support/endpoints-under-test.mjs';
import { compareWithLog, SteadyTraffic } from '../../e2e/support/steady-traffic.mjs';
import { randomSource } from '../../e2e/support/schema-values.mjs';
import { repositoryRoot } from '../launch/paths.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { OwnEngine } from './own-engine.mjs';

const PER_SECOND = 100;
/** From one fault to the next: no fault may look like the repetition of the one before. */
const ROUND_MS = { least: 15_000, more: 4_000 };
const BACK_WITHIN_S = 15;
const FAULTS = ['api', 'container', 'postgres', 'engine'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    image: { type: 'string', default: process.env.DOCKER_IMAGE || 'automl-python-runtime:3.11' },
  },
});
const rounds = Number(values.rounds);
const random = randomSource(Number(values.seed));
const say = (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

const engine = new OwnEngine();
let installation;
let stopping = false;

async function campaign() {
  say('Training and importing the two models.');
  const world = await endpointsUnderTest(installation);
  const traffic = new SteadyTraffic({ url: installation.url, targets: world.targets, perSecond: PER_SECOND });
  const results = [];
  traffic.start();
  try {
    if (!(await traffic.steady())) throw new Error('The endpoints do not answer before the first fault.');
    for (let round = 1; round <= rounds && !stopping; round++) {
      const fault = FAULTS[(round - 1) % FAULTS.length];
      results.push(await oneRound(round, fault, world, traffic));
      if (!results.at(-1).back) break;
    }
  } finally {
    await traffic.stop();
  }
  return report(await verdict(world, traffic, results));
}

async function oneRound(round, fault, world, traffic) {
  const earliest = Date.now() + ROUND_MS.least + random.next() * ROUND_MS.more;
  const what = await KILL[fault](round, world, traffic);
  const recovery = await traffic.steady();
  const worst = (figure) => Math.max(...Object.values(recovery ?? {}).map((seen) => seen[figure])) / 1_000;
  const line = recovery
    ? `first right answers after ${worst('firstRightMs').toFixed(2)} s, trouble for ${worst('troubleMs').toFixed(2)} s`
    : 'NOT BACK';
  say(`${String(round).padStart(3)} ${what.padEnd(36)} ${line}`);
  if (recovery) await delay(Math.max(0, earliest - Date.now()));
  return {
    fault,
    back: Boolean(recovery),
    firstRightS: recovery ? worst('firstRightMs') : Infinity,
    troubleS: recovery ? worst('troubleMs') : Infinity,
  };
}

/** Each marks the moment from which on nothing is as it was. */
const KILL = {
  async api(_round, _world, traffic) {
    process.kill(installation.api.pid, 'SIGKILL');
    traffic.mark();
    return 'API: SIGKILL';
  },
  async container(_round, { byContainer }, traffic) {
    const [container] = await runningContainers(byContainer.id);
    await engine.docker('kill', container.Id);
    traffic.mark();
    return 'container: docker kill';
  },
  async postgres(_round, _world, traffic) {
    process.kill(installation.postgres.pid, 'SIGQUIT');
    traffic.mark();
    return 'PostgreSQL: immediate stop';
  },
  /** In every other round containers survive the engine, in the others they end with it. */
  async engine(round, _world, traffic) {
    const liveRestore = round % (2 * FAULTS.length) !== 0;
    await engine.kill();
    traffic.mark();
    await delay(200 + random.next() * 2_000);
    await engine.start({ liveRestore });
    traffic.countFromNow();
    return `engine: SIGKILL, containers ${liveRestore ? 'survive' : 'end'}`;
  },
};

/** A container may just be on its way when the moment has come. */
function runningContainers(id) {
  return eventually('a running container of the endpoint', async () => {
    const containers = await installation.containers();
    const own = containers.filter(
      ({ Labels, State }) => Labels['org.modelwright.owner'] === id && State === 'running',
    );
    return own.length > 0 ? own : undefined;
  });
}

async function verdict(world, traffic, results) {
  const database = new pg.Client({ connectionString: installation.databaseUrl });
  await database.connect();
  const log = { lost: 0, duplicates: 0, countedTwice: 0, acknowledged: 0 };
  try {
    for (const target of world.targets) {
      const acknowledged = traffic.acknowledged.get(target.name);
      let seen;
      await eventually('the log to be complete', async () => {
        seen = await compareWithLog(database, target, acknowledged);
        return seen.lost.length === 0;
      }).catch(() => say(`${target.name}: ${seen.lost.length} calls are not in the log, as ${seen.lost[0]}`));
      log.lost += seen.lost.length;
      log.duplicates += seen.duplicates;
      log.countedTwice += Math.abs(seen.countedTwice);
      log.acknowledged += seen.acknowledged;
    }
  } finally {
    await database.end();
  }
  for (const { id } of world.targets) await world.client.delete(`/api/deployments/${id}`);
  let orphans = [];
  await eventually('everything of the endpoints to be gone', async () => {
    orphans = await leftovers(installation);
    return orphans.length === 0;
  }).catch(() => say(`Left over: ${orphans.join(', ')}`));
  return { traffic, results, log, orphans };
}

function report({ traffic, results, log, orphans }) {
  const by = (fault, figure) =>
    results
      .filter((result) => fault === undefined || result.fault === fault)
      .map((result) => result[figure])
      .sort((a, b) => a - b);
  const p95 = (values) => values[Math.max(0, Math.ceil(0.95 * values.length) - 1)] ?? 0;
  const max = (values) => values.at(-1) ?? 0;
  const figures = {
    bench: 'faults',
    at: new Date().toISOString(),
    rounds: results.length,
    predictions: traffic.sent,
    acknowledged: log.acknowledged,
    wrong_answers: traffic.wrong.length,
    dishonest_answers: traffic.dishonest.length,
    lost_rows: log.lost,
    duplicate_rows: log.duplicates,
    miscounted_rows: log.countedTwice,
    orphans: orphans.length,
    slowest_recovery_s: max(by(undefined, 'troubleS')),
  };
  console.log('\nfault       rounds  first right: p95   max  end of trouble: p95   max (seconds)');
  for (const fault of FAULTS) {
    const [first, trouble] = [by(fault, 'firstRightS'), by(fault, 'troubleS')];
    figures[`slowest_recovery_s_${fault}`] = max(trouble);
    figures[`p95_recovery_s_${fault}`] = p95(trouble);
    figures[`slowest_first_right_s_${fault}`] = max(first);
    const shown = [p95(first), max(first), p95(trouble), max(trouble)].map((value) => value.toFixed(2));
    console.log(
      `${fault.padEnd(11)} ${String(first.length).padStart(6)} ${shown[0].padStart(17)} ${shown[1].padStart(6)} ${shown[2].padStart(19)} ${shown[3].padStart(6)}`,
    );
  }
  const folder = join(repositoryRoot, '.bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'faults.json'), `${JSON.stringify(figures, null, 2)}\n`);
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(32)} ${value}`);
  console.log(`failed calls by kind: ${JSON.stringify(traffic.failures)}`);
  for (const kind of ['wrong', 'dishonest'])
    for (const one of traffic[kind].slice(0, 5)) console.log(`${kind}: ${JSON.stringify(one)}`);
  const nothing = [
    'wrong_answers',
    'dishonest_answers',
    'lost_rows',
    'duplicate_rows',
    'miscounted_rows',
    'orphans',
  ];
  const isGood =
    nothing.every((name) => figures[name] === 0) &&
    figures.slowest_recovery_s <= BACK_WITHIN_S &&
    results.length > 0;
  return isGood ? 0 : 1;
}

process.once('SIGINT', () => {
  stopping = true;
  say('Ending after this round.');
});
try {
  say('Starting an engine of our own and copying the runtime image into it.');
  await engine.start({ liveRestore: true });
  await engine.takeImage(values.image);
  installation = await startInstallation({
    durable: true,
    supervised: true,
    env: { DOCKER_HOST: engine.address, DOCKER_IMAGE: values.image },
  });
  process.exitCode = await campaign();
} catch (error) {
  const told =
    installation
      ?.log()
      .split('\n')
      .filter((line) => line.includes('"level":"error"')) ?? [];
  console.error(error, told.slice(-3).join('\n'));
  process.exitCode = 1;
} finally {
  try {
    await installation?.stop();
  } finally {
    await engine.remove();
  }
}
