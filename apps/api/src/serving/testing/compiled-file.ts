import type { CompiledForm } from '../../models/compiled-forms.service.js';

/** A compiled logistic regression on `months` for the contract of the serving house, made by hand. */
export function compiledFile(weightOfMonths: number): CompiledForm {
  const numbers = [weightOfMonths, -1];
  const description = {
    format: 'modelwright-compiled-model',
    version: 1,
    task: 'binary',
    inputs: [
      { name: 'months', type: 'integer', nullable: true },
      { name: 'plan', type: 'category', nullable: true, levels: ['basic'] },
    ],
    output: { kind: 'class', classes: ['no', 'yes'], positive: 1, threshold: null },
    slots: 3,
    encoders: [{ first: 2, width: 1, steps: [{ op: 'fill', from: 2, to: 3, value: 4 }] }],
    members: [
      {
        weight: null,
        encoder: 0,
        learner: {
          kind: 'linear',
          scores: 1,
          weights: 0,
          intercept: 1,
          link: 'logistic',
          limit: null,
          outputs: 2,
        },
        finish: { kind: 'class', places: [0, 1] },
      },
    ],
    tolerance: 1e-9,
    probes: null,
    arrays: [
      ['f64', 0, 1],
      ['f64', 8, 1],
      ['i32', 16, 1],
      ['i32', 24, 1],
      ['f64', 32, 1],
    ],
  };
  const text = Buffer.from(JSON.stringify(description));
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(padded);
  const header = Buffer.concat([Buffer.from('MWC1\r\n\x1a\n', 'latin1'), Buffer.alloc(8)]);
  header.writeUInt32LE(padded.length, 8);
  header.writeUInt32LE(40, 12);
  const data = Buffer.alloc(40);
  numbers.forEach((value, place) => data.writeDoubleLE(value, place * 8));
  data.writeInt32LE(0, 16);
  data.writeInt32LE(2, 24);
  return { bytes: Buffer.concat([header, padded, data]) };
}
