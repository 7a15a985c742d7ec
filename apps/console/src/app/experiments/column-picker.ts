import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogRef,
  MatDialogTitle,
} from '@angular/material/dialog';
import type { ExperimentField } from '@modelwright/sdk';
import { Icon } from '../shared/ui/icon';
import { DEFAULT_COLUMNS, moved } from './table-state';

export interface ColumnChoice {
  readonly fields: readonly ExperimentField[];
  readonly columns: readonly string[];
}

const GROUPS = [
  { id: 'attribute', label: 'About the run' },
  { id: 'metric', label: 'Metrics' },
  { id: 'param', label: 'Parameters' },
  { id: 'tag', label: 'Tags' },
] as const;
/** These have a column of their own always. */
const FIXED = new Set(['name', 'status']);
const MAX_COLUMNS = 60;
const MAX_LISTED = 200;

/** Which columns the table has, and in which order. */
@Component({
  selector: 'mw-column-picker',
  imports: [Icon, MatButton, MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle],
  template: `
    <h2 mat-dialog-title>Columns</h2>
    <mat-dialog-content>
      <div class="sides">
        <section>
          <input
            #find
            class="mw-input"
            type="search"
            aria-label="Find a column"
            placeholder="Find a metric, parameter or tag"
            (input)="wanted.set(find.value)"
          />
          <div class="scroll" tabindex="0" role="region" aria-label="All columns">
            @for (group of groups(); track group.id) {
              <h3>{{ group.label }}</h3>
              @for (field of group.fields; track field.field) {
                <label class="mw-check">
                  <input
                    type="checkbox"
                    [checked]="isOn(field.field)"
                    [disabled]="!isOn(field.field) && isFull()"
                    (change)="toggle(field.field)"
                  />
                  <span>{{ field.label }}</span>
                </label>
              }
              @if (group.more > 0) {
                <p class="mw-small mw-muted">and {{ group.more }} more: type to find them</p>
              }
            } @empty {
              <p class="mw-muted">No column is called like that.</p>
            }
          </div>
        </section>
        <section>
          <h3>Shown, from left to right</h3>
          <ol class="scroll" tabindex="0" aria-label="Shown columns">
            @for (column of columns(); track column) {
              <li>
                <span class="grow">{{ labelOf(column) }}</span>
                <button
                  type="button"
                  class="mw-icon-button"
                  [attr.aria-label]="'Move ' + column + ' left'"
                  [disabled]="$first"
                  (click)="move(column, -1)"
                >
                  <mw-icon name="chevron-up" [size]="14" />
                </button>
                <button
                  type="button"
                  class="mw-icon-button"
                  [attr.aria-label]="'Move ' + column + ' right'"
                  [disabled]="$last"
                  (click)="move(column, 1)"
                >
                  <mw-icon name="chevron-down" [size]="14" />
                </button>
                <button
                  type="button"
                  class="mw-icon-button"
                  [attr.aria-label]="'Remove ' + column"
                  (click)="toggle(column)"
                >
                  <mw-icon name="close" [size]="14" />
                </button>
              </li>
            }
          </ol>
        </section>
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" (click)="columns.set(usual)">Usual columns</button>
      <span class="grow"></span>
      <button type="button" matButton="text" mat-dialog-close>Cancel</button>
      <button type="button" matButton="filled" [disabled]="columns().length === 0" (click)="done()">
        Show columns
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    .sides {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr));
      gap: 24px;
    }
    .scroll {
      display: grid;
      align-content: start;
      gap: 2px;
      height: min(380px, 45vh);
      margin: 8px 0 0;
      padding: 0 4px 0 0;
      overflow: auto;
    }
    h3 {
      margin-top: 8px;
      font-size: 12px;
      font-weight: 600;
      line-height: 20px;
    }
    .mw-check span {
      overflow-wrap: anywhere;
    }
    li {
      display: flex;
      align-items: center;
      list-style: none;
    }
    .grow {
      flex: 1;
      min-width: 0;
      overflow-wrap: anywhere;
    }
  `,
})
export class ColumnPicker {
  private readonly choice = inject<ColumnChoice>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<ColumnPicker, readonly string[]>>(MatDialogRef);
  private readonly labels = new Map(this.choice.fields.map((field) => [field.field, field.label]));
  protected readonly usual = DEFAULT_COLUMNS;
  protected readonly columns = signal(this.choice.columns);
  protected readonly wanted = signal('');
  protected readonly isFull = computed(() => this.columns().length >= MAX_COLUMNS);
  protected readonly groups = computed(() => {
    const wanted = this.wanted().trim().toLowerCase();
    return GROUPS.map((group) => {
      const all = this.choice.fields.filter(
        (field) =>
          field.group === group.id &&
          !FIXED.has(field.field) &&
          !field.label.startsWith('mlflow.') &&
          field.label.toLowerCase().includes(wanted),
      );
      return { ...group, fields: all.slice(0, MAX_LISTED), more: Math.max(0, all.length - MAX_LISTED) };
    }).filter((group) => group.fields.length > 0);
  });

  protected isOn(field: string): boolean {
    return this.columns().includes(field);
  }

  protected labelOf(field: string): string {
    return this.labels.get(field) ?? field;
  }

  protected toggle(field: string): void {
    this.columns.update((columns) =>
      columns.includes(field) ? columns.filter((one) => one !== field) : [...columns, field],
    );
  }

  protected move(field: string, by: 1 | -1): void {
    this.columns.update((columns) => moved(columns, field, by));
  }

  protected done(): void {
    this.dialog.close(this.columns());
  }
}
