/**
 * Real attempts to break out of a container of the product, or to use up what others need, each seen to fail (T01, T02,
 * T04, T05, I2, I3). The containers are started through the product's own adapter with the product's posture; canaries on
 * the host tell whether anything arrived. A privileged container proves that the attempts would notice an open way.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import Docker from 'dockerode';
import {
  assertPosture,
  DockerContainerRuntime,
  listenForContainer,
} from '../libs/container-runtime/dist/index.js';
import { LOCAL_ATTEMPTS, NETWORK_ATTEMPTS } from './escapes/attempts.mjs';
import { EXHAUSTIONS, LIMITS } from './escapes/exhaustion.mjs';
import { HARNESS } from './escapes/harness.py.mjs';

const ENGINE_SOCKET = process.env.DOCKER_SOCKET ?? '/var/run/docker.sock';
const SIBLING_PORT = 4711;
const SECRET = `canary-${process.pid}-${Date.now()}`;
/**
 * A bridge without an address still hears broadcasts: on the sandbox network a container can drop a datagram into a
 * service of the host that listens on all addresses, without ever getting an answer. Without a network card it cannot.
 */
const ONE_WAY = /^datagram from /;
const docker = new Docker({ socketPath: ENGINE_SOCKET });
const inspect = (id) => docker.getContainer(id).inspect();

let folder;
let runtime;
let canary;
let datagrams;
let api;
let facts;
let mountsBefore;
const arrived = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mw-escapes-'));
  for (const name of ['data', 'control', 'workspace', 'run', 'other']) mkdirSync(join(folder, name));
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'workspace'), 0o777);
  writeFileSync(join(folder, 'data/dataset.csv'), 'a,b\n1,2\n');
  writeFileSync(join(folder, 'other/secret.txt'), SECRET);
  process.env.MODELWRIGHT_CANARY = SECRET;
  mountsBefore = hostMounts();

  canary = createServer((socket) => {
    arrived.push(socket.remoteAddress);
    socket.destroy();
  }).listen(0, '0.0.0.0');
  await once(canary, 'listening');
  datagrams = createSocket('udp4');
  datagrams.on('message', (message, from) => {
    arrived.push(`datagram from ${from.address}`);
    datagrams.send(message, from.port, from.address);
  });
  datagrams.bind(0, '0.0.0.0');
  await once(datagrams, 'listening');
  for (const address of hostAddresses()) datagrams.addMembership('239.255.255.250', address);
  const abstract = createServer(() => arrived.push('abstract socket')).listen(`\0${SECRET}`);
  await once(abstract, 'listening');
  after(() => abstract.close());
  api = await listenForContainer({ socketPath: join(folder, 'run/api.sock') });

  runtime = new DockerContainerRuntime({
    installationId: `escapes-${process.pid}`,
    socketPath: ENGINE_SOCKET,
    allowedMountRoots: ['data', 'control', 'workspace', 'run'].map((name) => join(folder, name)),
  });
  const sibling = await startSibling();
  facts = {
    hostAddresses: hostAddresses(),
    hostPort: canary.address().port,
    hostDatagramPort: datagrams.address().port,
    abstractSocket: SECRET,
    engineSocket: ENGINE_SOCKET,
    otherProjectFile: join(folder, 'other/secret.txt'),
    hostPid: process.pid,
    secret: SECRET,
    siblingAddress: sibling,
    siblingPort: SIBLING_PORT,
  };
});

after(async () => {
  for (const { id } of await runtime.list()) await runtime.remove(id);
  await runtime.close();
  await api.close();
  canary.close();
  datagrams.close();
  rmSync(folder, { recursive: true });
});

for (const network of ['none', 'execution']) {
  describe(`a way out with network "${network}"`, () => {
    const attempts = network === 'none' ? [...NETWORK_ATTEMPTS, ...LOCAL_ATTEMPTS] : NETWORK_ATTEMPTS;
    let outcomes;
    before(async () => {
      outcomes = await runAttempts(attempts, network);
    });
    for (const { name, refusedBy } of attempts) {
      test(`is closed: ${name}`, () => {
        const { outcome, errno = null, detail } = outcomes.get(name) ?? {};
        assert.equal(outcome, 'refused', detail);
        assert.ok(refusedBy.includes(errno), `refused for another reason than expected: ${detail}`);
      });
    }
    test('and nothing has arrived at the canaries of the host', () => {
      const expected = network === 'none' ? [] : arrived.filter((what) => ONE_WAY.test(what));
      assert.deepEqual(arrived.splice(0), expected);
    });
  });
}

describe('exhaustion', () => {
  for (const [index, { name, program, limits, check }] of EXHAUSTIONS.entries()) {
    test(name, async () => {
      const id = await start(`exhaustion-${index}`, ['python', '-c', program], {
        limits: { ...LIMITS, ...limits },
      });
      const exit = await runtime.wait(id, { signal: AbortSignal.timeout(60_000) });
      const lines = [];
      for await (const line of runtime.logs(id)) lines.push(line.text);
      check({ exit, lines, logBytes: lines.reduce((sum, line) => sum + line.length + 1, 0) });
      await runtime.remove(id);
    });
  }

  test('another container starts and works while bombs go off', async () => {
    const bomb = `
import os
while True:
    try: os.fork()
    except OSError: pass`;
    const bombs = await Promise.all([1, 2].map((n) => start(`bomb-${n}`, ['python', '-c', bomb])));
    const id = await start('neighbour', ['python', '-c', 'print(6 * 7)']);
    assert.equal((await runtime.wait(id, { signal: AbortSignal.timeout(60_000) })).reason, 'completed');
    for (const each of [...bombs, id]) await runtime.remove(each);
  });
});

