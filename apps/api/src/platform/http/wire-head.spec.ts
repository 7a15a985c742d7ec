import { describe, expect, it } from '@jest/globals';
import { readHead } from './wire-head.js';

const head = (...fields: string[]): string =>
  ['POST /api/x HTTP/1.1', 'Host: here', 'Content-Length: 12', ...fields].join('\r\n');

describe('readHead', () => {
  it('reads a plain head', () => {
    expect(readHead(head('X-API-Key: a  b', 'X-B:', 'connection: Keep-Alive'))).toEqual({
      path: '/api/x',
      headers: {
        host: 'here',
        'content-length': '12',
        'x-api-key': 'a  b',
        'x-b': '',
        connection: 'Keep-Alive',
      },
      contentLength: 12,
    });
  });

  it.each([
    ['another method', head().replace('POST', 'GET')],
    ['another version', head().replace('1.1', '1.0')],
    ['a query', head().replace('/api/x', '/api/x?a=1')],
    ['an escaped path', head().replace('/api/x', '/api/%78')],
    ['an absolute address', head().replace('/api/x', 'http://here/api/x')],
    ['no host', head().replace('Host: here\r\n', '')],
    ['no length', head().replace('Content-Length: 12', 'X: 1')],
    ['a second length', head('content-length: 12')],
    ['a length with a sign', head().replace('12', '+12')],
    ['a length that begins with 0', head().replace('12', '012')],
    ['a length in two parts', head().replace('12', '12, 12')],
    ['a name twice', head('X-A: 1', 'x-a: 2')],
    ['chunks', head('Transfer-Encoding: chunked')],
    ['an upgrade', head('Upgrade: h2c')],
    ['a client that waits to be told to go on', head('Expect: 100-continue')],
    ['a connection that ends', head('Connection: close')],
    ['a folded field', head('X-A: 1', ' more')],
    ['a space before the colon', head('X-A : 1')],
    ['no colon', head('X-A')],
    // An expression that takes any number of spaces on both sides tries them all before it refuses what follows.
    ['a value in more than one space', head('X-A:  1')],
    ['a space after the value', head('X-A: 1 ')],
    ['a bare line feed', head('X-A: 1\nX-B: 2')],
    ['a bare carriage return', head('X-A: 1\rX-B: 2')],
    ['a control character', head('X-A: \u0001')],
    ['a letter beyond ASCII', head('X-A: \u00e4')],
    ['a name with an underscore', head('X_A: 1')],
    ['more fields than anybody needs', head(...Array.from({ length: 61 }, (_, i) => `X-${i}: 1`))],
  ])('leaves to the server what two parsers might read in two ways, or what needs more: %s', (_, text) => {
    expect(readHead(text)).toBeUndefined();
  });

  it('takes no name for one of its own', () => {
    const { headers } = readHead(head('constructor: 1', 'toString: 2')) ?? {};
    expect(headers).toMatchObject({ constructor: '1', tostring: '2' });
    expect(Object.getPrototypeOf(headers)).toBeNull();
  });
});
