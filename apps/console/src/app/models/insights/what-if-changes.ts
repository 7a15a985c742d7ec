import type { ContractInput, ModelContract, ModelPredictionResponse } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../../shared/format/numbers';
import type { Row } from '../../shared/inputs/input-row';
import { cellText } from './charts/output-words';

type Prediction = ModelPredictionResponse['predictions'][number];

export interface Change {
  readonly column: string;
  readonly from: string;
  readonly to: string;
}

/** What was changed in a row, in the order of the contract. */
export function changesOf(inputs: readonly ContractInput[], original: Row, row: Row): readonly Change[] {
  return inputs.flatMap(({ name }) =>
    (original[name] ?? null) === (row[name] ?? null)
      ? []
      : [{ column: name, from: cellText(original[name]), to: cellText(row[name]) }],
  );
}

/** What the model says now against what it said to the original row, in a sentence. */
export function comparison(contract: ModelContract, original: Prediction, now: Prediction): string {
  if (contract.output.kind === 'number') {
    const [before, after] = [Number(original.prediction), Number(now.prediction)];
    const difference = after - before;
    if (difference === 0) return `The same as for the original row, ${formatNumber(before)}.`;
    return `${difference > 0 ? 'Up' : 'Down'} by ${formatNumber(Math.abs(difference))} from ${formatNumber(before)}.`;
  }
  const label = contract.output.positiveClass ?? String(now.prediction);
  const before = original.probabilities?.[label];
  const after = now.probabilities?.[label];
  const flips = original.prediction !== now.prediction ? `It said “${original.prediction}” before. ` : '';
  if (before === undefined || after === undefined) return flips || 'The same answer as for the original row.';
  if (formatPercent(before) === formatPercent(after))
    return `${flips}“${label}” stays at ${formatPercent(after)}.`;
  return `${flips}“${label}” goes from ${formatPercent(before)} to ${formatPercent(after)}.`;
}
