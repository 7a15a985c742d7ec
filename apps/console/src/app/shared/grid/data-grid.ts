import { Component, computed, effect, input, output, signal } from '@angular/core';
import { AgGridAngular } from 'ag-grid-angular';
import type {
  CellClickedEvent,
  CellKeyDownEvent,
  ColDef,
  GridApi,
  IDatasource,
  ValueFormatterParams,
  ValueGetterParams,
} from 'ag-grid-community';
import { formatCount } from '../format/numbers';
import { toProblem } from '../api/problem';
import { ProblemView } from '../ui/problem-view';
import { ColumnHeader } from './column-header';
import { GRID_MODULES, GRID_THEME } from './grid-setup';
import type { Cell, GridColumn, GridSort, OpenedCell, RowsLoader } from './grid.types';

const MOST_ROWS = 200;
const FEWEST_ROWS = 20;
/** Cells fetched at once: wide tables come in shorter blocks. */
const BLOCK_CELLS = 40_000;
const BLOCKS_KEPT = 40;

interface GridRow {
  readonly number: number;
  readonly cells: readonly Cell[];
}

/**
 * A table of any size, fetched in blocks as it is scrolled. Sort and filters belong to the caller (they live in the URL):
 * a new `load` starts again from the top. Import it lazily (`@defer`): AG Grid is a chunk of its own.
 */
@Component({
  selector: 'mw-data-grid',
  imports: [AgGridAngular, ProblemView],
  template: `
    @if (failure(); as error) {
      <mw-problem [error]="error" (retried)="reload()" />
    }
    <ag-grid-angular
      [class.hidden]="failure() !== undefined"
      [attr.aria-label]="label()"
      [modules]="modules"
      [theme]="theme"
      rowModelType="infinite"
      [cacheBlockSize]="blockRows()"
      [maxBlocksInCache]="blocksKept"
      [maxConcurrentDatasourceRequests]="2"
      [infiniteInitialRowCount]="initialRows()"
      [columnDefs]="definitions()"
      [defaultColDef]="defaults"
      [suppressCellFocus]="false"
      [suppressDragLeaveHidesColumns]="true"
      [animateRows]="false"
      [rowBuffer]="20"
      [datasource]="datasource()"
      (gridReady)="api.set($event.api)"
      (cellClicked)="openCell($event)"
      (cellKeyDown)="openByKey($event)"
    />
  `,
  styleUrl: './data-grid.scss',
})
export class DataGrid {
  readonly columns = input.required<readonly GridColumn[]>();
  /** Columns that are not shown for now. */
  readonly hidden = input<ReadonlySet<string>>(new Set());
  readonly load = input.required<RowsLoader>();
  readonly sort = input<GridSort | null>(null);
  readonly expectedRows = input(1);
  readonly label = input('Rows');
  readonly sortAsked = output<string>();
  readonly filterAsked = output<string>();
  readonly cellOpened = output<OpenedCell>();
  /** Rows that fit the filters, once known. */
  readonly counted = output<number>();

