import { Injectable } from '@angular/core';
import { type ModelContract, type RowsPage, getDatasetRows, getModelVersion } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { ApiProblem } from '../shared/api/problem';
import { formatCount } from '../shared/format/numbers';
import type { Row } from '../shared/inputs/input-row';
import { madeUpRow } from '../shared/inputs/made-up-row';
import { realRow } from '../shared/inputs/real-row';

export interface DrawnRow {
  readonly row: Row;
  /** What it is, for the line above the form. */
  readonly origin: string;
}

const WHOLE_CELL = 1_000_000;
const SHORTEST_CELL = 20;
const NO_TABLE = [403, 404, 409];

/** Draws a row to try: one of the table that the model was trained on, or one made up where there is no such table. */
@Injectable()
export class RandomRow {
  /** @throws ApiProblem where the table is there and cannot be read now */
  async draw(modelVersionId: string, contract: ModelContract): Promise<DrawnRow> {
    return (await this.fromTable(modelVersionId, contract)) ?? madeUp(contract);
  }

  private async fromTable(modelVersionId: string, contract: ModelContract): Promise<DrawnRow | undefined> {
    try {
      const { datasetId, datasetName, datasetVersionNumber } = await call(
        getModelVersion({ path: { modelVersionId } }),
      );
      if (datasetId === null) return undefined;
      const version = datasetVersionNumber === null ? {} : { version: datasetVersionNumber };
      const at = (offset: number, maxCellCharacters: number): Promise<RowsPage> =>
        call(
          getDatasetRows({
            path: { datasetId },
            query: { ...version, offset, limit: 1, maxCellCharacters },
          }),
        );
      const { totalRows } = await at(0, SHORTEST_CELL);
      const offset = Math.floor(Math.random() * totalRows);
      const found = realRow(await at(offset, WHOLE_CELL), contract);
      return found && { row: found.row, origin: originText(offset + 1, datasetName, datasetVersionNumber) };
    } catch (error) {
      // Gone, or not for this person: the contract still knows what values look like.
      if (error instanceof ApiProblem && NO_TABLE.includes(error.status)) return undefined;
      throw error;
    }
  }
}

/** It says that the model may know the row: a right answer to it proves little. */
export function originText(row: number, dataset: string, version: number | null): string {
  const table = version === null ? dataset : `${dataset} version ${version}`;
  return `Row ${formatCount(row)} of ${table}, drawn at random; the model may have learned from it`;
}

function madeUp(contract: ModelContract): DrawnRow {
  return {
    row: madeUpRow(contract),
    origin: 'Made up: each value drawn by itself from its training distribution',
  };
}
