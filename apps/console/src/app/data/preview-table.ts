import { Component, computed, input } from '@angular/core';
import type { PreviewResponse } from '@modelwright/sdk';
import { columnTypeIcon, columnTypeWord } from '../shared/ui/column-type';
import { Icon } from '../shared/ui/icon';

const MOST_COLUMNS = 60;

/** The first rows as text, doubtful cells outlined with the reason. */
@Component({
  selector: 'mw-preview-table',
  imports: [Icon],
  template: `
    <div class="scroll" tabindex="0" role="region" aria-label="First rows of the file">
      <table>
        <thead>
          <tr>
            @for (column of columns(); track column.name) {
              <th scope="col" [title]="column.word">
                <span><mw-icon [name]="column.icon" [size]="13" /> {{ column.name }}</span>
              </th>
            }
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track $index) {
            <tr>
              @for (cell of row; track $index) {
                <td
                  [class.doubtful]="cell.reason"
                  [class.missing]="cell.text === null"
                  [title]="cell.reason ?? ''"
                >
                  {{ cell.text ?? 'missing' }}
                </td>
              }
            </tr>
          }
        </tbody>
      </table>
    </div>
    @if (hidden() > 0) {
      <p class="mw-small mw-muted">{{ hidden() }} more columns are not shown here.</p>
    }
  `,
  styles: `
    .scroll {
      max-height: 320px;
      overflow: auto;
      border: 1px solid var(--mat-sys-outline-variant);
      border-radius: var(--mw-radius);
    }
    table {
      border-collapse: separate;
      border-spacing: 0;
      font-size: 12px;
      line-height: 16px;
    }
    th {
      position: sticky;
      top: 0;
      z-index: 1;
      padding: 7px 10px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      background: var(--mat-sys-surface-container-low);
      font-weight: 500;
      text-align: left;
      white-space: nowrap;
    }
    th span {
      display: inline-flex;
      align-items: center;
      gap: 5px;
    }
    th mw-icon {
      color: var(--mat-sys-on-surface-variant);
    }
    td {
      max-width: 220px;
      padding: 5px 10px;
      border-bottom: 1px solid color-mix(in srgb, var(--mat-sys-outline-variant) 60%, transparent);
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .missing {
      color: var(--mat-sys-on-surface-variant);
      font-style: italic;
    }
    .doubtful {
      outline: 1.5px solid var(--mw-warning);
      outline-offset: -2px;
      border-radius: 4px;
    }
  `,
})
export class PreviewTable {
  readonly preview = input.required<PreviewResponse>();

  protected readonly columns = computed(() =>
    this.preview()
      .columns.slice(0, MOST_COLUMNS)
      .map((column) => ({
        name: column.name,
        icon: columnTypeIcon(column.type),
        word: columnTypeWord(column.type),
      })),
  );
  protected readonly hidden = computed(() => Math.max(0, this.preview().columns.length - MOST_COLUMNS));
  protected readonly rows = computed(() => {
    const doubts = new Map(
      this.preview().doubtfulCells.map((cell) => [`${cell.row}:${cell.column}`, cell.reason]),
    );
    return this.preview().rows.map((row, rowIndex) =>
      row.slice(0, MOST_COLUMNS).map((text, index) => ({ text, reason: doubts.get(`${rowIndex}:${index}`) })),
    );
  });
}
