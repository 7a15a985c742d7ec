import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ColumnProfile } from '@modelwright/sdk';
import { formatCount } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import { DataGrid } from '../shared/grid/data-grid';
import type { GridColumn, OpenedCell } from '../shared/grid/grid.types';
import { Dialogs } from '../shared/ui/dialogs';
import { Icon } from '../shared/ui/icon';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { CellPane } from './cell-pane';
import { columnBars } from './column-bars';
import { DatasetStore } from './dataset.store';
import { type RowFilter, filterWords } from './row-filters';

/** The table itself, at any size: fetched in blocks, sorted and filtered by the server, each column summed up in its header. */
@Component({
  selector: 'mw-table-tab',
  imports: [CellPane, CountPipe, DataGrid, Icon, MatButton, Skeleton, View, ViewContent, ViewLoading],
  templateUrl: './table-tab.html',
  styleUrl: './table-tab.scss',
})
export class TableTab {
  protected readonly store = inject(DatasetStore);
  private readonly dialogs = inject(Dialogs);
  protected readonly search = signal('');
  protected readonly matching = signal<number | undefined>(undefined);
  protected readonly opened = signal<OpenedCell | undefined>(undefined);

  private readonly profiles = computed(() =>
    this.store.profile.hasValue() ? this.store.profile.value().columns : [],
  );
  protected readonly columns = computed<readonly GridColumn[]>(() => this.profiles().map(toGridColumn));
  /** Columns that are shown; the loader still brings all, in file order, so the place of each is kept. */
  protected readonly hidden = computed<ReadonlySet<string>>(() => {
    const words = this.search().trim().toLowerCase();
    if (words === '') return new Set();
    return new Set(this.profiles().flatMap(({ name }) => (name.toLowerCase().includes(words) ? [] : [name])));
  });
  protected readonly filters = computed(() =>
    this.store.filters().map((filter) => ({ filter, words: filterWords(filter) })),
  );
  protected readonly countText = computed(() => {
    if (!this.store.profile.hasValue()) return '';
    const all = this.store.profile.value().rows;
    const matching = this.matching();
    return matching === undefined || this.store.filters().length === 0
      ? `${formatCount(all)} rows`
      : `${formatCount(matching)} of ${formatCount(all)} rows`;
  });

  protected async askFilter(column: string): Promise<void> {
    const profile = this.profiles().find((one) => one.name === column);
    if (!profile) return;
    const { FilterDialog } = await import('./filter-dialog');
    const filter = await this.dialogs.open<RowFilter>(FilterDialog, {
      width: '420px',
      data: {
        column,
        type: profile.type,
        values: profile.topValues.map((top) => String(top.value)),
        present: this.store.filters().find((one) => one.column === column),
      },
    });
    if (filter) this.store.filterBy([...this.store.filters().filter((one) => one.column !== column), filter]);
  }

  protected drop(filter: RowFilter): void {
    this.store.filterBy(this.store.filters().filter((one) => one !== filter));
  }

  protected clear(): void {
    this.store.filterBy([]);
  }
}

function toGridColumn(column: ColumnProfile): GridColumn {
  return {
    name: column.name,
    type: column.type,
    summary: {
      missingShare: column.rows === 0 ? 0 : column.missing / column.rows,
      distinct: column.distinct,
      bars: columnBars(column),
      isTarget: column.role === 'target',
      flagged: column.flagCodes.length > 0,
    },
  };
}
