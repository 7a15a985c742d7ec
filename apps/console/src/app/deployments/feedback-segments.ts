import { Component, computed, inject } from '@angular/core';
import { formatCount, formatNumber, formatPercent, formatScore } from '../shared/format/numbers';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { figureText, measureText } from './feedback-words';
import { FeedbackStore } from './feedback.store';

/** Where the served model is better and worse: by the values of one input, and in segments that were searched for. */
@Component({
  selector: 'mw-feedback-segments',
  imports: [Skeleton, View, ViewContent, ViewLoading],
  template: `
    <section class="mw-card">
      <div class="mw-card-head head">
        <h3 class="mw-grow">By segment</h3>
        <label>
          <span class="visually-hidden">Input</span>
          <select class="mw-input" (change)="choose($event)">
            @for (name of store.known()?.columns; track name) {
              <option [value]="name" [selected]="name === store.column()">{{ name }}</option>
            }
          </select>
        </label>
      </div>
      <mw-view [source]="store.segments">
        <ng-template mwLoading
          ><div class="mw-card-body"><mw-skeleton [lines]="4" [height]="24" /></div
        ></ng-template>
        <ng-template [mwContent]="store.segments">
          <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Figures by segment">
            <table class="mw-table">
              <thead>
                <tr>
                  <th scope="col">{{ store.column() }}</th>
                  <th scope="col" class="wide"><span class="visually-hidden">Bar</span></th>
                  <th scope="col" class="mw-num">{{ measureName() }} (95 %)</th>
                  <th scope="col" class="mw-num">Rows</th>
                </tr>
              </thead>
              <tbody>
                @for (row of rows(); track row.label) {
                  <tr>
                    <th scope="row" class="name">{{ row.label }}</th>
                    <td class="wide">
                      <div class="bar" aria-hidden="true"><span [style.width.%]="row.percent"></span></div>
                    </td>
                    <td class="mw-num" [class.mw-muted]="row.isGrey">{{ row.text }}</td>
                    <td class="mw-num">{{ row.count }}</td>
                  </tr>
                }
              </tbody>
            </table>
          </div>
          <p class="mw-card-body mw-small mw-muted">{{ about() }}</p>
        </ng-template>
      </mw-view>
    </section>
    <section class="mw-card">
      <div class="mw-card-head"><h3>Where it fails more</h3></div>
      <mw-view [source]="store.errorSegments">
        <ng-template mwLoading
          ><div class="mw-card-body"><mw-skeleton [lines]="4" [height]="24" /></div
        ></ng-template>
        <ng-template [mwContent]="store.errorSegments">
          @if (errors(); as found) {
            @if (found.rows.length > 0) {
              <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Error segments">
                <table class="mw-table">
                  <thead>
                    <tr>
                      <th scope="col">Segment</th>
                      <th scope="col" class="mw-num">{{ found.measure }} (95 %)</th>
                      <th scope="col" class="mw-num">Lift</th>
                      <th scope="col" class="mw-num">Rows</th>
                      <th scope="col" class="mw-num">Share of errors</th>
                      <th scope="col" class="mw-num">p, adjusted</th>
                    </tr>
                  </thead>
                  <tbody>
                    @for (row of found.rows; track row.text) {
                      <tr>
                        <th scope="row" class="condition">{{ row.text }}</th>
                        <td class="mw-num">{{ row.value }}</td>
                        <td class="mw-num">{{ row.lift }} ×</td>
                        <td class="mw-num">{{ row.count }}</td>
                        <td class="mw-num">{{ row.share }}</td>
                        <td class="mw-num">{{ row.p }}</td>
                      </tr>
                    }
                  </tbody>
                </table>
              </div>
            }
            <p class="mw-card-body mw-small mw-muted">{{ found.sentence }}</p>
          }
        </ng-template>
      </mw-view>
    </section>
  `,
  styles: `
    :host {
      display: grid;
      gap: 16px;
      min-width: 0;
    }
    p {
      margin: 0;
    }
    .head {
      flex-wrap: wrap;
      gap: 8px;
    }
    select {
      max-width: 240px;
    }
    .name,
    .condition {
      font-weight: 500;
      text-align: left;
    }
    .name {
      white-space: nowrap;
    }
    .condition {
      min-width: 220px;
    }
    .wide {
      width: 40%;
      min-width: 80px;
    }
    .bar {
      height: 8px;
      border-radius: 4px;
      background: var(--mat-sys-surface-container-highest);
      overflow: hidden;
    }
    .bar span {
      display: block;
      height: 100%;
      background: var(--mw-chart-1);
    }
  `,
})
export class FeedbackSegments {
  protected readonly store = inject(FeedbackStore);

  private readonly known = computed(() =>
    this.store.segments.hasValue() ? this.store.segments.value() : undefined,
  );
  protected readonly measureName = computed(() =>
    this.known()?.metric === 'mae' ? 'Mean absolute error' : 'Right',
  );
  protected readonly rows = computed(() => {
    const known = this.known();
    if (!known) return [];
    const most =
      known.metric === 'accuracy' ? 1 : Math.max(...known.segments.map(({ value }) => value ?? 0), 0);
    return known.segments.map((segment) => ({
      label: segment.label,
      percent: segment.value === null || most === 0 ? 0 : (segment.value / most) * 100,
      isGrey: segment.value === null,
      text:
        segment.value === null
          ? `${segment.rows} of ${known.neededRows} labels`
          : `${measureText(known.metric, segment.value)} (${measureText(known.metric, segment.low)} to ${measureText(known.metric, segment.high)})`,
      count: formatCount(segment.rows),
    }));
  });
  protected readonly about = computed(() => {
    const known = this.known();
    if (!known) return '';
    const lost = known.missingRows > 0 ? ` ${formatCount(known.missingRows)} more have left the log.` : '';
    return `The newest ${formatCount(known.rows)} rows with a known outcome, at most 20,000.${lost}`;
  });
  protected readonly errors = computed(() => {
    if (!this.store.errorSegments.hasValue()) return undefined;
    const found = this.store.errorSegments.value();
    const isRate = found.measure === 'error_rate';
    const shown = (value: number): string => (isRate ? formatPercent(value) : formatScore(value));
    return {
      measure: isRate ? 'Wrong' : 'Mean absolute error',
      sentence: sentence(found.rows, found.neededRows, found.segments.length, found.searched, found.method),
      rows: found.segments.map((one) => ({
        text: one.text,
        value: isRate
          ? `${shown(one.value)} (${shown(one.low ?? one.value)} to ${shown(one.high ?? one.value)})`
          : figureText(one),
        lift: formatNumber(one.lift),
        count: `${formatCount(one.rows)} (${formatPercent(one.share)})`,
        share: formatPercent(one.shareOfErrors),
        p: one.adjustedPValue < 0.001 ? '< 0.001' : formatScore(one.adjustedPValue),
      })),
    };
  });

  protected choose(event: Event): void {
    this.store.column.set((event.target as HTMLSelectElement).value);
  }
}

function sentence(rows: number, needed: number, found: number, searched: number, method: string): string {
  if (rows < needed) return `Not enough labels: ${rows} of ${needed} rows whose inputs are in the log.`;
  const none = found === 0 ? 'No segment is clearly worse than the other rows. ' : '';
  return `${none}${formatCount(searched)} segments of the newest ${formatCount(rows)} rows were looked at. ${method}`;
}
