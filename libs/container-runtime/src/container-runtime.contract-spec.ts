import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { ContainerRuntime } from './container-runtime.js';
import type { ContainerSpec, LogLine } from './container.types.js';
import { DockerContainerRuntime } from './docker/docker-container-runtime.js';
import { FakeContainerRuntime } from './fake/fake-container-runtime.js';
import { fakePrograms } from './fake/fake-programs.js';
import type { FakeProgram } from './fake/fake-container.js';

/** The same programs twice: in Python for the engine, in TypeScript for the fake. */
const PROGRAMS = {
  completes: {
    python: `import sys; print('one'); print('two'); print('oops', file=sys.stderr)`,
    fake: (process) => {
      process.log('one\ntwo');
      process.log('oops', 'stderr');
      return Promise.resolve(0);
    },
  },
  endsWithThree: { python: `raise SystemExit(3)`, fake: fakePrograms.exits(3) },
  stopsWhenAsked: {
    python: `
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print('ready', flush=True)
time.sleep(600)`,
    fake: fakePrograms.runsUntilStopped(0, { lines: ['ready'] }),
  },
  ignoresStop: {
    python: `
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('ready', flush=True)
time.sleep(600)`,
    fake: (process) => {
      process.log('ready');
      return fakePrograms.ignoresStop()(process);
    },
  },
  runsOutOfMemory: {
    python: `print('ready', flush=True); x = bytearray(1 << 30); x[::4096] = b'1' * len(x[::4096])`,
    fake: fakePrograms.runsOutOfMemory(),
  },
  countsSignals: {
    python: `
import signal, time
signal.signal(signal.SIGUSR1, lambda *_: print('got SIGUSR1', flush=True))
print('ready', flush=True)
for _ in range(6000): time.sleep(0.1)`,
    fake: (process) => {
      process.onSignal((signal) => process.log(`got ${signal}`));
      return fakePrograms.runsUntilStopped(143, { lines: ['ready'] })(process);
    },
  },
  talks: {
    python: `
import time
for i in range(40): print('line', i, flush=True); time.sleep(0.01)`,
    fake: async (process) => {
      for (let i = 0; i < 40; i++) {
        process.log(`line ${i}`);
        await delay(1);
      }
      return 0;
    },
  },
} satisfies Record<string, { python: string; fake: FakeProgram }>;

type ProgramName = keyof typeof PROGRAMS;

interface Adapter {
  runtime: ContainerRuntime;
  /** Makes the command that runs one of the programs. */
  command: (program: ProgramName) => string[];
}

let workspace: string;

const ADAPTERS: Record<string, () => Adapter> = {
  FakeContainerRuntime: () => ({
    runtime: new FakeContainerRuntime().program('*', (process) => {
      const name = process.spec.command.at(-1) as ProgramName;
      return PROGRAMS[name].fake(process);
    }),
    command: (program) => ['fake', program],
  }),
  DockerContainerRuntime: () => ({
    runtime: new DockerContainerRuntime({
      installationId: `contract-${process.pid}`,
      allowedMountRoots: [workspace],
    }),
    command: (program) => ['python', '-c', PROGRAMS[program].python],
  }),
};

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'mw-contract-'));
});

afterAll(async () => {
  await rm(workspace, { recursive: true });
});