describe('afterwards', () => {
  test('nothing has arrived at the canaries of the host since', () => assert.deepEqual(arrived, []));

  test("the other project's file and the dataset are as they were", () => {
    assert.equal(readFileSync(facts.otherProjectFile, 'utf8'), SECRET);
    assert.equal(readFileSync(join(folder, 'data/dataset.csv'), 'utf8'), 'a,b\n1,2\n');
  });

  test('the container can still use the socket of the API, and only in its own role', async () => {
    const served = await start('served', [
      'python',
      '-c',
      `
import socket
s = socket.socket(socket.AF_UNIX); s.connect("/run/modelwright/api.sock")
s.recv(65536); s.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok"); s.recv(1)`,
    ]);
    const reply = await api.request({ method: 'GET', path: '/', deadlineMs: 20_000 });
    assert.equal(reply.body.toString(), 'ok');
    await runtime.remove(served);
  });

  test('no mount and no container is left over', async () => {
    for (const { id } of await runtime.list()) await runtime.remove(id);
    assert.deepEqual(await runtime.list(), []);
    assert.deepEqual(hostMounts(), mountsBefore);
  });
});

describe('control', () => {
  test('in a container without the posture the attempts succeed, so they would notice an open way', async () => {
    const attempts = [...NETWORK_ATTEMPTS, ...LOCAL_ATTEMPTS].filter(({ control }) => control);
    assert.ok(attempts.length >= 20);
    writePlan(attempts);
    const name = `mw-escapes-control-${process.pid}`;
    const network = await docker.createNetwork({ Name: name });
    after(() => network.remove());
    const container = await docker.createContainer({
      name,
      Image: 'automl-python-runtime:3.11',
      Entrypoint: ['python'],
      Cmd: ['-c', HARNESS],
      User: '0:0',
      HostConfig: {
        NetworkMode: name,
        CapAdd: ['SYS_ADMIN', 'SYS_NICE', 'SYS_PTRACE', 'SYSLOG'],
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        Binds: [`${join(folder, 'data')}:/data:ro`, `${join(folder, 'workspace')}:/workspace`],
      },
    });
    after(() => container.remove({ force: true }));
    await container.start();
    await container.wait();
    const log = await container.logs({ stdout: true, stderr: true });
    const outcomes = parseOutcomes(log.toString('latin1').match(/\{"name".*\}/g) ?? []);
    const held = attempts.filter(({ name }) => outcomes.get(name)?.outcome !== 'escaped');
    assert.deepEqual(
      held.map(({ name }) => outcomes.get(name) ?? name),
      [],
    );
    assert.ok(arrived.length > 0, 'the canaries notice what arrives');
    const inspected = await inspect(container.id);
    assert.throws(() => assertPosture(inspected), /read-only-root[^]*no-capabilities-added[^]*seccomp/);
  });
});

async function start(owner, command, { limits = LIMITS, network = 'none' } = {}) {
  const id = await runtime.start({
    kind: 'probe',
    ownerId: owner,
    projectId: 'escapes',
    generation: process.pid,
    command,
    env: {},
    mounts: [
      mount('dataset', 'data', '/data', true),
      mount('control', 'control', '/control', true),
      mount('workspace', 'workspace', '/workspace', false),
      mount('socket', 'run', '/run/modelwright', true),
    ],
    limits,
    network,
  });
  assertPosture(await inspect(id));
  return id;
}

function mount(purpose, name, containerPath, readOnly) {
  return { purpose, hostPath: join(folder, name), containerPath, readOnly };
}

async function runAttempts(attempts, network) {
  writePlan(attempts);
  const limits = { ...LIMITS, memoryMb: 512, pids: 100 };
  const id = await start(`attempts-${network}`, ['python', '-c', HARNESS], { limits, network });
  const exit = await runtime.wait(id, { signal: AbortSignal.timeout(120_000) });
  const lines = [];
  for await (const { text } of runtime.logs(id)) lines.push(text);
  assert.equal(exit.reason, 'completed', `${exit.message}\n${lines.slice(-20).join('\n')}`);
  await runtime.remove(id);
  return parseOutcomes(lines);
}

function writePlan(attempts) {
  writeFileSync(join(folder, 'data/attempts.json'), JSON.stringify({ attempts, facts }));
}

function parseOutcomes(lines) {
  return new Map(lines.map((line) => JSON.parse(line)).map((outcome) => [outcome.name, outcome]));
}

/** A container of another project that listens on the sandbox network; resolves to its address there. */
async function startSibling() {
  const serve = `
import socket
s = socket.socket(); s.bind(("0.0.0.0", ${SIBLING_PORT})); s.listen(); print("listening", flush=True)
while True: s.accept()`;
  const id = await start('sibling', ['python', '-c', serve], { network: 'execution' });
  for await (const line of runtime.logs(id, { follow: true })) if (line.text === 'listening') break;
  const { NetworkSettings } = await inspect(id);
  const address = Object.values(NetworkSettings.Networks)[0].IPAddress;
  assert.match(address, /^\d+\.\d+\.\d+\.\d+$/);
  return address;
}

function hostAddresses() {
  const all = Object.values(networkInterfaces()).flat();
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}

/** Mount points of the host, without those that the engine makes for running containers. */
function hostMounts() {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return lines
    .map((line) => line.split(' ')[1])
    .filter((path) => path && !/docker|containerd|netns/.test(path));
}
