import { describe, expect, it } from '@jest/globals';
import { CompiledModelError } from './compiled-model-error.js';
import { CompiledModel } from './compiled-model.js';
import { GOLDEN, readFixtures } from './testing/fixtures.js';

const fixtures = readFixtures(GOLDEN);

/** Mulberry32: small, seeded, good enough to choose bytes. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HOSTILE_BYTES = [0x00, 0xff, 0x7f, 0x80, 0x01, 0x2d, 0x39, 0x5b, 0x7b, 0x22];

/** Loads what may be anything; whatever loads must also predict. Only our own error may come out. */
function tryOut(bytes: Uint8Array): 'loaded' | 'refused' {
  let model: CompiledModel;
  try {
    model = CompiledModel.load(bytes);
  } catch (error) {
    if (error instanceof CompiledModelError) return 'refused';
    throw error;
  }
  const outputs = new Float64Array(model.outputSize);
  for (const value of [Number.NaN, 0, -1, 1e308, Infinity, 2.5])
    model.predictInto(new Float64Array(model.inputs.length).fill(value), outputs);
  expect(model.decide(outputs)).toBeLessThan(model.outputSize);
  return 'loaded';
}

function withDescription(bytes: Uint8Array, change: (text: string) => string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 16 + view.getUint32(8, true);
  const text = change(new TextDecoder().decode(bytes.subarray(16, start)).trimEnd());
  let encoded = new TextEncoder().encode(text);
  encoded = new TextEncoder().encode(text + ' '.repeat((8 - ((16 + encoded.length) % 8)) % 8));
  const result = new Uint8Array(16 + encoded.length + bytes.length - start);
  result.set(bytes.subarray(0, 16));
  new DataView(result.buffer).setUint32(8, encoded.length, true);
  result.set(encoded, 16);
  result.set(bytes.subarray(start), 16 + encoded.length);
  return result;
}

describe('a damaged file (T08, I8)', () => {
  it('is refused when it is cut anywhere', () => {
    for (const { bytes } of fixtures)
      for (let length = 0; length < bytes.length; length += Math.max(1, Math.floor(bytes.length / 40)))
        expect(tryOut(bytes.subarray(0, length))).toBe('refused');
  });

  it.each(fixtures.map(({ name, bytes }) => [name, bytes] as const))(
    'never makes %s throw anything but our own error, run on, or read outside itself',
    (name, bytes) => {
      const next = random(name.length * 7919);
      for (let round = 0; round < 250; round++) {
        const mangled = Uint8Array.from(bytes);
        for (let change = 0; change <= round % 4; change++)
          mangled[Math.floor(next() * mangled.length)] =
            next() < 0.5 ? Math.floor(next() * 256) : (HOSTILE_BYTES[Math.floor(next() * 10)] ?? 0);
        tryOut(mangled);
      }
    },
  );

  it('is refused when numbers in its description are exchanged for impossible ones', () => {
    for (const { bytes } of fixtures) {
      let refused = 0;
      const numbers = ['-1', '1e9', '4294967296', '0.5', 'null', '"1"', '[]', '{}', '1e400'];
      for (let place = 0; place < 60; place++) {
        let seen = 0;
        const mangled = withDescription(bytes, (text) =>
          text.replace(/(?<=[:,[])-?\d+(?:\.\d+)?(?=[,\]}])/g, (match) =>
            seen++ === place * 3 ? (numbers[place % numbers.length] ?? '0') : match,
          ),
        );
        if (tryOut(mangled) === 'refused') refused++;
      }
      expect(refused).toBeGreaterThan(5);
    }
  });

  it('is refused when its nodes go round in a circle or out of the file', () => {
    const wide = fixtures.find(({ name }) => name === 'lightgbm-0-0')?.bytes ?? new Uint8Array();
    const start = 16 + new DataView(wide.buffer, wide.byteOffset).getUint32(8, true);
    const description = JSON.parse(new TextDecoder().decode(wide.subarray(16, start)));
    const nodes = description.arrays[description.members[0].learner.nodes];
    for (const right of [0, -5, 1, 2_000_000_000]) {
      const mangled = Uint8Array.from(wide);
      new DataView(mangled.buffer).setInt32(start + Number(nodes[1]) + 4, right, true);
      expect(() => CompiledModel.load(mangled)).toThrow('A node leads nowhere.');
    }
  });

  it('is refused when it nests without end or is not text', () => {
    const [first] = fixtures;
    if (!first) throw new Error('The fixtures are missing.');
    expect(tryOut(withDescription(first.bytes, () => '['.repeat(200_000)))).toBe('refused');
    expect(tryOut(withDescription(first.bytes, () => '\u0000\uffff'))).toBe('refused');
    expect(tryOut(withDescription(first.bytes, (text) => text.replace('"version":1', '"version":2')))).toBe(
      'refused',
    );
  });

  it('is refused when its learners nest without end', () => {
    const bytes = fixtures.find(({ name }) => name === 'lightgbm-0-2')?.bytes ?? new Uint8Array();
    const depth = 50_000;
    const mangled = withDescription(bytes, (text) => {
      const description = JSON.parse(text);
      const [member] = description.members;
      const learner = JSON.stringify(member.learner);
      member.learner = 'here';
      const nested = '{"kind":"mean","parts":['.repeat(depth) + learner + ']}'.repeat(depth);
      return JSON.stringify(description).replace('"here"', nested);
    });
    expect(tryOut(mangled)).toBe('refused');
  });

  it('is refused when one prediction would take for ever', () => {
    const bytes = fixtures.find(({ name }) => name === 'linear-0-2')?.bytes ?? new Uint8Array();
    const mangled = withDescription(bytes, (text) => {
      const description = JSON.parse(text);
      description.members = Array.from({ length: 400 }, () => description.members[0]);
      const [encoder] = description.encoders;
      encoder.width = 400_000;
      description.slots = 400_100;
      description.encoders = Array.from({ length: 400 }, () => encoder);
      return JSON.stringify(description);
    });
    expect(() => CompiledModel.load(mangled)).toThrow(CompiledModelError);
  });
});
