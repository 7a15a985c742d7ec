import type { IncomingMessage } from 'node:http';
import { clientAddress } from './client-address.js';
import { depthExceeds } from './json-body.js';
import { formatEvent } from './sse.js';
import { pointerOf } from './validation.pipe.js';

const from = (header: string | string[] | undefined): IncomingMessage =>
  ({
    socket: { remoteAddress: '127.0.0.1' },
    headers: { 'x-forwarded-for': header },
  }) as unknown as IncomingMessage;

describe('clientAddress (E11, T49)', () => {
  it.each([
    ['8.8.8.8', 0, '127.0.0.1'],
    ['8.8.8.8', 1, '8.8.8.8'],
    ['6.6.6.6, 8.8.8.8', 1, '8.8.8.8'],
    ['6.6.6.6, 7.7.7.7, 8.8.8.8', 2, '7.7.7.7'],
    ['8.8.8.8', 2, '127.0.0.1'],
    ['nonsense', 1, '127.0.0.1'],
    ['8.8.8.8, nonsense', 1, '127.0.0.1'],
    ['', 1, '127.0.0.1'],
    ['6.6.6.6, 2001:db8::1', 1, '2001:db8::1'],
  ])('of "%s" behind %i proxies is %s', (header, hops, expected) => {
    expect(clientAddress(from(header), hops)).toBe(expected);
  });
});

describe('depthExceeds', () => {
  it.each([
    ['[[[]]]', 3, false],
    ['[[[]]]', 2, true],
    [`{"a":"[[[[[[${'['.repeat(100)}"}`, 1, false],
    ['"\\"[[["', 0, false],
    ['[][][]', 1, false],
  ])('for %s and %i is %s', (json, limit, expected) => {
    expect(depthExceeds(json, limit)).toBe(expected);
  });
});

describe('formatEvent', () => {
  it('lets no text break out of its line', () => {
    expect(formatEvent({ id: '1\nevent: forged', event: 'a\rb', data: 'x\n\ny' })).toBe(
      'id: 1 event: forged\nevent: a b\ndata: "x\\n\\ny"\n\n',
    );
  });
});

describe('pointerOf', () => {
  it('escapes what a JSON pointer escapes', () => {
    expect(pointerOf(['a/b', 0, { key: 'c~d' }])).toBe('#/a~1b/0/c~0d');
  });
});
