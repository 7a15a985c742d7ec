import type { ContractInput, ModelContract, ModelPredictionResponse, RowsPage } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../../shared/format/numbers';
import type { CellValue, Row } from '../../shared/inputs/input-row';
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

/** A row of the dataset as the model takes it, and what was true of it. */
export interface RealRow {
  readonly row: Row;
  readonly actual: CellValue;
}

/** @returns undefined when the table ends before that row */
export function realRow(page: RowsPage, contract: ModelContract): RealRow | undefined {
  const cells = page.rows[0];
  if (!cells) return undefined;
  const byName = new Map(page.columns.map(({ name }, index) => [name, cells[index] ?? null] as const));
  return {
    row: Object.fromEntries(contract.inputs.map(({ name }) => [name, byName.get(name) ?? null])),
    actual: contract.target ? (byName.get(contract.target.name) ?? null) : null,
  };
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
