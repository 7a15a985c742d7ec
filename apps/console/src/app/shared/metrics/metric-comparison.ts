import { Component, computed, input } from '@angular/core';
import { Icon } from '../ui/icon';
import { type ComparedRow, tickText } from './metric-row';

/** Figures of two versions side by side on held-out rows; of one, where there is no present one. */
@Component({
  selector: 'mw-metric-comparison',
  imports: [Icon],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" [attr.aria-labelledby]="headingId()">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">On held-out rows</th>
            @if (present(); as number) {
              <th scope="col" class="mw-num">Version {{ number }} now</th>
            }
            <th scope="col" class="mw-num">Version {{ version() }}</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.label) {
            <tr>
              <th scope="row" [title]="row.hint">{{ row.label }}</th>
              @if (present()) {
                <td class="mw-num">
                  <span [class.better]="row.better === 'present'">{{ row.present }}</span>
                  @if (row.better === 'present') {
                    <mw-icon name="check" [size]="13" /><span class="visually-hidden">better</span>
                  }
                  <span class="note mw-small mw-muted">{{ row.presentNote }}</span>
                </td>
              }
              <td class="mw-num">
                <span [class.better]="row.better === 'version'">{{ row.version }}</span>
                @if (row.better === 'version') {
                  <mw-icon name="check" [size]="13" /><span class="visually-hidden">better</span>
                }
                <span class="note mw-small mw-muted">{{ row.versionNote }}</span>
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
    @if (present()) {
      <p class="mw-small mw-muted">{{ ticks() }}</p>
    }
  `,
  styles: `
    :host {
      display: block;
    }
    .mw-table :is(th, td) {
      padding-block: 5px;
    }
    .mw-table :is(th, td):first-child {
      padding-left: 0;
    }
    .mw-table :is(th, td):last-child {
      padding-right: 0;
    }
    .mw-table th[scope='row'] {
      font-weight: 400;
      text-align: left;
    }
    .better {
      font-weight: 600;
    }
    .note {
      display: block;
    }
    mw-icon {
      color: var(--mw-success);
    }
    tbody tr:last-child :is(th, td) {
      border-bottom: 0;
    }
    @media (width < 700px) {
      .mw-table :is(th, td) {
        padding-inline: 4px;
      }
    }
  `,
})
export class MetricComparison {
  readonly rows = input.required<readonly ComparedRow[]>();
  /** Number of the version that is looked at. */
  readonly version = input.required<number>();
  /** Number of the one that it would replace. */
  readonly present = input<number>();
  /** Of the heading that names the table. */
  readonly headingId = input.required<string>();
  protected readonly ticks = computed(() => tickText(this.rows()));
}
