import { Component, computed, input } from '@angular/core';
import type { Comparison } from '@modelwright/sdk';
import { formatBytes, formatDuration } from '../shared/format/numbers';
import { formatExact } from '../shared/format/time';
import { familyWord, metricInfo, taskWord } from '../shared/metrics/metric-words';
import type { Marked } from './compare-charts';

/** What is known of each: differences first, what is the same folded away. */
@Component({
  selector: 'mw-compare-facts',
  template: `
    <section class="mw-card mw-card-body">
      <h2>Differences</h2>
      @if (rows().different.length === 0) {
        <p class="mw-muted">Everything that is known of them is the same.</p>
      } @else {
        <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Differences">
          <table class="mw-table">
            <thead>
              <tr>
                <th scope="col">What</th>
                @for (one of items(); track one.item.id) {
                  <th scope="col">
                    {{ one.letter }} <span class="mw-muted">{{ one.item.name }}</span>
                  </th>
                }
              </tr>
            </thead>
            <tbody>
              @for (row of rows().different; track row.key) {
                <tr>
                  <th scope="row">
                    {{ row.name }} <span class="mw-small mw-muted">{{ row.group }}</span>
                  </th>
                  @for (value of row.values; track $index) {
                    <td [class.mw-muted]="value === '–'">{{ value }}</td>
                  }
                </tr>
              }
            </tbody>
          </table>
        </div>
      }
      @if (rows().same.length > 0) {
        <details>
          <summary>{{ rows().same.length }} more are the same</summary>
          <dl class="mw-facts">
            @for (row of rows().same; track row.key) {
              <dt>{{ row.name }}</dt>
              <dd>{{ row.values[0] }}</dd>
            }
          </dl>
        </details>
      }
    </section>
  `,
  styles: `
    h2 {
      font-size: 14px;
      font-weight: 600;
      line-height: 20px;
    }
    .mw-table {
      margin-top: 8px;
      font-size: 13px;
    }
    tbody th {
      padding: 8px 12px 8px 0;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      font-weight: 500;
      text-align: left;
    }
    td {
      max-width: 280px;
      padding-block: 8px;
      overflow-wrap: anywhere;
    }
    details {
      margin-top: 12px;
    }
    summary {
      min-height: 24px;
      cursor: pointer;
    }
    dl {
      margin-top: 8px;
    }
    dd {
      overflow-wrap: anywhere;
    }
  `,
})
export class CompareFacts {
  readonly facts = input.required<Comparison['facts']>();
  readonly items = input.required<readonly Marked[]>();

  protected readonly rows = computed(() => {
    const all = this.facts().map(({ group, name, values, equal }) => ({
      key: `${group} ${name}`,
      group,
      name: factWord(group, name),
      equal,
      values: values.map((value) => shown(group === 'Parameters' ? '' : name, value)),
    }));
    return { different: all.filter(({ equal }) => !equal), same: all.filter(({ equal }) => equal) };
  });
}

const FACT_WORDS: Readonly<Record<string, string>> = {
  budget_seconds: 'Time to search',
  candidates: 'Candidates',
  dataset: 'Dataset',
  duration_seconds: 'Duration',
  features: 'Columns to learn from',
  fit_seconds: 'Fit time',
  holdout_fraction: 'Share held out',
  predict_ms_per_row: 'Time per row',
  preset: 'Preset',
  rows: 'Rows',
  size_bytes: 'Size',
  'data SHA-256': 'Data SHA-256',
  'validation.folds': 'Folds',
  'validation.strategy': 'Folds are made of',
};

/** Parameters keep the name that their program gave them: `rows` of a model are not those of the data. */
export function factWord(group: string, name: string): string {
  if (group === 'Parameters') return name;
  const known = FACT_WORDS[name] ?? metricInfo(name)?.label;
  if (known) return known;
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function shown(name: string, value: string | number | null): string {
  if (value === null) return '–';
  const number = Number(value);
  switch (name) {
    case 'created':
      return formatExact(`${value}Z`);
    case 'data SHA-256':
      return String(value).slice(0, 12);
    case 'family':
      return familyWord(String(value));
    case 'task':
      return taskWord(String(value));
    case 'budget_seconds':
    case 'duration_seconds':
    case 'fit_seconds':
      return formatDuration(number);
    case 'predict_ms_per_row':
      return formatDuration(number / 1000);
    case 'size_bytes':
      return formatBytes(number);
    default:
      if (typeof value === 'number') return String(Number(value.toPrecision(6)));
      return metricInfo(value)?.label ?? value;
  }
}
