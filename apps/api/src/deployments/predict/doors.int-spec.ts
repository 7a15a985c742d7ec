import { createConnection, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { WirePredictions } from './wire-predictions.js';

jest.setTimeout(120_000);

/** How a call gets in: right on its connection, past the router, or through the router as every other request. */
const DOORS = ['wire', 'server', 'router'] as const;
type Door = (typeof DOORS)[number];

interface Place {
  readonly id: string;
  readonly slug: string;
  /** By what is particular about it; each has the same name at every door. */
  readonly keys: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let house: ServingHouse;
/** One endpoint for each door, alike but for their names. */
const places = new Map<Door, Place>();
const answeredOnWire = jest.spyOn(WirePredictions.prototype, 'answer');

beforeAll(async () => {
  house = await openServingHouse({ TRUST_PROXY: '1' }, { listen: 0 });
  house.compiledForms.set(house.modelVersionId, compiledFile(0.5));
  for (const door of DOORS) places.set(door, await arrange());
  // What the short ways need to know of an endpoint and its keys they learn from the first calls.
  for (const door of DOORS) for (let count = 0; count < 3; count++) await ask(door, callWith({}));
}, 120_000);
afterAll(() => house?.test.close());

async function arrange(): Promise<Place> {
  const { id, endpointSlug } = await house.createReady({ rateLimitPerMinute: 100_000 });
  const manage = (method: 'POST' | 'PATCH' | 'DELETE', rest: string, body?: unknown) =>
    house.test.request(method, `/api/deployments/${id}${rest}`, {
      headers: house.editor.headers,
      ...(body === undefined ? {} : { body }),
    });
  const make = async (name: string, more: Record<string, unknown> = {}) =>
    (await manage('POST', '/keys', { name, ...more })).body as { id: string; key: string };
  const [good, revoked, elsewhere, expired] = [
    await make('good'),
    await make('revoked'),
    await make('elsewhere', { allowedAddresses: ['198.51.100.0/24'] }),
    await make('expired'),
  ];
  await manage('DELETE', `/keys/${revoked.id}`);
  await house.test.dataSource.query(
    `UPDATE deployment_key SET expires_at = now() - interval '1 minute' WHERE id = $1`,
    [expired.id],
  );
  await manage('PATCH', '', { maskedColumns: ['months'] });
  const keys = { good: good.key, revoked: revoked.key, elsewhere: elsewhere.key, expired: expired.key };
  return { id, slug: endpointSlug, keys };
}

const place = (door: Door): Place => {
  const found = places.get(door);
  if (!found) throw new Error(`There is no endpoint at the ${door}.`);
  return found;
};

/** The bytes of a call to the endpoint of a door. */
type Call = (door: Door) => Buffer;

interface Parts {
  readonly line?: string;
  readonly fields?: (keys: Place['keys'], length: number) => readonly string[];
  readonly body?: string | Buffer;
}

const GOOD = '{"rows":[{"months":12,"plan":"basic"}]}';
const JSON_TYPE = 'Content-Type: application/json';
const FROM = 'X-Forwarded-For: 203.0.113.9';

function callWith({ line = 'POST {path} HTTP/1.1', fields, body = GOOD }: Parts): Call {
  return (door) => {
    const { slug, keys } = place(door);
    // The short ways leave an address with a query to the router, which does not look at it.
    const path = `/api/deployments/${slug}/predict${door === 'router' ? '?' : ''}`;
    const bytes = Buffer.from(body);
    const all = fields?.(keys, bytes.length) ?? usual(keys, bytes.length);
    return Buffer.concat([
      Buffer.from(`${[line.replace('{path}', path), ...all].join('\r\n')}\r\n\r\n`, 'latin1'),
      bytes,
    ]);
  };
}

const usual = (keys: Place['keys'], length: number): string[] => [
  'Host: here',
  FROM,
  JSON_TYPE,
  `Authorization: Bearer ${keys['good'] ?? ''}`,
  `Content-Length: ${length}`,
];
/** The usual fields with others in place of those that begin alike, and more. */
const instead =
  (begin: string, ...others: string[]) =>
  (keys: Place['keys'], length: number): string[] => [
    ...usual(keys, length).filter((field) => !field.toLowerCase().startsWith(begin.toLowerCase())),
    ...others.map((text) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => keys[name] ?? String(length))),
  ];
const besides = (...more: string[]) => instead('nothing', ...more);

async function ask(door: Door, call: Call): Promise<Answer> {
  const { port } = house.test.app.getHttpServer().address() as AddressInfo;
  const socket = createConnection(port, '127.0.0.1');
  try {
    if (door !== 'wire') {
      // A connection is the server's for good once something else was asked on it.
      socket.write('GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n');
      await read(socket);
    }
    socket.write(call(door));
    return await read(socket);
  } finally {
    socket.destroy();
  }
}

/** One whole answer, or what there is of it when the connection ends. */
async function read(socket: Socket): Promise<Answer> {
  let bytes = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const look = (isOver: boolean): void => {
      let text = bytes.toString('latin1');
      while (/^HTTP\/1\.1 1\d\d/.test(text) && text.includes('\r\n\r\n'))
        text = text.slice(text.indexOf('\r\n\r\n') + 4);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return isOver ? resolve({ status: 0, headers: {}, body: text }) : undefined;
      const [first = '', ...lines] = text.slice(0, end).split('\r\n');
      const headers = Object.fromEntries(
        lines.map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
      );
      const length = Number(headers['content-length'] ?? Infinity);
      const body = text.slice(end + 4);
      if (body.length < length && !isOver) return undefined;
      resolve({ status: Number(first.split(' ')[1]), headers, body: body.slice(0, length) });
    };
    socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      look(false);
    });
    socket.once('close', () => look(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? look(true) : reject(error),
    );
  });
}

