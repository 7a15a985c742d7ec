import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { formatCount } from '../shared/format/numbers';
import { ColumnCard } from './column-card';
import { DatasetStore } from './dataset.store';

const STEP = 48;
const ORDERS = [
  { id: 'file', word: 'Order of the file' },
  { id: 'strength', word: 'Strongest for the target' },
  { id: 'missing', word: 'Most missing' },
  { id: 'name', word: 'Name' },
] as const;

/** One card per column. */
@Component({
  selector: 'mw-columns-tab',
  imports: [ColumnCard, MatButton, Skeleton, View, ViewContent, ViewLoading],
  template: `
    <div class="tools">
      <input
        #find
        type="search"
        class="mw-input"
        data-search
        placeholder="Find a column"
        aria-label="Find a column"
        (input)="search.set(find.value)"
      />
      <select #order class="mw-input" aria-label="Order of the columns" (change)="setOrder(order.value)">
        @for (one of orders; track one.id) {
          <option [value]="one.id">{{ one.word }}</option>
        }
      </select>
      <span class="mw-muted mw-number" role="status">{{ countText() }}</span>
    </div>
    <mw-view [source]="store.profile">
      <ng-template mwLoading><mw-skeleton [lines]="3" [height]="160" /></ng-template>
      <ng-template [mwContent]="store.profile" let-profile>
        <div class="mw-cards">
          @for (column of shown(); track column.name) {
            <mw-column-card
              [column]="column"
              [classes]="classes()"
              [canEdit]="canEdit()"
              (roleAsked)="store.setColumn({ name: column.name, role: $event })"
              (typeAsked)="store.setColumn({ name: column.name, type: $event })"
              (targetAsked)="store.setTarget(column.name)"
            />
          }
        </div>
        @if (shown().length < found().length) {
          <p class="more">
            <button type="button" matButton="outlined" (click)="showMore()">Show more columns</button>
          </p>
        }
        @if (found().length === 0) {
          <p class="mw-muted">No column of {{ profile.columns.length }} is called that.</p>
        }
      </ng-template>
    </mw-view>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .tools {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px;
    }
    .mw-input {
      flex: 0 1 220px;
    }
    .tools span {
      margin-left: auto;
    }
    .more {
      margin-top: 16px;
      text-align: center;
    }
  `,
})
export class ColumnsTab {
  readonly canEdit = input(false);
  protected readonly store = inject(DatasetStore);
  protected readonly orders = ORDERS;
  protected readonly search = signal('');
  private readonly order = signal<string>('file');
  private readonly most = signal(STEP);

  private readonly columns = computed(() =>
    this.store.profile.hasValue() ? this.store.profile.value().columns : [],
  );
  protected readonly classes = computed(
    () => this.columns().find((column) => column.againstTarget)?.againstTarget?.classes ?? [],
  );
  protected readonly found = computed(() => {
    const words = this.search().trim().toLowerCase();
    const columns = this.columns().filter((column) => column.name.toLowerCase().includes(words));
    switch (this.order()) {
      case 'strength':
        return columns.sort((a, b) => (b.againstTarget?.strength ?? -1) - (a.againstTarget?.strength ?? -1));
      case 'missing':
        return columns.sort((a, b) => b.missing - a.missing);
      case 'name':
        return columns.sort((a, b) => a.name.localeCompare(b.name));
      default:
        return columns;
    }
  });
  protected readonly shown = computed(() => this.found().slice(0, this.most()));
  protected readonly countText = computed(
    () => `${formatCount(this.found().length)} of ${formatCount(this.columns().length)} columns`,
  );

  protected setOrder(order: string): void {
    this.order.set(order);
  }

  protected showMore(): void {
    this.most.update((most) => most + STEP);
  }
}
