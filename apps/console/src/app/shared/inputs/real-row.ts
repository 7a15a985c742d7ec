import type { ModelContract, RowsPage } from '@modelwright/sdk';
import type { CellValue, Row } from './input-row';

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
