import { bounded, parseEvent } from './event-parser.js';

const log = (change: Record<string, unknown> = {}): string =>
  JSON.stringify({
    seq: 5,
    at: new Date().toISOString(),
    type: 'log',
    level: 'info',
    message: 'hello',
    ...change,
  });

describe('A line of the trainer', () => {
  it('is an event when it has the next number and the right shape', () => {
    expect(parseEvent(log(), 4)).toMatchObject({ seq: 5, type: 'log', message: 'hello' });
  });

  it.each([
    ['a number that was there already', log({ seq: 4 })],
    ['a number far ahead', log({ seq: 1_000_000_000 })],
    ['a fraction for a number', log({ seq: 5.5 })],
    ['an unknown type', log({ type: 'shell' })],
    ['an unknown level', log({ level: 'shout' })],
    ['half an object', log().slice(0, 20)],
    ['a list', '[1, 2]'],
    [
      'an infinite score',
      '{"seq":5,"at":"x","type":"best","candidateId":"c","score":1e999,"elapsedSeconds":1}',
    ],
  ])('is none with %s', (_, line) => {
    expect(parseEvent(line, 4)).toBeUndefined();
  });

  it('loses what Postgres cannot store and what is too long', () => {
    const event = parseEvent(log({ message: `a\0b\ud800c${'x'.repeat(20_000)}` }), 4);

    expect(event).toHaveProperty('message', expect.stringMatching(/^ab\ufffdcx+$/));
    expect(event).toHaveProperty('message.length', 7_999);
  });

  it('gets the time of its arrival when its own is nonsense', () => {
    expect(Date.parse(parseEvent(log({ at: '0001-01-01' }), 4)?.at ?? '')).toBeGreaterThan(
      Date.now() - 60_000,
    );
  });

  it('cannot nest without end', () => {
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), 1);

    expect(JSON.stringify(bounded(deep, 0)).length).toBeLessThan(100);
  });
});
