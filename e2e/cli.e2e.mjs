/** The command line: the tour of docs/cli.md as it stands there, and what it says when something is wrong. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildProgram } from '../apps/cli/dist/program.js';
import { Session } from '../apps/cli/dist/session/session.js';
import { nodeBinary } from '../tools/launch/node24.mjs';
import { repositoryRoot } from '../tools/launch/paths.mjs';
import { freePort } from '../tools/launch/postgres-cluster.mjs';
import { startInstallation } from '../tools/launch/testing.mjs';
import { smallTable } from './support/world.mjs';

const documentation = readFileSync(join(repositoryRoot, 'docs/cli.md'), 'utf8');
const steps = [...documentation.matchAll(/^```sh tour\n([^]*?)^```/gm)].map(([, code]) => code);
const program = join(repositoryRoot, 'apps/cli/bin/modelwright.mjs');
const MARK = '----- step';
/** Steps of the tour up to the predictions; the rest takes everything down again. */
const PREDICTED = 8;

let installation;
let folder;
let bench;

/** An environment in which nobody has signed in yet. */
function environment(name, more = {}) {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(MODELWRIGHT_|XDG_|NODE_TEST_CONTEXT)/.test(key)),
  );
  return {
    ...clean,
    PATH: `${dirname(nodeBinary())}:${process.env.PATH}`,
    XDG_CONFIG_HOME: join(folder, name),
    TMPDIR: folder,
    ...more,
  };
}

