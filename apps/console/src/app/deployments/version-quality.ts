import { Component, computed, input } from '@angular/core';
import type { VersionQuality as Quality } from '@modelwright/sdk';
import { metricRow } from '../shared/metrics/metric-row';
import { Icon } from '../shared/ui/icon';
import { checksSentence } from './version-words';

const SHOWN_METRICS = 3;

/** How good a version is beside the one that answers now, and what speaks against letting it in. */
@Component({
  selector: 'mw-version-quality',
  imports: [Icon],
  template: `
    @let seen = quality();
    <h3 id="version-quality">How good it is</h3>
    @if (seen.warnings.length > 0) {
      <div class="mw-banner warning" role="status">
        <mw-icon name="warning" [size]="16" />
        <ul>
          @for (warning of seen.warnings; track warning) {
            <li>{{ warning }}</li>
          }
        </ul>
      </div>
    }
    @if (rows().length > 0) {
      <div class="mw-table-scroll" tabindex="0" role="region" aria-labelledby="version-quality">
        <table class="mw-table">
          <thead>
            <tr>
              <th scope="col">On held-out rows</th>
              @if (seen.present; as present) {
                <th scope="col" class="mw-num">Version {{ present.number }} now</th>
              }
              <th scope="col" class="mw-num">Version {{ seen.version.number }}</th>
            </tr>
          </thead>
          <tbody>
            @for (row of rows(); track row.label) {
              <tr>
                <th scope="row" [title]="row.hint">{{ row.label }}</th>
                @if (seen.present) {
                  <td class="mw-num">
                    <span [class.better]="row.better === 'present'">{{ row.present }}</span>
                    <span class="note mw-small mw-muted">{{ row.presentNote }}</span>
                  </td>
                }
                <td class="mw-num">
                  <span [class.better]="row.better === 'version'">{{ row.version }}</span>
                  <span class="note mw-small mw-muted">{{ row.versionNote }}</span>
                </td>
              </tr>
            }
          </tbody>
        </table>
      </div>
    }
    <p class="mw-muted">{{ judged() }}</p>
  `,
  styles: `
    :host {
      display: grid;
      gap: 8px;
    }
    ul {
      flex: 1;
      min-width: 0;
      margin: 0;
      padding: 0;
      list-style: none;
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
    @media (width < 700px) {
      .mw-table :is(th, td) {
        padding-inline: 4px;
      }
    }
  `,
})
export class VersionQuality {
  readonly quality = input.required<Quality>();

  protected readonly rows = computed(() => this.quality().metrics.slice(0, SHOWN_METRICS).map(metricRow));
  protected readonly judged = computed(() => checksSentence(this.quality()));
}
