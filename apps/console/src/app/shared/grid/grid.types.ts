import type { Bar } from '../charts/mini-bars';

export type Cell = string | number | boolean | null;

/** What the header of a column says about the whole table, not only about the rows on screen. */
export interface ColumnSummary {
  /** 0 to 1. */
  readonly missingShare: number;
  readonly distinct: number;
  readonly bars: readonly Bar[];
  readonly isTarget: boolean;
  readonly flagged: boolean;
}

export interface GridColumn {
  readonly name: string;
  readonly type: string;
  readonly summary?: ColumnSummary;
}

export interface GridSort {
  readonly column: string;
  readonly descending: boolean;
}

export interface RowsRequest {
  readonly offset: number;
  readonly limit: number;
}

export interface RowsAnswer {
  readonly rows: readonly (readonly Cell[])[];
  readonly rowNumbers: readonly number[];
  readonly totalRows: number;
}

export type RowsLoader = (request: RowsRequest) => Promise<RowsAnswer>;

export interface OpenedCell {
  readonly column: string;
  readonly rowNumber: number;
  /** Place in the present order and filters, from 0. */
  readonly rowIndex: number;
  readonly value: Cell;
}