/** Ends with what the program said; never rejects. */
function modelwright(args, { env, input = '' }) {
  return new Promise((resolve) => {
    const child = execFile(
      nodeBinary(),
      [program, ...args],
      { env, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** What must go well, as JSON. */
async function json(args, options) {
  const { code, stdout, stderr } = await modelwright([...args, '--json'], options);
  assert.equal(code, 0, `modelwright ${args.join(' ')}\n${stderr}`);
  return JSON.parse(stdout);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modelwright-cli-'));
  installation = await startInstallation();
  const link = await installation.signInLink();
  const env = environment('bench', { MODELWRIGHT_URL: installation.url });
  const { stderr, code } = await modelwright(['login'], { env, input: `${link}\n` });
  assert.equal(code, 0, stderr);
  bench = { env };
  writeFileSync(join(folder, 'small.csv'), smallTable({ rows: 120 }));
});
after(async () => {
  await installation?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe('the tour of docs/cli.md', () => {
  let said;

  const shell = (from, to) => {
    const script = steps
      .slice(from, to)
      .map((code, step) => `printf '\\n${MARK} ${step + 1}\\n'\n${code}`)
      .join('\n');
    return new Promise((resolve, reject) => {
      execFile(
        '/bin/bash',
        ['-euo', 'pipefail', '-c', script],
        { cwd: repositoryRoot, env: tour, timeout: 300_000, maxBuffer: 64 << 20 },
        (error, stdout, stderr) =>
          error
            ? reject(new Error(`The tour ended with ${error.code}:\n${stdout}\n${stderr}`))
            : resolve({ stdout, stderr, steps: stdout.split(new RegExp(`^${MARK} \\d+\n`, 'm')).slice(1) }),
      );
    });
  };
  let tour;

  before(async () => {
    const bin = join(repositoryRoot, 'node_modules/.bin');
    const env = environment('tour', { LINK: await installation.signInLink() });
    tour = { ...env, PATH: `${bin}:${env.PATH}` };
    said = await shell(0, PREDICTED);
  });

  test('shows no command that is not run', () => {
    assert.equal([...documentation.matchAll(/^```(?:sh|bash)/gm)].length, steps.length);
    assert.equal(said.steps.length, PREDICTED);
    assert.equal(steps.length, PREDICTED + 3);
  });

  test('lists the columns of the table and its warnings (D1)', () => {
    assert.match(said.steps[2], /monthly_fee +number/);
    assert.match(said.steps[2], /customer_id/);
    assert.equal(
      readFileSync(join(folder, 'customers.csv'), 'utf8'),
      readFileSync(join(repositoryRoot, 'samples/customer-churn.csv'), 'utf8'),
    );
  });

  test('follows the run to its model, with the talk on standard error', () => {
    assert.match(said.steps[3], /Status +succeeded/);
    assert.match(said.steps[3], /RANK +CANDIDATE/);
    assert.match(said.stderr, /… search/);
    assert.ok(JSON.parse(readFileSync(join(folder, 'first.ipynb'), 'utf8')).cells.length > 1);
  });

  test('predicts every row of the CSV in its order (M10)', () => {
    const [head, ...lines] = readFileSync(join(folder, 'predictions.csv'), 'utf8').trimEnd().split('\n');
    assert.equal(head, 'prediction,probability_no,probability_yes');
    assert.equal(lines.length, 5000);
    const streamed = said.steps[7].split('\n').filter((line) => line.startsWith('{'));
    assert.deepEqual(
      streamed.map((line) => JSON.parse(line).prediction),
      lines.slice(0, 2).map((line) => line.split(',')[0]),
    );
  });

  test('names refused rows by their number in the file, after the batches before (M10)', async () => {
    const lines = readFileSync(join(folder, 'customers.csv'), 'utf8').split('\n').slice(0, 31);
    const cells = lines[25].split(',');
    lines[25] = cells.with(lines[0].split(',').indexOf('tenure_months'), 'soon').join(',');
    const args = ['predict', 'churn-tour', '--batch', '10', '-'];
    const refused = await modelwright(args, { env: tour, input: lines.join('\n') });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /row 25, tenure_months/);
    assert.equal(refused.stdout.trimEnd().split('\n').length, 21);
  });

  test('looks after the endpoint, deletes what it made and forgets the sign-in', async () => {
    const config = join(folder, 'tour/modelwright/config.json');
    assert.equal(statSync(config).mode & 0o777, 0o600);
    const { stdout } = await shell(PREDICTED, steps.length);
    assert.match(stdout, new RegExp(`${installation.url}/p/\\S+/deployments/\\S+`));
    assert.match(stdout, /primary\s+\S.*:2\s+ready\s+100/);
    assert.match(stdout, /primary\s+\S.*:1\s+ready\s+100/);
    assert.match(stdout, /"database"/);
    assert.throws(() => statSync(config), { code: 'ENOENT' });
  });

  test('knows every command of the program, and no other', () => {
    const io = {
      stdout: process.stdout,
      stderr: process.stderr,
      env: {},
      signal: new AbortController().signal,
    };
    const there = buildProgram(new Session(io)).commands.flatMap((command) => {
      const below = command.commands.map((verb) => `${command.name()} ${verb.name()}`);
      return below.length > 0 ? below : [command.name()];
    });
    const rows = documentation.split('## Commands')[1].split('\n## ')[0].split('\n');
    const documented = rows
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => {
        const [first, ...others] = [...line.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name);
        const [noun, verb] = first.split(' ');
        return verb ? [first, ...others.map((other) => `${noun} ${other}`)] : [first, ...others];
      });
    assert.deepEqual(there.filter((name) => !name.startsWith('__')).sort(), documented.sort());
  });
});

describe('when something is wrong', () => {
  before(async () => {
    await json(['projects', 'create', 'wrong', '--use'], bench);
    const file = join(folder, 'small.csv');
    const upload = ['data', 'upload', file, '--wait', '--allow-duplicate'];
    await json([...upload, '--name', 'Twin'], bench);
    await json([...upload, '--name', 'TWIN'], bench);
  });

  test('a wrong token ends with 3 and says how to sign in', async () => {
    const env = { ...bench.env, MODELWRIGHT_TOKEN: 'mwp_wrong' };
    const { code, stdout, stderr } = await modelwright(['projects', 'list'], { env });
    assert.equal(code, 3);
    assert.equal(stdout, '');
    assert.match(stderr, /modelwright login/);
    assert.match(stderr, /request id: \S+/);
  });

  test('nobody signed in ends with 3, and the stored token goes to no other address', async () => {
    const seen = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const env = { ...bench.env, MODELWRIGHT_URL: `http://127.0.0.1:${other.address().port}` };
      assert.equal((await modelwright(['whoami'], { env })).code, 3);
      assert.deepEqual(seen, []);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  test('a server that is away ends with 3', async () => {
    const away = `http://127.0.0.1:${await freePort(null)}`;
    const env = { ...bench.env, MODELWRIGHT_URL: away, MODELWRIGHT_TOKEN: 'mwp_any' };
    const { code, stderr } = await modelwright(['whoami'], { env });
    assert.equal(code, 3);
    assert.match(stderr, /does not answer[^]*ECONNREFUSED/);
  });

  test('a missing file and a token on the command line end with 2', async () => {
    const missing = await modelwright(['data', 'upload', join(folder, 'none.csv')], bench);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /none\.csv cannot be read/);
    const shown = await modelwright(['login', '--token', 'mwp_secret'], bench);
    assert.equal(shown.code, 2);
    assert.doesNotMatch(shown.stderr, /mwp_secret/);
  });

  test('an ambiguous name ends with 2 and lists the candidates', async () => {
    const { code, stderr } = await modelwright(['data', 'show', 'twin'], bench);
    assert.equal(code, 2);
    assert.match(stderr, /"twin" names 2 datasets/);
    const { items } = await json(['data', 'list'], bench);
    for (const { id } of items) assert.ok(stderr.includes(id), `${id} is a candidate`);
  });

  test('an unknown target is refused with 1 and the fields, as JSON too', async () => {
    const { items } = await json(['data', 'list'], bench);
    const args = ['runs', 'start', '--data', items[0].id, '--target', 'churn', '--budget', '10s', '--json'];
    const { code, stdout, stderr } = await modelwright(args, bench);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    const { error } = JSON.parse(stderr);
    assert.ok(error.requestId && error.title && error.exitCode === 1);
  });

  test('Ctrl-C leaves the run going and says how to follow it again', async () => {
    const { items } = await json(['data', 'list'], bench);
    const start = ['--data', items[0].id, '--target', 'churned', '--budget', '60s', '--family', 'linear'];
    const child = spawn(nodeBinary(), [program, 'runs', 'start', ...start, '--follow'], {
      env: bench.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      if (stderr === '') child.kill('SIGINT');
      stderr += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(code, 130, stderr);
    const [, id] = /modelwright runs follow (\S+)/.exec(stderr);
    assert.ok(['queued', 'running'].includes((await json(['runs', 'show', id], bench)).status));

    await json(['runs', 'cancel', id], bench);
    const followed = await modelwright(['runs', 'follow', id, '--json'], bench);
    assert.equal(followed.code, 1, 'a run without a model is no success');
    const events = followed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(events[0].type, 'snapshot');
    assert.equal(events.at(-1).data.status, 'cancelled');
  });
});
