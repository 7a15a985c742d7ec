import type { LogLine } from '../container.types.js';
import { LogLines } from './log-frames.js';

const frame = (stream: 1 | 2, payload: string | Buffer): Buffer => {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
};
const at = (micros: number): string => `2026-01-31T10:20:30.${String(micros).padStart(6, '0')}123Z `;
const base = Date.parse('2026-01-31T10:20:30Z') * 1000;
const read = (bytes: Buffer, size = bytes.length, limit = 100): LogLine[] => {
  const lines = new LogLines(limit);
  const found: LogLine[] = [];
  for (let i = 0; i < bytes.length; i += size) found.push(...lines.push(bytes.subarray(i, i + size)));
  return [...found, ...lines.end()];
};

describe('LogLines', () => {
  const log = Buffer.concat([
    frame(1, `${at(5)}one\n`),
    frame(2, `${at(6)}problem\r\n`),
    frame(1, `${at(6)}two\n`),
    frame(1, `${at(7)}\n`),
  ]);

  it('numbers lines by their time and moves on where two would share one', () => {
    expect(read(log)).toEqual([
      { seq: base + 5, stream: 'stdout', at: new Date('2026-01-31T10:20:30.000Z'), text: 'one' },
      { seq: base + 6, stream: 'stderr', at: new Date('2026-01-31T10:20:30.000Z'), text: 'problem' },
      { seq: base + 7, stream: 'stdout', at: new Date('2026-01-31T10:20:30.000Z'), text: 'two' },
      { seq: base + 8, stream: 'stdout', at: new Date('2026-01-31T10:20:30.000Z'), text: '' },
    ]);
  });

  it.each([1, 2, 7, 40])('gives the same lines when the bytes come in pieces of %i', (size) => {
    expect(read(log, size)).toEqual(read(log));
  });

  it('joins the parts of a long line, each of which has a time of its own', () => {
    const parts = [
      frame(1, `${at(1)}aaa`),
      frame(2, `${at(2)}x\n`),
      frame(1, `${at(3)}bbb`),
      frame(1, `${at(4)}ccc\n`),
    ];
    expect(read(Buffer.concat(parts)).map(({ stream, text }) => [stream, text])).toEqual([
      ['stderr', 'x'],
      ['stdout', 'aaabbbccc'],
    ]);
  });

  it('cuts a line at the limit, says how much is missing, and keeps no more in memory (T05)', () => {
    const parts = Array.from({ length: 50 }, (_, i) => frame(1, at(i) + 'x'.repeat(16_000)));
    const [line] = read(Buffer.concat([...parts, frame(1, `${at(60)}\n`)]));
    expect(line?.text).toBe(`${'x'.repeat(100)} … (799900 more bytes)`);
  });

  it('gives a last line that has no end, and makes bytes that are no text visible', () => {
    const bytes = Buffer.concat([Buffer.from(at(1)), Buffer.from([0x61, 0xff, 0x62])]);
    expect(read(frame(1, bytes)).map(({ text }) => text)).toEqual(['a\ufffdb']);
  });

  it('passes over a message without a time', () => {
    expect(
      read(Buffer.concat([frame(1, 'no time\n'), frame(1, `${at(1)}ok\n`)])).map(({ text }) => text),
    ).toEqual(['ok']);
  });
});