describe.each(Object.entries(ADAPTERS))('%s', (_name, makeAdapter) => {
  let runtime: ContainerRuntime;
  let command: Adapter['command'];
  let owners = 0;

  const specOf = (program: ProgramName, more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    kind: 'probe',
    ownerId: `owner-${process.pid}-${++owners}`,
    projectId: 'project-1',
    generation: 1,
    command: command(program),
    env: {},
    mounts: [{ purpose: 'workspace', hostPath: workspace, containerPath: '/workspace', readOnly: false }],
    limits: { memoryMb: 128, cpuPercent: 100, pids: 32, tmpfsMb: 16, fileSizeMb: 16 },
    ...more,
  });
  const start = (program: ProgramName, more?: Partial<ContainerSpec>): Promise<string> =>
    runtime.start(specOf(program, more));
  /** Starts a program and waits until it has said that it is ready. */
  const startReady = async (program: ProgramName): Promise<string> => {
    const id = await start(program);
    for await (const line of runtime.logs(id, { follow: true })) if (line.text === 'ready') break;
    return id;
  };

  beforeAll(() => {
    ({ runtime, command } = makeAdapter());
  });

  afterAll(async () => {
    for (const { id } of await runtime.list()) await runtime.remove(id);
    await runtime.close();
  });

  it('tells state and abilities of its engine', async () => {
    await runtime.ping();
    expect(await runtime.info()).toMatchObject({
      state: 'ok',
      features: expect.arrayContaining(['seccomp']),
    });
  });

  it('tells what is in the runtime image', async () => {
    expect(await runtime.imageStatus()).toMatchObject({
      reference: 'automl-python-runtime:3.11',
      present: true,
      runtimeVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it('offers a network from which nothing can be reached', async () => {
    expect(await runtime.ensureSandboxNetwork()).toMatchObject({
      present: true,
      isolated: true,
      findings: [],
    });
  });

  it('names a container after kind, owner and generation', async () => {
    const spec = specOf('completes', { generation: 7 });
    expect(await runtime.start(spec)).toBe(`mw-probe-${spec.ownerId}-7`);
  });

  it('tells a program that completed, with its times', async () => {
    const id = await start('completes');
    const exit = await runtime.wait(id);
    expect(exit).toMatchObject({ exitCode: 0, oomKilled: false, reason: 'completed' });
    const status = await runtime.inspect(id);
    expect(status).toMatchObject({
      id,
      kind: 'probe',
      projectId: 'project-1',
      generation: 1,
      state: 'exited',
      exit,
      pid: null,
    });
    expect(status.finishedAt?.getTime()).toBeGreaterThanOrEqual(status.startedAt?.getTime() ?? Infinity);
  });

  it('tells a program that failed by its exit code', async () => {
    const exit = await runtime.wait(await start('endsWithThree'));
    expect(exit).toMatchObject({ exitCode: 3, reason: 'failed', message: expect.stringContaining('3') });
  });

  it('tells a program that ran out of memory from one that was killed', async () => {
    const starved = await runtime.wait(await start('runsOutOfMemory'));
    expect(starved).toMatchObject({ exitCode: 137, oomKilled: true, reason: 'out-of-memory' });
    const id = await startReady('ignoresStop');
    await runtime.kill(id);
    expect((await runtime.inspect(id)).exit).toMatchObject({
      exitCode: 137,
      oomKilled: false,
      reason: 'killed',
    });
  });

  it('ends a program at its time limit and says so', async () => {
    const limits = { ...specOf('ignoresStop').limits, timeoutSeconds: 1 };
    const exit = await runtime.wait(await start('ignoresStop', { limits }));
    expect(exit).toMatchObject({ reason: 'time-limit', message: expect.stringContaining('limit 1 s') });
  });

  it('returns the same container when a start is repeated, running or ended', async () => {
    const spec = specOf('stopsWhenAsked');
    const id = await runtime.start(spec);
    const { startedAt } = await runtime.inspect(id);
    expect(await runtime.start(spec)).toBe(id);
    await runtime.kill(id);
    expect(await runtime.start(spec)).toBe(id);
    expect(await runtime.inspect(id)).toMatchObject({ state: 'exited', startedAt });
  });

  it('starts one container when the same start is made many times at once', async () => {
    const spec = specOf('stopsWhenAsked');
    const ids = await Promise.all(Array.from({ length: 5 }, () => runtime.start(spec)));
    expect(new Set(ids).size).toBe(1);
    expect(await runtime.list({ ownerId: spec.ownerId })).toHaveLength(1);
    await runtime.remove(ids[0] ?? '');
  });

  it('starts another container for the next generation', async () => {
    const spec = specOf('completes');
    await runtime.start(spec);
    await runtime.start({ ...spec, generation: 2 });
    const found = await runtime.list({ ownerId: spec.ownerId });
    expect(found.map(({ generation }) => generation).sort()).toEqual([1, 2]);
  });

  it('lists by kind and owner', async () => {
    const spec = specOf('completes', { kind: 'training' });
    await runtime.start(spec);
    expect(await runtime.list({ kind: 'training' })).toMatchObject([
      { ownerId: spec.ownerId, projectId: 'project-1' },
    ]);
    expect(await runtime.list({ kind: 'serving', ownerId: spec.ownerId })).toEqual([]);
  });

  it('stops a program that obeys, and stopping it again is fine', async () => {
    const id = await startReady('stopsWhenAsked');
    await runtime.stop(id, { graceSeconds: 10 });
    expect((await runtime.inspect(id)).exit).toMatchObject({ exitCode: 0 });
    await runtime.stop(id, { graceSeconds: 10 });
  });

  it('kills a program that does not obey, after the grace period', async () => {
    const id = await startReady('ignoresStop');
    await runtime.stop(id, { graceSeconds: 1 });
    expect((await runtime.inspect(id)).exit).toMatchObject({ exitCode: 137, reason: 'killed' });
  });

  it('delivers a signal to the program, and refuses one for a program that has ended', async () => {
    const id = await startReady('countsSignals');
    await runtime.signal(id, 'SIGUSR1');
    const follow = new AbortController();
    for await (const line of runtime.logs(id, { follow: true, signal: follow.signal })) {
      if (line.text === 'got SIGUSR1') follow.abort();
    }
    expect(follow.signal.aborted).toBe(true);
    await runtime.kill(id);
    await runtime.kill(id);
    await expect(runtime.signal(id, 'SIGUSR1')).rejects.toMatchObject({ code: 'container-conflict' });
  });

  it('removes a running container, and removing it again is fine', async () => {
    const id = await start('stopsWhenAsked');
    await runtime.remove(id);
    await runtime.remove(id);
    await expect(runtime.inspect(id)).rejects.toMatchObject({ code: 'container-not-found' });
  });

  it.each(['mw-probe-nobody-1', '../images/json', '', 'a b'])('knows no container %j', async (id) => {
    const missing = { code: 'container-not-found' };
    await expect(runtime.inspect(id)).rejects.toMatchObject(missing);
    await expect(runtime.wait(id)).rejects.toMatchObject(missing);
    await expect(runtime.stop(id, { graceSeconds: 0 })).rejects.toMatchObject(missing);
    await expect(runtime.kill(id)).rejects.toMatchObject(missing);
    await expect(runtime.signal(id, 'SIGTERM')).rejects.toMatchObject(missing);
    await expect(all(runtime.logs(id))).rejects.toMatchObject(missing);
    await runtime.remove(id);
  });

  it('tells lines of both streams apart, with numbers that grow', async () => {
    const id = await start('completes');
    await runtime.wait(id);
    const lines = await all(runtime.logs(id));
    expect(textsOf(lines, 'stdout')).toEqual(['one', 'two']);
    expect(textsOf(lines, 'stderr')).toEqual(['oops']);
    expect(lines.map(({ seq }) => seq)).toEqual(
      [...new Set(lines.map(({ seq }) => seq))].sort((a, b) => a - b),
    );
  });

  it('reads on after any line without a gap or a repeat', async () => {
    const id = await start('talks');
    await runtime.wait(id);
    const lines = await all(runtime.logs(id));
    expect(lines).toHaveLength(40);
    for (const index of [0, 1, 17, 38, 39]) {
      const rest = await all(runtime.logs(id, { sinceSeq: lines[index]?.seq, follow: index % 2 === 0 }));
      expect(rest).toEqual(lines.slice(index + 1));
    }
  });

  it('follows a log to the end of the program, from its tail too', async () => {
    const id = await start('talks');
    expect(await all(runtime.logs(id, { follow: true }))).toHaveLength(40);
    const tail = await all(runtime.logs(id, { tail: 3 }));
    expect(tail.map(({ text }) => text)).toEqual(['line 37', 'line 38', 'line 39']);
    expect(await all(runtime.logs(id, { tail: 2, follow: true }))).toEqual(tail.slice(1));
  });

  it('ends following without an error when the signal aborts', async () => {
    const id = await startReady('stopsWhenAsked');
    const lines = await all(runtime.logs(id, { follow: true, signal: AbortSignal.timeout(200) }));
    expect(textsOf(lines, 'stdout')).toEqual(['ready']);
  });

  it('measures a running container and ends when it ends', async () => {
    const id = await startReady('stopsWhenAsked');
    let samples = 0;
    for await (const sample of runtime.stats(id)) {
      expect(sample.memoryLimitBytes).toBe(128 * 1024 * 1024);
      expect(sample.memoryBytes).toBeGreaterThan(0);
      expect(sample.pids).toBeGreaterThan(0);
      if (++samples === 1) await runtime.kill(id);
    }
    expect(samples).toBeGreaterThanOrEqual(1);
  });

  it('ends waiting with the reason of the signal, and leaves the container alone', async () => {
    const id = await startReady('stopsWhenAsked');
    const waiting = new AbortController();
    const wait = runtime.wait(id, { signal: waiting.signal });
    waiting.abort(new Error('not interested any more'));
    await expect(wait).rejects.toThrow('not interested any more');
    expect(await runtime.inspect(id)).toMatchObject({ state: 'running', exit: null });
  });

  const refusals: [string, Partial<ContainerSpec>][] = [
    ['no command', { command: [] }],
    ['a NUL in the command', { command: ['python', 'a\0b'] }],
    ['a path as owner', { ownerId: '../other' }],
    ['a negative generation', { generation: -1 }],
    ['the host network', { network: 'host' as 'none' }],
    ['an environment that changes the loader', { env: { LD_PRELOAD: '/workspace/evil.so' } }],
    ['an environment name with "="', { env: { 'A=B': 'c' } }],
    ['no memory limit', { limits: { memoryMb: 0, cpuPercent: 100, pids: 32, tmpfsMb: 16, fileSizeMb: 1 } }],
    [
      'unlimited processes',
      { limits: { memoryMb: 128, cpuPercent: 100, pids: -1, tmpfsMb: 16, fileSizeMb: 1 } },
    ],
    [
      'endless CPU',
      { limits: { memoryMb: 128, cpuPercent: Infinity, pids: 32, tmpfsMb: 16, fileSizeMb: 1 } },
    ],
    [
      'more scratch space than memory',
      { limits: { memoryMb: 128, cpuPercent: 100, pids: 32, tmpfsMb: 128, fileSizeMb: 1 } },
    ],
    [
      'a mount over /etc',
      { mounts: [{ purpose: 'x', hostPath: '/tmp', containerPath: '/etc', readOnly: true }] },
    ],
    [
      'a mount path that climbs',
      { mounts: [{ purpose: 'x', hostPath: '/tmp', containerPath: '/data/../etc', readOnly: true }] },
    ],
    [
      'a writable model',
      { mounts: [{ purpose: 'x', hostPath: '/tmp', containerPath: '/model', readOnly: false }] },
    ],
    [
      'a relative host path',
      { mounts: [{ purpose: 'x', hostPath: 'tmp', containerPath: '/data', readOnly: true }] },
    ],
  ];
  it.each(refusals)('starts nothing for a specification with %s', async (_what, change) => {
    await expect(start('completes', change)).rejects.toMatchObject({ code: 'invalid-spec' });
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function textsOf(lines: readonly LogLine[], stream: 'stdout' | 'stderr'): string[] {
  return lines.filter((line) => line.stream === stream).map(({ text }) => text);
}
