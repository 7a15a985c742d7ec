import { Component, computed, input, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ContractInput, ModelContract } from '@modelwright/sdk';
import { formatNumber, formatScore } from '../shared/format/numbers';
import { columnTypeIcon, columnTypeWord } from '../shared/ui/column-type';
import { Icon } from '../shared/ui/icon';

const STEP = 50;
const SHOWN_CATEGORIES = 3;

/** What a caller sends: one line per input, the most important first. */
@Component({
  selector: 'mw-signature-table',
  imports: [Icon, MatButton],
  template: `
    <section class="mw-card" aria-labelledby="signature-title">
      <div class="mw-card-head">
        <h2 id="signature-title">Inputs</h2>
        <span class="mw-muted">{{ answer() }}</span>
      </div>
      <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Inputs">
        <table class="mw-table">
          <thead>
            <tr>
              <th scope="col">Input</th>
              <th scope="col">Type</th>
              <th scope="col">Needed</th>
              <th scope="col">Seen in training</th>
              <th scope="col" [title]="'Permutation importance in units of ' + metric()">Importance</th>
              <th scope="col">Example</th>
            </tr>
          </thead>
          <tbody>
            @for (row of shown(); track row.name) {
              <tr>
                <th scope="row">
                  <code>{{ row.name }}</code>
                </th>
                <td class="nowrap"><mw-icon [name]="row.icon" [size]="15" /> {{ row.type }}</td>
                <td class="nowrap">{{ row.needed }}</td>
                <td class="range">{{ row.range }}</td>
                <td class="importance">
                  @if (row.importance !== null) {
                    <span class="track"><span class="bar" [style.width.%]="row.share"></span></span>
                    <span class="mw-number mw-small">{{ row.importance }}</span>
                  } @else {
                    <span class="mw-muted">not measured</span>
                  }
                </td>
                <td class="example">
                  <code>{{ row.example }}</code>
                </td>
              </tr>
            }
          </tbody>
        </table>
      </div>
      @if (rows().length > limit()) {
        <p class="more">
          <button type="button" matButton="text" (click)="more()">
            Show more ({{ rows().length - limit() }} left)
          </button>
        </p>
      }
    </section>
  `,
  styles: `
    tbody th {
      padding: 10px 12px 10px 20px;
      color: inherit;
    }
    tbody tr:last-child th {
      border-bottom: 0;
    }
    .nowrap {
      white-space: nowrap;
    }
    .nowrap mw-icon {
      vertical-align: -3px;
      color: var(--mat-sys-on-surface-variant);
    }
    .range,
    .example {
      min-width: 140px;
      max-width: 320px;
      overflow-wrap: anywhere;
    }
    .importance {
      white-space: nowrap;
    }
    .track {
      display: inline-block;
      overflow: hidden;
      width: 96px;
      height: 8px;
      margin-right: 8px;
      border-radius: 4px;
      background: var(--mat-sys-surface-container-high);
    }
    .bar {
      display: block;
      height: 100%;
      border-radius: 4px;
      background: var(--mw-chart-1);
    }
    .more {
      padding: 8px;
      border-top: 1px solid var(--mat-sys-outline-variant);
      text-align: center;
    }
  `,
})
export class SignatureTable {
  readonly contract = input.required<ModelContract>();
  readonly metric = input.required<string>();

  protected readonly limit = linkedSignal({ source: this.contract, computation: () => STEP });
  protected readonly answer = computed(() => {
    const { target, output } = this.contract();
    const classes = output.classes?.length;
    if (!target) return `Names the group of a row, one of ${classes ?? 'several'}`;
    return output.kind === 'class'
      ? `Answers ${target.name} as one of ${classes ?? 'several'} classes, with probabilities`
      : `Answers ${target.name} as a number`;
  });
  protected readonly rows = computed(() => {
    const inputs = [...this.contract().inputs].sort(
      (one, other) => (other.importance ?? -Infinity) - (one.importance ?? -Infinity),
    );
    const top = Math.max(...inputs.map(({ importance }) => importance ?? 0)) || 1;
    return inputs.map((one) => ({
      name: one.name,
      icon: columnTypeIcon(one.type),
      type: columnTypeWord(one.type),
      needed: neededText(one),
      range: rangeText(one),
      importance: typeof one.importance === 'number' ? formatScore(one.importance) : null,
      share: (Math.max(0, one.importance ?? 0) / top) * 100,
      example: one.example === null || one.example === undefined ? 'missing' : String(one.example),
    }));
  });
  protected readonly shown = computed(() => this.rows().slice(0, this.limit()));

  protected more(): void {
    this.limit.update((limit) => limit + STEP);
  }
}

function neededText({ required, nullable }: ContractInput): string {
  if (!required) return 'May be left out';
  return nullable ? 'Required, may be null' : 'Required';
}

function rangeText({ min, max, categories, categoryCount }: ContractInput): string {
  if (categories?.length) {
    const shown = categories.slice(0, SHOWN_CATEGORIES).map(({ value }) => value);
    const rest = (categoryCount ?? categories.length) - shown.length;
    return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
  }
  if (min === null || min === undefined || max === null || max === undefined) return 'any';
  return `${endText(min)} to ${endText(max)}`;
}

function endText(value: number | string): string {
  return typeof value === 'number' ? formatNumber(value) : value.slice(0, 10);
}