/** What has to be alike: all but names, times and ids. */
function comparable(door: Door, { status, headers, body }: Answer): unknown {
  const { id, slug } = place(door);
  const plain = body
    .replaceAll(id, '<id>')
    .replaceAll(slug, '<slug>')
    .replaceAll(/"(request_id|requestId)":"[^"]*"/g, '"$1":""')
    .replaceAll(/"latency_ms":[\d.e-]+/g, '"latency_ms":0');
  const own = new Set(['date', 'connection', 'keep-alive', 'x-request-id', 'content-length', 'ratelimit']);
  const kept = Object.entries(headers).filter(([name]) => !own.has(name));
  return { status, body: plain, headers: Object.fromEntries(kept.sort()) };
}

const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
const rows = (count: number): string =>
  JSON.stringify({
    rows: Array.from({ length: count }, (_, months) => ({ months: months % 60, plan: null })),
  });

const CALLS: readonly (readonly [string, Parts])[] = [
  ['a good call', {}],
  ['a good call of one row', { body: '{"months":1,"plan":null}' }],
  ['a key in its own field', { fields: instead('Authorization', 'X-API-Key: {good}') }],
  ['no key', { fields: instead('Authorization') }],
  ['an empty key', { fields: instead('Authorization', 'Authorization:') }],
  ['an empty key of its own field', { fields: instead('Authorization', 'X-API-Key:') }],
  ['no bearer', { fields: instead('Authorization', 'Authorization: Basic {good}') }],
  ['a bearer in small letters', { fields: instead('Authorization', 'Authorization: bearer {good}') }],
  ['a bearer far away', { fields: instead('Authorization', 'Authorization: Bearer   {good}') }],
  ['a key with something behind it', { fields: instead('Authorization', 'Authorization: Bearer {good} x') }],
  ['a wrong key', { fields: instead('Authorization', 'Authorization: Bearer mwk_wrong') }],
  ['a revoked key', { fields: instead('Authorization', 'Authorization: Bearer {revoked}') }],
  ['an expired key', { fields: instead('Authorization', 'Authorization: Bearer {expired}') }],
  ['a key of other addresses', { fields: instead('Authorization', 'X-API-Key: {elsewhere}') }],
  [
    'a key from its own address',
    {
      fields: (keys, length) => [
        ...instead('X-Forwarded-For', 'X-Forwarded-For: 198.51.100.7')(keys, length).filter(
          (field) => !field.startsWith('Auth'),
        ),
        `X-API-Key: ${keys['elsewhere'] ?? ''}`,
      ],
    },
  ],
  [
    'an address that the client made up before its own',
    {
      fields: (keys, length) => [
        ...instead('X-Forwarded-For', 'X-Forwarded-For: 198.51.100.7, 203.0.113.9')(keys, length).filter(
          (field) => !field.startsWith('Auth'),
        ),
        `X-API-Key: ${keys['elsewhere'] ?? ''}`,
      ],
    },
  ],
  [
    'an address in a second field',
    {
      fields: (keys, length) => [
        ...besides('X-Forwarded-For: 198.51.100.7')(keys, length).filter(
          (field) => !field.startsWith('Auth'),
        ),
        `X-API-Key: ${keys['elsewhere'] ?? ''}`,
      ],
    },
  ],
  ['a good key and a wrong one of its own field', { fields: besides('X-API-Key: mwk_wrong') }],
  [
    'a wrong key and a good one of its own field',
    { fields: instead('Authorization', 'Authorization: Bearer mwk_wrong', 'X-API-Key: {good}') },
  ],
  ['two keys', { fields: besides('Authorization: Bearer mwk_wrong') }],
  [
    'two keys of their own field',
    { fields: instead('Authorization', 'X-API-Key: {good}', 'X-API-Key: {good}') },
  ],
  ['a cookie', { fields: besides('Cookie: a=b') }],
  ['a foreign page', { fields: besides('Origin: https://evil.example') }],
  ['another type', { fields: instead('Content-Type', 'Content-Type: text/plain') }],
  ['no type', { fields: instead('Content-Type') }],
  ['a type in capitals', { fields: instead('Content-Type', 'Content-Type: Application/JSON') }],
  [
    'a type with a coding',
    { fields: instead('Content-Type', 'Content-Type: application/json;charset=latin1') },
  ],
  ['a packed body', { fields: besides('Content-Encoding: gzip') }],
  ['a body of no bytes', { body: '' }],
  ['no length', { fields: instead('Content-Length'), body: '' }],
  ['a length that is too small', { fields: instead('Content-Length', 'Content-Length: 5') }],
  ['two lengths that agree', { fields: besides('Content-Length: {length}') }],
  ['two lengths that do not', { fields: besides('Content-Length: 3') }],
  ['a length with a sign', { fields: instead('Content-Length', 'Content-Length: +{length}') }],
  ['a length below nothing', { fields: instead('Content-Length', 'Content-Length: -1') }],
  ['a length in hexadecimal', { fields: instead('Content-Length', 'Content-Length: 0x27') }],
  ['a list of lengths', { fields: instead('Content-Length', 'Content-Length: {length}, {length}') }],
  [
    'a length that no number holds',
    { fields: instead('Content-Length', 'Content-Length: 99999999999999999999999') },
  ],
  ['a length beyond the limit', { fields: instead('Content-Length', 'Content-Length: 99999999') }],
  ['chunks', { fields: instead('Content-Length', 'Transfer-Encoding: chunked'), body: chunked(GOOD) }],
  ['chunks and a length', { fields: besides('Transfer-Encoding: chunked'), body: chunked(GOOD) }],
  ['chunks under another name', { fields: besides('Transfer-Encoding: xchunked') }],
  ['chunks that are not the last coding', { fields: besides('Transfer-Encoding: chunked, identity') }],
  ['a length behind a space', { fields: instead('Content-Length', 'Content-Length : {length}') }],
  ['a folded field', { fields: besides('X-A: 1', ' Content-Length: 3') }],
  ['a bare line feed', { fields: besides('X-A: 1\nX-API-Key: mwk_wrong') }],
  ['a bare carriage return', { fields: besides('X-A: 1\rX-API-Key: mwk_wrong') }],
  ['a NUL', { fields: besides('X-A: \0') }],
  ['a letter beyond ASCII', { fields: besides('X-A: \u00e4') }],
  ['spaces around a value', { fields: instead('Authorization', 'Authorization:    Bearer {good}   ') }],
  ['a field without a name', { fields: besides(': 1') }],
  ['a field that is too long', { fields: besides(`X-A: ${'a'.repeat(20_000)}`) }],
  ['many fields', { fields: besides(...Array.from({ length: 80 }, (_, at) => `X-${at}: 1`)) }],
  ['no host', { fields: instead('Host') }],
  ['two hosts', { fields: besides('Host: there') }],
  ['a call that waits to be told to go on', { fields: besides('Expect: 100-continue') }],
  ['a connection that ends', { fields: besides('Connection: close') }],
  ['an earlier version', { line: 'POST {path} HTTP/1.0' }],
  ['a later version', { line: 'POST {path} HTTP/1.9' }],
  ['another method', { line: 'PUT {path} HTTP/1.1' }],
  ['a method in small letters', { line: 'post {path} HTTP/1.1' }],
  ['two spaces in the first line', { line: 'POST  {path} HTTP/1.1' }],
  ['an absolute address', { line: 'POST http://here{path} HTTP/1.1' }],
  ['no JSON', { body: '{"rows":[{"months":x}]}' }],
  ['a mark of the byte order', { body: `\u{FEFF}${GOOD}` }],
  [
    'bytes that are no UTF-8',
    {
      body: Buffer.concat([
        Buffer.from('{"months":1,"plan":"'),
        Buffer.from([0xff, 0xc0]),
        Buffer.from('"}'),
      ]),
    },
  ],
  ['half of a surrogate pair', { body: '{"months":1,"plan":"\\ud800"}' }],
  ['a NUL in a text', { body: '{"months":1,"plan":"a\\u0000b"}' }],
  ['a prototype', { body: '{"rows":[{"__proto__":{"months":1},"plan":null}]}' }],
  ['a constructor', { body: '{"months":1,"plan":null,"constructor":{"prototype":1}}' }],
  ['a name twice', { body: '{"months":1,"months":2,"plan":"basic"}' }],
  ['rows twice', { body: '{"rows":[{"months":1,"plan":"a"}],"rows":[{"months":2,"plan":"basic"}]}' }],
  ['a number that is too much', { body: '{"months":1e999,"plan":null}' }],
  ['a number outside training', { body: '{"months":-1e300,"plan":null}' }],
  ['a fraction', { body: '{"months":1.5,"plan":null}' }],
  ['much depth', { body: `{"rows":${'['.repeat(100)}${']'.repeat(100)}}` }],
  ['no rows', { body: '{"rows":[]}' }],
  ['a row that is none', { body: '{"rows":[1]}' }],
  ['as many rows as the log holds', { body: rows(100) }],
  ['more rows than the log holds', { body: rows(101) }],
  ['more rows than a call may have', { body: rows(1_001) }],
  ['more bytes than the short ways take', { body: `{"months":1,"plan":"${'x'.repeat(70_000)}"}` }],
];

describe('a call', () => {
  it.each(CALLS)('is answered alike at every door: %s', async (_, parts) => {
    const call = callWith(parts);
    const wire = comparable('wire', await ask('wire', call));
    expect(wire).toEqual(comparable('server', await ask('server', call)));
    expect(wire).toEqual(comparable('router', await ask('router', call)));
  });

  it.each(DOORS)('is refused when a name stands twice, with its place: %s', async (door) => {
    const answer = await ask(door, callWith({ body: '{"rows":[{"months":1,"months":2,"plan":"basic"}]}' }));
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'invalid-prediction-input',
      errors: [{ pointer: '/rows/0/months', detail: '"months" stands twice in this object; send it once.' }],
    });
  });

  it('goes in by the door that is meant', async () => {
    const before = answeredOnWire.mock.calls.length;
    for (const door of DOORS) expect(await ask(door, callWith({}))).toMatchObject({ status: 200 });
    expect(answeredOnWire.mock.calls.length).toBe(before + 1);
  });
});
