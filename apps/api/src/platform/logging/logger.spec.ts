import { Writable } from 'node:stream';
import { pino } from 'pino';
import { NestLog, withoutSecrets } from './logger.js';

describe('withoutSecrets', () => {
  it.each([
    ['token mwp_0123456789abcdefghijkl_abcdef used', 'token mwp_… used'],
    ['postgres://me:hunter2@host/db failed', 'postgres://me:…@host/db failed'],
    ['Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig', 'Bearer eyJhbGciOiJIUzI1NiJ9.…'],
  ])('cuts the secret out of "%s"', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });
});

describe('a line of the log', () => {
  const written = (write: (log: NestLog) => void): Record<string, unknown> => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    write(new NestLog(pino(stream)));
    return JSON.parse(lines.join('')) as Record<string, unknown>;
  };

  it('has the words that follow fields as its message', () => {
    const line = written((log) => log.log({ serverId: 's' }, 'It waits.', 'Warm'));
    expect(line).toMatchObject({ serverId: 's', msg: 'It waits.', context: 'Warm' });
    expect(line).not.toHaveProperty('err');
  });

  it('has an error among the fields without its secrets', () => {
    const err = new Error('postgres://me:hunter2@host/db failed');
    expect(written((log) => log.warn({ err }, 'Lost.', 'Db'))).toMatchObject({
      msg: 'Lost.',
      err: { message: 'postgres://me:…@host/db failed' },
    });
  });

  it('has the stack that the framework passes after words', () => {
    expect(written((log) => log.error('Broken', 'at line 1', 'Room'))).toMatchObject({
      msg: 'Broken',
      err: { stack: 'at line 1' },
    });
  });
});
