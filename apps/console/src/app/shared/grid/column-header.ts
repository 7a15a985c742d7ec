import { Component, computed, signal } from '@angular/core';
import type { IHeaderAngularComp } from 'ag-grid-angular';
import type { IHeaderParams } from 'ag-grid-community';
import { MiniBars } from '../charts/mini-bars';
import { formatCompact, formatPercent } from '../format/numbers';
import { Icon } from '../ui/icon';
import { columnTypeIcon, columnTypeWord } from '../ui/column-type';
import type { GridColumn, GridSort } from './grid.types';

export interface ColumnHeaderParams extends IHeaderParams {
  readonly spec: GridColumn;
  readonly sort: () => GridSort | null;
  readonly askSort: (column: string) => void;
  readonly askFilter: (column: string) => void;
}

/** Type, name, sort and filter above; missing share, distribution and distinct count below. */
@Component({
  selector: 'mw-column-header',
  imports: [Icon, MiniBars],
  template: `
    @if (spec(); as column) {
      <div class="top">
        <button
          type="button"
          class="name"
          [attr.aria-label]="sortLabel()"
          (click)="params?.askSort(column.name)"
        >
          <mw-icon [name]="icon()" [size]="14" [title]="word()" />
          <span class="mw-ellipsis">{{ column.name }}</span>
          @if (direction(); as arrow) {
            <mw-icon [name]="arrow" [size]="13" />
          }
        </button>
        <button
          type="button"
          class="filter"
          [attr.aria-label]="'Filter by ' + column.name"
          title="Filter"
          (click)="params?.askFilter(column.name)"
        >
          <mw-icon name="filter" [size]="13" />
        </button>
      </div>
      @if (column.summary; as summary) {
        <mw-mini-bars [bars]="summary.bars" [label]="'Distribution of ' + column.name" />
        <div class="facts">
          <span class="missing" [class.some]="summary.missingShare > 0" [title]="missing() + ' missing'">
            <span class="bar" aria-hidden="true"><i [style.width.%]="summary.missingShare * 100"></i></span>
            {{ missing() }}
          </span>
          @if (summary.isTarget) {
            <span class="target"><mw-icon name="target" [size]="12" /> target</span>
          } @else {
            <span title="Different values">{{ distinct() }} distinct</span>
          }
          @if (summary.flagged) {
            <span class="flagged" title="Flagged: see Quality"><mw-icon name="warning" [size]="12" /></span>
          }
        </div>
      }
    }
  `,
  styleUrl: './column-header.scss',
})
export class ColumnHeader implements IHeaderAngularComp {
  protected params: ColumnHeaderParams | undefined;
  protected readonly spec = signal<GridColumn | undefined>(undefined);
  private readonly sort = signal<GridSort | null>(null);
  protected readonly icon = computed(() => columnTypeIcon(this.spec()?.type ?? ''));
  protected readonly word = computed(() => columnTypeWord(this.spec()?.type ?? ''));
  protected readonly missing = computed(() => formatPercent(this.spec()?.summary?.missingShare));
  protected readonly distinct = computed(() => formatCompact(this.spec()?.summary?.distinct));
  protected readonly direction = computed(() => {
    const sort = this.sort();
    if (sort?.column !== this.spec()?.name) return null;
    return sort?.descending ? ('arrow-down' as const) : ('arrow-up' as const);
  });
  protected readonly sortLabel = computed(() => {
    const arrow = this.direction();
    const now =
      arrow === null
        ? ''
        : arrow === 'arrow-up'
          ? ', sorted from small to large'
          : ', sorted from large to small';
    return `${this.spec()?.name ?? ''}, ${this.word()}${now}. Sort`;
  });

  agInit(params: ColumnHeaderParams): void {
    this.refresh(params);
  }

  refresh(params: ColumnHeaderParams): boolean {
    this.params = params;
    this.spec.set(params.spec);
    this.sort.set(params.sort());
    return true;
  }
}
