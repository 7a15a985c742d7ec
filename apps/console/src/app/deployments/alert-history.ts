import { Component, computed, inject, input } from '@angular/core';
import type { AlertHistory as History, AlertKindOffer, AlertRule } from '@modelwright/sdk';
import { Chart, type ChartOption } from '../shared/charts/chart';
import { formatExact } from '../shared/format/time';
import { TimeAgo } from '../shared/format/time-ago';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { UNIT_WORDS, shownThreshold, valueText } from './alert-words';
import { AlertsStore } from './alerts.store';

const HOUR_MS = 3_600_000;
const RANGES = [
  { hours: 6, label: '6 hours' },
  { hours: 24, label: '24 hours' },
  { hours: 168, label: '7 days' },
] as const;

/** The value of a rule against its threshold over time, and what became of it. */
@Component({
  selector: 'mw-alert-history',
  imports: [Chart, Skeleton, StatusChip, TimeAgo, View, ViewContent, ViewLoading],
  template: `
    <div class="mw-row">
      <h3 class="mw-grow">{{ offer().label }}{{ unit() }}</h3>
      <fieldset class="mw-segments">
        <legend class="visually-hidden">How far back</legend>
        @for (range of ranges; track range.hours) {
          <label>
            <input
              type="radio"
              name="alert-hours"
              [checked]="range.hours === store.hours()"
              (change)="store.hours.set(range.hours)"
            />
            {{ range.label }}
          </label>
        }
      </fieldset>
    </div>
    <mw-view [source]="store.history">
      <ng-template mwLoading><mw-skeleton [lines]="1" [height]="220" /></ng-template>
      <ng-template [mwContent]="store.history" let-history>
        <div class="mw-stack">
          @if (history.readings.length === 0) {
            <p class="mw-muted">It was not looked at in this time. Rules are looked at every minute.</p>
          } @else {
            <mw-chart
              [label]="offer().label + ' over time'"
              [option]="option()"
              [summary]="summary()"
              [table]="table()"
              [height]="220"
            />
          }
          <ul>
            @for (change of history.transitions; track change.id) {
              <li>
                <mw-status [status]="change.toState" />
                <span class="mw-grow">{{ change.sentence }}</span>
                <span class="mw-muted mw-small"><mw-time [at]="change.at" /></span>
              </li>
            } @empty {
              <li class="mw-muted">Its state has not changed in this time.</li>
            }
          </ul>
        </div>
      </ng-template>
    </mw-view>
  `,
  styles: `
    :host {
      display: grid;
      gap: 12px;
    }
    li {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 12px;
      padding: 8px 0;
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
    .mw-grow {
      min-width: 200px;
    }
  `,
})
export class AlertHistory {
  readonly rule = input.required<AlertRule>();
  readonly offer = input.required<AlertKindOffer>();
  protected readonly store = inject(AlertsStore);
  protected readonly ranges = RANGES;
  protected readonly unit = computed(() => {
    const word = UNIT_WORDS[this.offer().unit];
    return word === '' ? '' : `, ${word}`;
  });
  private readonly readings = computed<History['readings']>(() =>
    this.store.history.hasValue() ? this.store.history.value().readings : [],
  );
  protected readonly option = computed<ChartOption>(() => {
    const { unit, label } = this.offer();
    const readings = this.readings();
    const now = Date.now();
    const from = now - this.store.hours() * HOUR_MS;
    const shown = (value: number | null): number | null =>
      value === null ? null : shownThreshold(unit, value);
    return (colours) => ({
      grid: { left: 4, right: 12, top: 36, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0 },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'time', min: from, max: now, axisLabel: { hideOverlap: true } },
      yAxis: { type: 'value', min: 0 },
      series: [
        {
          name: label,
          type: 'line',
          showSymbol: readings.length < 60,
          symbolSize: 5,
          color: colours.palette[0],
          data: readings.map(({ at, value }) => [at, shown(value)]),
        },
        {
          name: 'Threshold',
          type: 'line',
          step: 'end',
          symbol: 'none',
          color: colours.error,
          lineStyle: { type: 'dashed', width: 2 },
          // Up to now, so that a single look has a line as well.
          data: [
            ...readings.map(({ at, threshold }) => [at, shown(threshold)]),
            [now, shown(this.rule().threshold)],
          ],
        },
      ],
    });
  });
  protected readonly summary = computed(() => {
    const { unit } = this.offer();
    const known = this.readings().flatMap(({ value }) => (value === null ? [] : [value]));
    if (known.length === 0) return 'There was not enough data in this time.';
    const lowest = valueText(unit, Math.min(...known));
    const highest = valueText(unit, Math.max(...known));
    return `Between ${lowest} and ${highest}; the threshold is ${valueText(unit, this.rule().threshold)}.`;
  });
  protected readonly table = computed(() => ({
    columns: ['Time', this.offer().label + this.unit(), 'Threshold'],
    rows: this.readings().map(({ at, value, threshold }) => [
      formatExact(at),
      value === null ? null : shownThreshold(this.offer().unit, value),
      shownThreshold(this.offer().unit, threshold),
    ]),
  }));
}
