import { CompiledModel, RowEncoder } from '@modelwright/compiled-model';
import type { CellValue } from '@modelwright/contracts';
import type { ModelPrediction } from './model-prediction.js';

/** What the model says to a row that fits its contract, or why it does not take it. */
export type Answer = ModelPrediction | { readonly refused: string };

/**
 * Asks a compiled model for one row after the other without a break: for processes that answer nothing else meanwhile, or
 * for few rows.
 * @throws CompiledModelError when the bytes are no model
 */
export function compiledAnswers(bytes: Uint8Array): (rows: readonly Record<string, CellValue>[]) => Answer[] {
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
  return (rows) => rows.map(answer);
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
