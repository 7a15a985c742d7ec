import { CompiledModel, RowEncoder } from '@modelwright/compiled-model';
import type { CellValue } from '@modelwright/contracts';
import type { Answer, Ask } from './row-scorer.js';

/** Asks a compiled model; for processes that answer nothing else meanwhile. @throws CompiledModelError */
export function compiledAnswers(bytes: Uint8Array): Ask {
  const model = CompiledModel.load(bytes);
  const encoder = new RowEncoder(model);
  const encoded = new Float64Array(model.inputs.length);
  const outputs = new Float64Array(model.outputSize);
  const answer = (row: Record<string, CellValue>, index: number): Answer => {
    const wrong = encoder.encode(row, encoded);
    if (wrong) return { refused: wrong.map(({ detail }) => detail).join(' ') };
    model.predictInto(encoded, outputs);
    return readOutputs(model, outputs, index);
  };
  return (rows) => Promise.resolve(rows.map(answer));
}

function readOutputs(model: CompiledModel, outputs: Float64Array, index: number): Answer {
  if (model.output.kind === 'number') {
    const value = outputs[0] ?? Number.NaN;
    return { index, prediction: Number.isFinite(value) ? value : null };
  }
  const { classes } = model.output;
  const probabilities: Record<string, number> = {};
  for (let place = 0; place < classes.length; place++) {
    const share = outputs[place] ?? Number.NaN;
    if (!Number.isFinite(share))
      return { refused: 'The model answered with probabilities that are not numbers.' };
    probabilities[classes[place] ?? ''] = share;
  }
  return { index, prediction: classes[model.decide(outputs)] ?? null, probabilities };
}
