import { Component, computed, input, signal } from '@angular/core';
import type { ModelContract } from '@modelwright/sdk';
import { formatNumber } from '../shared/format/numbers';
import { MiniBars } from '../shared/charts/mini-bars';
import { columnTypeIcon, columnTypeWord } from '../shared/ui/column-type';
import { Icon } from '../shared/ui/icon';

const SHOWN_CATEGORIES = 4;

/** What the model takes: one row per input, with what it saw in training. */
@Component({
  selector: 'mw-signature-table',
  imports: [Icon, MiniBars],
  template: `
    @if (contract().inputs.length > 12) {
      <div class="find">
        <input
          #find
          type="search"
          class="mw-input"
          data-search
          placeholder="Find an input"
          aria-label="Find an input"
          (input)="search.set(find.value)"
        />
      </div>
    }
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Inputs of the model">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">Input</th>
            <th scope="col">Type</th>
            <th scope="col">Seen in training</th>
            <th scope="col">Distribution</th>
            <th scope="col">Missing</th>
            <th scope="col">Example</th>
            <th scope="col" class="mw-num">Importance</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.name) {
            <tr>
              <td>
                <code>{{ row.name }}</code>
              </td>
              <td class="mw-muted type"><mw-icon [name]="row.icon" [size]="14" /> {{ row.type }}</td>
              <td class="seen">{{ row.seen }}</td>
              <td class="bars">
                @if (row.bars.length > 0) {
                  <mw-mini-bars [bars]="row.bars" [label]="'Distribution of ' + row.name" />
                }
              </td>
              <td class="mw-muted">{{ row.missing }}</td>
              <td class="mw-muted">{{ row.example }}</td>
              <td class="mw-num">{{ row.importance }}</td>
            </tr>
          } @empty {
            <tr>
              <td colspan="7" class="mw-muted">No input is called that.</td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    .find {
      max-width: 280px;
      padding: 12px 20px 0;
    }
    .type {
      white-space: nowrap;
    }
    .type mw-icon {
      translate: 0 2px;
    }
    .seen {
      min-width: 160px;
      max-width: 340px;
      overflow-wrap: anywhere;
    }
    .bars {
      width: 110px;
      min-width: 90px;
    }
  `,
})
export class SignatureTable {
  readonly contract = input.required<ModelContract>();
  protected readonly search = signal('');

  private readonly all = computed(() =>
    this.contract().inputs.map((one) => ({
      name: one.name,
      icon: columnTypeIcon(one.type),
      type: columnTypeWord(one.type),
      seen: seenText(one),
      bars: barsOf(one),
      missing: one.required ? (one.nullable ? 'as null' : 'not accepted') : 'may be left out',
      example: one.example == null ? 'missing' : String(one.example),
      importance: formatNumber(one.importance),
    })),
  );
  protected readonly rows = computed(() => {
    const words = this.search().trim().toLowerCase();
    return this.all().filter((row) => row.name.toLowerCase().includes(words));
  });
}

type Input = ModelContract['inputs'][number];

function seenText(one: Input): string {
  if (one.categories?.length) {
    const names = one.categories.slice(0, SHOWN_CATEGORIES).map((category) => category.value);
    const rest = (one.categoryCount ?? one.categories.length) - names.length;
    return `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  }
  if (one.min == null || one.max == null) return '–';
  if (typeof one.min === 'number' && typeof one.max === 'number')
    return `${formatNumber(one.min)} to ${formatNumber(one.max)}`;
  return `${String(one.min).slice(0, 10)} to ${String(one.max).slice(0, 10)}`;
}

function barsOf(one: Input): readonly { label: string; count: number }[] {
  const histogram = one.histogram;
  if (histogram) {
    return histogram.counts.map((count, index) => ({
      label: `${formatNumber(histogram.edges[index])} to ${formatNumber(histogram.edges[index + 1])}`,
      count,
    }));
  }
  return (one.categories ?? []).slice(0, 12).map(({ value, count }) => ({ label: value, count }));
}
