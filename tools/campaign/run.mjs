/** `npm run campaign -- NAME` runs one long test; without a name it lists them. The short forms belong to `npm test`. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeBinary, toolEnvironment } from '../launch/node24.mjs';
import { findExecutable, repositoryRoot } from '../launch/paths.mjs';

const CAMPAIGNS = {
  fuzz: {
    what: 'generated requests against every operation (FUZZ_REQUESTS=250000, FUZZ_SEED: another each time)',
    command: () => nodeTest('fuzz', { FUZZ_REQUESTS: '250000', FUZZ_SEED: String(randomInt(2 ** 31)) }),
  },
  kill: {
    what: 'SIGKILL at every crash point (KILL_ROUNDS=3)',
    command: () => nodeTest('kill', { KILL_ROUNDS: '3' }),
  },
  escapes: {
    what: 'attempts to break out of a container, or to use up what others need',
    command: () => nodeTest('escapes', {}),
  },
  faults: {
    what: 'API, container, PostgreSQL and engine killed in turn under 100 predictions a second (--rounds 100)',
    command: () => ({
      program: nodeBinary(),
      args: [join('tools', 'campaign', 'faults.mjs'), ...process.argv.slice(3)],
      env: toolEnvironment(),
    }),
  },
  floors: {
    what: 'training on the real tables of ../shared/datasets against their floors (FLOORS_BUDGET=60 seconds each)',
    command: floors,
  },
};

function nodeTest(name, defaults) {
  const file = join('e2e', `${name}.e2e.mjs`);
  return {
    program: nodeBinary(),
    args: ['--test', '--test-reporter=spec', file],
    // What the person set wins.
    env: { ...defaults, ...toolEnvironment() },
  };
}

/** In the runtime image, with the limits of a real training container: two cores, no network, read-only. */
function floors() {
  const docker = findExecutable('docker');
  if (!docker) throw new Error('The docker command is missing; npm start installs it where it can.');
  const datasets = join(dirname(repositoryRoot), 'shared', 'datasets');
  if (!existsSync(datasets)) throw new Error(`${datasets} is missing: this campaign trains on its tables.`);
  const limits = ['--cpus', '2', '--memory', '4g', '--memory-swap', '4g', '--pids-limit', '512'];
  const posture = ['--network', 'none', '--read-only', '--cap-drop', 'ALL', '--user', '10001:10001'];
  const rights = ['--security-opt', 'no-new-privileges', '--shm-size', '64m', '--init', '--rm'];
  const mounts = [
    `--volume=${join(repositoryRoot, 'docker/runtime')}:/campaign/repository/docker/runtime:ro`,
    `--volume=${datasets}:/campaign/shared/datasets:ro`,
    '--tmpfs=/tmp:exec,nosuid,nodev,size=2g,mode=1777',
  ];
  const folder = '/campaign/repository/docker/runtime/tests/training';
  const image = process.env.DOCKER_IMAGE || 'automl-python-runtime:3.11';
  const budget = process.env.FLOORS_BUDGET || '60';
  return {
    program: docker,
    args: [
      'run',
      ...rights,
      ...limits,
      ...posture,
      ...mounts,
      '--workdir=/campaign/repository/docker/runtime',
      `--env=PYTHONPATH=${folder}`,
      image,
      'python',
      `${folder}/floors.py`,
      '--budget',
      budget,
    ],
    env: toolEnvironment(),
  };
}

function run({ program, args, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: repositoryRoot, env, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

const [name] = process.argv.slice(2);
if (!name || !Object.hasOwn(CAMPAIGNS, name)) {
  if (name) process.stderr.write(`There is no campaign ${name}.\n`);
  for (const [campaign, { what }] of Object.entries(CAMPAIGNS)) console.log(`${campaign.padEnd(10)} ${what}`);
  process.exitCode = name ? 2 : 0;
} else {
  try {
    process.exitCode = await run(CAMPAIGNS[name].command());
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
