import { Component, computed, input } from '@angular/core';
import { tableOf } from './request-words';

/** A few logged rows. One row is drawn upright: its names beside its values. */
@Component({
  selector: 'mw-rows-table',
  template: `
    <h3>{{ heading() }}</h3>
    <div class="mw-table-scroll" tabindex="0" role="region" [attr.aria-label]="heading()">
      <table class="mw-table">
        @if (upright(); as pairs) {
          <tbody>
            @for (pair of pairs; track pair.name) {
              <tr>
                <th scope="row">{{ pair.name }}</th>
                <td>{{ pair.value }}</td>
              </tr>
            }
          </tbody>
        } @else {
          <thead>
            <tr>
              @for (column of table().columns; track column) {
                <th scope="col">{{ column }}</th>
              }
            </tr>
          </thead>
          <tbody>
            @for (row of table().cells; track $index) {
              <tr>
                @for (cell of row; track $index) {
                  <td>{{ cell }}</td>
                }
              </tr>
            }
          </tbody>
        }
      </table>
    </div>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 8px;
    }
    .mw-table-scroll {
      max-height: 420px;
      overflow: auto;
      border: 1px solid var(--mat-sys-outline-variant);
      border-radius: var(--mw-radius);
    }
    td,
    th {
      padding: 5px 12px;
      overflow-wrap: anywhere;
    }
    th[scope='row'] {
      width: 45%;
      white-space: normal;
    }
  `,
})
export class RowsTable {
  readonly heading = input.required<string>();
  readonly rows = input.required<readonly unknown[]>();
  protected readonly table = computed(() => tableOf(this.rows()));
  protected readonly upright = computed(() => {
    const { columns, cells } = this.table();
    const [only, second] = cells;
    return only && !second ? columns.map((name, index) => ({ name, value: only[index] ?? '' })) : null;
  });
}
