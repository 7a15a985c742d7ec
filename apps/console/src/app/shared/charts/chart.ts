import {
  Component,
  DestroyRef,
  ElementRef,
  computed,
  effect,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import type { EChartsCoreOption } from 'echarts/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Icon } from '../ui/icon';
import { Theme } from '../ui/theme';
import { saveFile } from '../ui/save-file';
import { type Place, stopsOf, walk } from './chart-walk';
import { type ChartColours, readColours, themeFrom } from './chart-theme';
import type { EChartsType } from './echarts';

/** The numbers behind a chart: shown as a table, read by screen readers, exported as CSV. */
export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export type ChartOption = (colours: ChartColours) => EChartsCoreOption;

const SHORT_MS = 180;

/**
 * The one way to draw a chart. The caller gives the option without colours of its own (it gets the theme's), a sentence
 * that says what the chart shows, and the numbers behind it. Zero baseline for bars is the caller's duty.
 */
@Component({
  selector: 'mw-chart',
  imports: [Icon, MatMenu, MatMenuItem, MatMenuTrigger],
  template: `
    <div class="tools">
      <button
        type="button"
        class="mw-icon-button"
        [matMenuTriggerFor]="menu"
        [attr.aria-label]="'Options of ' + label()"
      >
        <mw-icon name="more" [size]="16" />
      </button>
      <mat-menu #menu xPosition="before">
        <button mat-menu-item type="button" (click)="asTable.set(!asTable())">
          {{ asTable() ? 'Show as chart' : 'Show as table' }}
        </button>
        <button mat-menu-item type="button" (click)="saveCsv()">Save as CSV</button>
        <button mat-menu-item type="button" [disabled]="asTable()" (click)="savePng()">Save as PNG</button>
      </mat-menu>
    </div>
    <div
      #canvas
      class="canvas"
      tabindex="0"
      role="img"
      [hidden]="asTable()"
      [style.height.px]="height()"
      [attr.aria-label]="label() + '. ' + summary()"
      (keydown)="walk($event)"
    ></div>
    @if (asTable()) {
      <div
        class="mw-table-scroll"
        [style.max-height.px]="height()"
        tabindex="0"
        role="region"
        [attr.aria-label]="label()"
      >
        <table class="mw-table">
          <thead>
            <tr>
              @for (column of table().columns; track $index) {
                <th scope="col">{{ column }}</th>
              }
            </tr>
          </thead>
          <tbody>
            @for (row of table().rows; track $index) {
              <tr>
                @for (cell of row; track $index) {
                  <td class="mw-number">{{ cell }}</td>
                }
              </tr>
            }
          </tbody>
        </table>
      </div>
    }
  `,
  styles: `
    :host {
      position: relative;
      display: block;
      min-width: 0;
    }
    .tools {
      position: absolute;
      z-index: 1;
      top: -4px;
      right: 0;
    }
    .canvas:focus-visible {
      border-radius: 6px;
    }
    .mw-table-scroll {
      overflow: auto;
      padding-top: 24px;
    }
  `,
})
export class Chart {
  readonly option = input.required<ChartOption>();
  readonly label = input.required<string>();
  /** One sentence for those who cannot see the drawing. */
  readonly summary = input.required<string>();
  readonly table = input.required<ChartTable>();
  readonly height = input(260);

  protected readonly asTable = signal(false);
  private readonly canvas = viewChild.required<ElementRef<HTMLDivElement>>('canvas');
  private readonly theme = inject(Theme);
  private readonly chart = signal<EChartsType | undefined>(undefined);
  private readonly colours = computed(() => {
    this.theme.active();
    return readColours(this.canvas().nativeElement);
  });
  private readonly drawn = computed(() => this.option()(this.colours()));
  private place: Place | undefined;
  private alive = true;

  constructor() {
    effect((onCleanup) => {
      const colours = this.colours();
      let mine: EChartsType | undefined;
      let observer: ResizeObserver | undefined;
      let stale = false;
      onCleanup(() => {
        stale = true;
        observer?.disconnect();
        mine?.dispose();
      });
      void import('./echarts').then(({ init }) => {
        if (stale || !this.alive) return;
        const host = this.canvas().nativeElement;
        mine = init(host, themeFrom(colours));
        observer = new ResizeObserver(() => mine?.resize());
        observer.observe(host);
        this.chart.set(mine);
      });
    });
    effect(() => {
      const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
      this.chart()?.setOption(
        {
          animation: !reduced,
          animationDuration: SHORT_MS,
          animationDurationUpdate: SHORT_MS,
          ...this.drawn(),
        },
        { notMerge: true },
      );
    });
    inject(DestroyRef).onDestroy(() => (this.alive = false));
  }

  /** Arrow keys move the tooltip along a series and from one to the next. */
  protected walk(event: KeyboardEvent): void {
    const chart = this.chart();
    const place = chart && walk(stopsOf(this.drawn()['series']), this.place, event.key);
    if (!place) return;
    event.preventDefault();
    this.place = place;
    chart.dispatchAction({ type: 'showTip', ...place });
  }

  protected saveCsv(): void {
    const { columns, rows } = this.table();
    const lines = [columns, ...rows].map((row) => row.map(csvCell).join(','));
    saveFile(`${this.label()}.csv`, new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' }));
  }

  protected savePng(): void {
    const url = this.chart()?.getDataURL({
      type: 'png',
      pixelRatio: 2,
      backgroundColor: this.colours().surface,
    });
    if (url) void fetch(url).then(async (answer) => saveFile(`${this.label()}.png`, await answer.blob()));
  }
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
