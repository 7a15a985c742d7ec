import { describe, expect, it } from '@jest/globals';
import { CompiledModel } from './compiled-model.js';
import { RowEncoder } from './row-encoder.js';
import { GOLDEN, readFixtures, type Fixture } from './testing/fixtures.js';

/** More models, made beforehand by make_fixtures.py into this folder. */
const MORE = process.env['COMPILED_FIXTURES'];
const fixtures = [...readFixtures(GOLDEN), ...(MORE ? readFixtures(MORE) : [])];

function answers({ bytes, rows }: Fixture): { outputs: number[][]; decisions: number[] } {
  const model = CompiledModel.load(bytes);
  const encoder = new RowEncoder(model);
  const row = new Float64Array(model.inputs.length);
  const into = new Float64Array(model.outputSize);
  const outputs: number[][] = [];
  const decisions: number[] = [];
  for (const values of rows) {
    expect(encoder.encode(values, row)).toBeUndefined();
    model.predictInto(row, into);
    outputs.push([...into]);
    decisions.push(model.decide(into));
  }
  return { outputs, decisions };
}

/** Of probabilities as it is, of numbers relative to their size. */
function difference(found: number, expected: number, isProbability: boolean): number {
  if (found === expected) return 0;
  return Math.abs(found - expected) / (isProbability ? 1 : Math.max(Math.abs(found), Math.abs(expected)));
}

describe('CompiledModel', () => {
  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
    'answers usual and hostile rows as Python does: %s',
    (_, fixture) => {
      const { outputs, decisions } = answers(fixture);
      let worst = 0;
      fixture.outputs.forEach((expected, row) =>
        expected.forEach((value, place) => {
          const found = outputs[row]?.[place] ?? Number.NaN;
          worst = Math.max(worst, difference(found, value, fixture.decisions !== null));
        }),
      );
      expect(worst).toBeLessThanOrEqual(fixture.tolerance);
      if (fixture.decisions) expect(decisions).toEqual(fixture.decisions);
    },
  );

  it('adds the trees of LightGBM in the same order, so that numbers are equal to the last bit', () => {
    const fixture = fixtures.find(({ name }) => name === 'lightgbm-2-2');
    if (!fixture) throw new Error('The fixture is missing.');
    const equal = answers(fixture).outputs.filter(
      ([, positive], row) => positive === fixture.outputs[row]?.[1],
    );
    // The exponential function of the logistic may differ in the last bit between two libraries.
    expect(equal.length).toBeGreaterThan(fixture.rows.length * 0.8);
  });

  it('gives the same answer however often a row is asked', () => {
    for (const fixture of fixtures.slice(0, 13)) {
      const once = answers(fixture).outputs;
      expect(answers({ ...fixture, rows: [...fixture.rows].reverse() }).outputs.reverse()).toEqual(once);
    }
  });

  it('is refused when it does not answer its own probe rows as it did when it was made', () => {
    const bytes = Uint8Array.from(fixtures.find(({ name }) => name === 'lightgbm-0-0')?.bytes ?? []);
    const last = new DataView(bytes.buffer, bytes.byteLength - 8);
    last.setFloat64(0, last.getFloat64(0, true) + 1, true);
    expect(() => CompiledModel.load(bytes)).toThrow('does not answer as it did');
  });
});