  protected readonly modules = GRID_MODULES;
  protected readonly theme = GRID_THEME;
  protected readonly blocksKept = BLOCKS_KEPT;
  protected readonly failure = signal<unknown>(undefined);
  protected readonly api = signal<GridApi<GridRow> | undefined>(undefined);
  private readonly attempt = signal(0);
  protected readonly blockRows = computed(() =>
    Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, Math.floor(BLOCK_CELLS / (this.columns().length + 1)))),
  );
  protected readonly initialRows = computed(() => Math.max(1, Math.min(this.expectedRows(), MOST_ROWS)));
  protected readonly defaults: ColDef<GridRow> = {
    resizable: true,
    sortable: false,
    suppressMovable: false,
    minWidth: 110,
    width: 168,
    suppressHeaderMenuButton: true,
  };
  protected readonly definitions = computed<ColDef<GridRow>[]>(() => [
    ROW_NUMBER,
    ...this.columns().map((column, index) => this.define(column, index)),
  ]);
  protected readonly datasource = computed<IDatasource>(() => {
    this.attempt();
    const load = this.load();
    return { getRows: (request) => void this.fetchBlock(load, request) };
  });

  constructor() {
    effect(() => {
      this.sort();
      this.api()?.refreshHeader();
    });
    effect(() => {
      const hidden = this.hidden();
      const api = this.api();
      if (!api) return;
      const ids = (shown: boolean): string[] =>
        this.columns().flatMap(({ name }, index) => (hidden.has(name) === shown ? [] : [String(index)]));
      api.setColumnsVisible(ids(true), true);
      api.setColumnsVisible(ids(false), false);
    });
  }

  protected reload(): void {
    this.failure.set(undefined);
    this.attempt.update((count) => count + 1);
  }

  protected openCell(event: CellClickedEvent<GridRow>): void {
    this.emitCell(event.data, event.rowIndex, event.colDef.colId);
  }

  protected openByKey(event: CellKeyDownEvent<GridRow> | { readonly event?: Event | null }): void {
    if (!('data' in event) || !(event.event instanceof KeyboardEvent) || event.event.key !== 'Enter') return;
    this.emitCell(event.data, event.rowIndex, event.colDef.colId);
  }

  private emitCell(row: GridRow | undefined, rowIndex: number | null, columnId: string | undefined): void {
    const index = Number(columnId);
    const column = this.columns()[index];
    if (!row || !column || rowIndex === null) return;
    this.cellOpened.emit({
      column: column.name,
      rowNumber: row.number,
      rowIndex,
      value: row.cells[index] ?? null,
    });
  }

  private async fetchBlock(load: RowsLoader, request: Parameters<IDatasource['getRows']>[0]): Promise<void> {
    try {
      const answer = await load({ offset: request.startRow, limit: request.endRow - request.startRow });
      if (load !== this.load()) return request.failCallback();
      const rows = answer.rows.map((cells, index): GridRow => ({
        cells,
        number: answer.rowNumbers[index] ?? 0,
      }));
      request.successCallback(rows, answer.totalRows);
      this.counted.emit(answer.totalRows);
    } catch (error) {
      request.failCallback();
      if (load === this.load()) this.failure.set(toProblem(error));
    }
  }

  private define(column: GridColumn, index: number): ColDef<GridRow> {
    const isNumber = column.type === 'number' || column.type === 'integer';
    return {
      colId: String(index),
      headerName: column.name,
      headerComponent: ColumnHeader,
      headerComponentParams: {
        spec: column,
        sort: () => this.sort(),
        askSort: (name: string) => this.sortAsked.emit(name),
        askFilter: (name: string) => this.filterAsked.emit(name),
      },
      valueGetter: ({ data }: ValueGetterParams<GridRow>) => data?.cells[index],
      valueFormatter: ({ value }: ValueFormatterParams<GridRow, Cell | undefined>) =>
        formatCell(value, column.type),
      cellClass: isNumber ? 'number' : '',
      cellClassRules: { missing: ({ value }) => value === null },
    };
  }
}

const ROW_NUMBER: ColDef<GridRow> = {
  colId: 'row',
  headerName: 'Row',
  pinned: 'left',
  lockPosition: 'left',
  resizable: false,
  width: 76,
  minWidth: 56,
  cellClass: 'row-number',
  valueGetter: ({ data }: ValueGetterParams<GridRow>) => data?.number,
  valueFormatter: ({ value }: ValueFormatterParams<GridRow, number | undefined>) =>
    value ? formatCount(value) : '',
};

function formatCell(value: Cell | undefined, type: string): string {
  if (value === undefined) return '';
  if (value === null) return 'missing';
  if (typeof value === 'number' && type !== 'category')
    return value.toLocaleString(undefined, { maximumFractionDigits: 6 });
  if (type === 'datetime' && typeof value === 'string')
    return value.replace('T', ' ').replace(/(\.0+)?Z?$/, '');
  return String(value);
}
