import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppConfig } from '../config/app-config.js';
import { NameResolver } from './name-resolver.js';
import { faultOfUrl, OutboundHttp } from './outbound-http.js';

/** Answers with what the test says, one answer after the other; the last one stays. */
class ScriptedResolver extends NameResolver {
  readonly asked: string[] = [];

  constructor(private readonly answers: readonly (readonly string[])[]) {
    super();
  }

  resolve(name: string): Promise<readonly string[]> {
    const answer = this.answers[Math.min(this.asked.length, this.answers.length - 1)] ?? [];
    this.asked.push(name);
    return Promise.resolve(answer);
  }
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** A server that counts whoever connects, so that a dial cannot hide. */
async function listen(
  host: string,
  handler: RequestListener,
  port = 0,
): Promise<{ port: number; dials: () => number }> {
  let dials = 0;
  const server = createServer(handler).on('connection', () => dials++);
  servers.push(server);
  server.listen(port, host);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, dials: () => dials };
}

function outbound(
  allowed: readonly string[],
  resolver: NameResolver = new ScriptedResolver([]),
): OutboundHttp {
  const base = AppConfig.forDocuments();
  const config = Object.assign(Object.create(Object.getPrototypeOf(base) as object) as AppConfig, base, {
    webhooks: { allowedNetworks: allowed },
  });
  return new OutboundHttp(config, resolver);
}

const call = (url: string, change: Record<string, unknown> = {}) => ({
  url,
  headers: { 'content-type': 'text/plain' },
  body: 'hello',
  timeoutMs: 10_000,
  maxBytes: 1_000,
  ...change,
});
const ok: RequestListener = (_request, response) => response.end('taken');

describe('calls to addresses of users (I9, T38)', () => {
  it('go to the address that was judged, with the name in the Host header', async () => {
    let host: string | undefined;
    const { port } = await listen('127.0.0.2', (request, response) => {
      host = request.headers.host;
      response.end('taken');
    });
    const http = outbound(['127.0.0.2'], new ScriptedResolver([['127.0.0.2']]));
    expect(await http.post(call(`http://hooks.example.test:${port}/a`))).toEqual({
      status: 200,
      body: 'taken',
    });
    expect(host).toBe(`hooks.example.test:${port}`);
  });

  it('are not moved by a name that means something else a moment later (DNS rebinding)', async () => {
    const good = await listen('127.0.0.2', ok);
    const inner = await listen('127.0.0.1', ok, good.port);
    const resolver = new ScriptedResolver([['127.0.0.2'], ['127.0.0.1']]);
    const http = outbound(['127.0.0.2'], resolver);
    const url = `http://rebind.example.test:${good.port}/`;
    await http.post(call(url));
    expect(resolver.asked).toHaveLength(1);
    await expect(http.post(call(url))).rejects.toMatchObject({ kind: 'address-refused' });
    expect([good.dials(), inner.dials()]).toEqual([1, 0]);
  });

  it('are refused when any of the addresses of a name is forbidden', async () => {
    const { port, dials } = await listen('127.0.0.2', ok);
    const http = outbound(['127.0.0.2'], new ScriptedResolver([['127.0.0.2', '10.0.0.1']]));
    await expect(http.post(call(`http://mixed.example.test:${port}/`))).rejects.toMatchObject({
      kind: 'address-refused',
    });
    expect(dials()).toBe(0);
  });

  it('never reach this machine, however its address is spelt', async () => {
    const four = await listen('127.0.0.1', ok);
    const six = await listen('::1', ok, four.port);
    const hosts = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '017700000001',
      '127.0.0.1.',
      '0.0.0.0',
      '0',
      '[::1]',
      '[::]',
      '[0:0:0:0:0:0:0:1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::ffff:0:7f00:1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '①②⑦.⓪.⓪.①',
      '127。0。0。1',
    ];
    const http = outbound([]);
    for (const host of hosts) {
      const url = `http://${host}:${four.port}/`;
      expect(http.faultOfLiteral(url) ?? '').toMatch(/^$|not|never/);
      await expect(http.post(call(url))).rejects.toMatchObject({ name: 'OutboundError' });
    }
    expect([four.dials(), six.dials()]).toEqual([0, 0]);
  });

  it('do not follow a redirect', async () => {
    const inner = await listen('127.0.0.1', ok);
    const { port } = await listen('127.0.0.2', (_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${inner.port}/` }).end();
    });
    const answer = await outbound(['127.0.0.0/8']).post(call(`http://127.0.0.2:${port}/`));
    expect(answer.status).toBe(307);
    expect(inner.dials()).toBe(0);
  });

  it('read no more of an answer than they want, even one without end', async () => {
    const { port } = await listen('127.0.0.1', (_request, response) => {
      const more = (): void =>
        void (response.writable && response.write('x'.repeat(10_000), () => setImmediate(more)));
      more();
    });
    const answer = await outbound(['127.0.0.1']).post(call(`http://127.0.0.1:${port}/`));
    expect(answer).toEqual({ status: 200, body: 'x'.repeat(1_000) });
  });

  it.each([
    ['silence', () => undefined],
    ['an answer that drips', (_request, response) => void response.write('x')],
  ] as [string, RequestListener][])('end after their time with %s', async (_, handler) => {
    const { port } = await listen('127.0.0.1', handler);
    const http = outbound(['127.0.0.1']);
    await expect(http.post(call(`http://127.0.0.1:${port}/`, { timeoutMs: 200 }))).rejects.toMatchObject({
      kind: 'timeout',
    });
  });

  it('end after their time when the name is never resolved', async () => {
    class Silent extends NameResolver {
      resolve(): Promise<readonly string[]> {
        return new Promise(() => undefined);
      }
    }
    const http = outbound([], new Silent());
    await expect(http.post(call('http://slow.example.test/', { timeoutMs: 100 }))).rejects.toMatchObject({
      kind: 'timeout',
    });
  });

  it('say what is wrong when nobody listens', async () => {
    const { port } = await listen('127.0.0.1', ok);
    servers.splice(0).forEach((server) => server.close());
    await expect(outbound(['127.0.0.1']).post(call(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    'ftp://a',
    'file:///etc/passwd',
    'http://a:b@c',
    'http://a@c',
    'http://a/#b',
    'a',
    '',
    'javascript:1',
  ])('do not accept %j as an address', (url) => {
    expect(faultOfUrl(url)).toBeDefined();
  });
});
