import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ContainerSpec } from '../container.types.js';
import { DockerContainerRuntime } from './docker-container-runtime.js';

const spec: ContainerSpec = {
  kind: 'probe',
  ownerId: 'o',
  projectId: 'p',
  generation: 1,
  command: ['true'],
  env: {},
  mounts: [],
  limits: { memoryMb: 64, cpuPercent: 100, pids: 16, tmpfsMb: 8, fileSizeMb: 8 },
};

let folder: string;
let engine: Server;
let runtime: DockerContainerRuntime;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-engine-'));
  requests = [];
  const socketPath = join(folder, 'engine.sock');
  engine = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`);
    answer(request, response);
  }).listen(socketPath);
  await once(engine, 'listening');
  runtime = new DockerContainerRuntime({
    installationId: 'i',
    allowedMountRoots: [],
    socketPath,
    callTimeoutMs: 100,
  });
});

afterEach(async () => {
  await runtime.close();
  engine.closeAllConnections();
  engine.close();
  await once(engine, 'close');
  await rm(folder, { recursive: true });
});

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('an engine that misbehaves (F15)', () => {
  it('that hangs makes every verb give up in time, and soon at once', async () => {
    answer = () => undefined;
    const unreachable = {
      code: 'runtime-unreachable',
      message: expect.stringContaining('Check that Docker runs'),
    };
    await expect(runtime.ping()).rejects.toMatchObject(unreachable);
    await expect(runtime.list()).rejects.toMatchObject(unreachable);
    await expect(runtime.start(spec)).rejects.toMatchObject(unreachable);
    const asked = requests.length;
    await expect(runtime.imageStatus()).rejects.toMatchObject(unreachable);
    await expect(runtime.remove('mw-probe-o-1')).rejects.toMatchObject(unreachable);
    expect(requests.length).toBe(asked);
    expect(await runtime.info()).toMatchObject({
      state: 'unavailable',
      reason: expect.stringContaining('not answer'),
    });
  });

  it('that breaks off in the middle of an answer counts as unreachable', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"Id":');
      setImmediate(() => response.destroy());
    };
    await expect(runtime.ping()).rejects.toMatchObject({ code: 'runtime-unreachable' });
  });

  it('that breaks off while it measures ends the measuring with an error, and nothing else', async () => {
    const inspected = { Config: { Labels: { 'org.modelwright.installation': 'i' } } };
    answer = (request, response) => {
      if (!request.url?.includes('/stats')) return json(response, 200, inspected);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"read":', () => request.socket.destroy());
    };
    const measuring = runtime.stats('mw-probe-o-1')[Symbol.asyncIterator]();
    await expect(measuring.next()).rejects.toMatchObject({ code: 'runtime-unreachable' });
  });

  it('that is back after it was away is asked again at once', async () => {
    answer = (_request, response) => void response.writeHead(200).end('OK');
    engine.close();
    await once(engine, 'close');
    for (let call = 0; call < 5; call += 1)
      await expect(runtime.ping()).rejects.toMatchObject({ code: 'runtime-unreachable' });
    engine.listen(join(folder, 'engine.sock'));
    await once(engine, 'listening');
    await runtime.ping();
  });

  it('that answers 500 is told from one that is away', async () => {
    answer = (_request, response) => json(response, 500, { message: 'driver failed' });
    await expect(runtime.list()).rejects.toMatchObject({
      code: 'engine-error',
      message: expect.stringContaining('driver failed'),
    });
    await expect(runtime.start(spec)).rejects.toMatchObject({ code: 'engine-error' });
  });

  it('that is removing a container has no log of it to give', async () => {
    const dying = {
      Name: '/mw-probe-o-1',
      State: { Status: 'removing', StartedAt: '2026-01-01T00:00:00Z', FinishedAt: '2026-01-01T00:00:01Z' },
      Config: {
        Labels: {
          'org.modelwright.installation': 'i',
          'org.modelwright.kind': 'probe',
          'org.modelwright.owner': 'o',
          'org.modelwright.project': 'p',
          'org.modelwright.generation': '1',
        },
      },
      HostConfig: { Memory: 0 },
    };
    answer = (request, response) =>
      request.url?.includes('/logs')
        ? json(response, 409, {
            message: 'can not get logs from container which is dead or marked for removal',
          })
        : json(response, 200, dying);
    const read = async () => {
      for await (const line of runtime.logs('mw-probe-o-1', { tail: 5 }))
        throw new Error(`a line: ${line.text}`);
    };
    await expect(read()).rejects.toMatchObject({ code: 'container-not-found' });
  });

  it('that has no runtime image is never asked to pull it (F17)', async () => {
    answer = (_request, response) => json(response, 404, { message: 'no such thing' });
    await expect(runtime.start(spec)).rejects.toMatchObject({ code: 'image-not-found' });
    expect(await runtime.imageStatus()).toMatchObject({ present: false, imageId: null });
    expect(requests.filter((request) => request.includes('create'))).toEqual([]);
  });

  it('that drops security fields in silence does not get to run the container', async () => {
    let made = false;
    const weak = {
      Name: '/mw-probe-o-1',
      State: { Status: 'created', StartedAt: '0001-01-01T00:00:00Z' },
      Config: { Labels: { 'org.modelwright.installation': 'i' } },
      HostConfig: { ReadonlyRootfs: true, CapDrop: null },
      Mounts: [],
    };
    answer = (request, response) => {
      if (request.url?.includes('/images/')) return json(response, 200, { Id: 'sha256:1' });
      if (request.url?.includes('/create')) {
        made = true;
        return json(response, 201, { Id: 'x' });
      }
      return made ? json(response, 200, weak) : json(response, 404, { message: 'no such container' });
    };
    await expect(runtime.start(spec)).rejects.toMatchObject({
      code: 'posture-refused',
      message: expect.stringMatching(/capabilities-dropped.*memory is not as asked for/),
    });
    expect(requests.filter((request) => request.endsWith('/start'))).toEqual([]);
    expect(requests.at(-1)).toBe('DELETE /v1.41/containers/mw-probe-o-1');
  });

  it('whose container of that name is of another installation is left alone (I4)', async () => {
    answer = (_request, response) =>
      json(response, 200, {
        Name: '/mw-probe-o-1',
        State: { Status: 'running' },
        Config: { Labels: { 'org.modelwright.installation': 'another' } },
      });
    await expect(runtime.start(spec)).rejects.toMatchObject({ code: 'container-conflict' });
    for (const verb of ['inspect', 'kill', 'wait'] as const) {
      await expect(runtime[verb]('mw-probe-o-1')).rejects.toMatchObject({ code: 'container-not-found' });
    }
    await runtime.remove('mw-probe-o-1');
    expect(requests.every((request) => request.startsWith('GET '))).toBe(true);
  });

  it('that is not there is explained', async () => {
    const away = new DockerContainerRuntime({
      installationId: 'i',
      allowedMountRoots: [],
      socketPath: join(folder, 'none.sock'),
    });
    await expect(away.ping()).rejects.toMatchObject({ code: 'runtime-unreachable' });
    expect(await away.info()).toMatchObject({ state: 'unavailable' });
  });

  it('is not waited for when the caller has gone', async () => {
    answer = () => undefined;
    const abort = new AbortController();
    const ping = runtime.ping({ signal: abort.signal });
    abort.abort(new Error('request was cancelled'));
    await expect(ping).rejects.toThrow('request was cancelled');
  });
});
