import { Component, computed, input } from '@angular/core';
import { formatPercent } from '../format/numbers';

const MOST_BARS = 8;

/** The probability of each class, most probable first. */
@Component({
  selector: 'mw-probability-bars',
  template: `
    @if (bars().length > 0) {
      <ul class="bars" aria-label="Probability of each class">
        @for (bar of bars(); track bar.name) {
          <li [class.on]="bar.isPredicted">
            <span class="mw-ellipsis" [title]="bar.name">{{ bar.name }}</span>
            <span class="mw-number">{{ bar.percent }}</span>
            <span class="track"><span [style.width.%]="bar.width"></span></span>
          </li>
        }
      </ul>
      @if (unshown() > 0) {
        <p class="mw-small mw-muted">{{ unshown() }} less likely classes are not drawn.</p>
      }
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .bars {
      display: grid;
      gap: 12px;
    }
    .bars li {
      display: grid;
      grid-template-columns: minmax(0, 1fr) max-content;
      gap: 4px 12px;
    }
    .bars .on {
      font-weight: 600;
    }
    .track {
      grid-column: 1 / -1;
      height: 8px;
      overflow: hidden;
      border-radius: 4px;
      background: var(--mat-sys-surface-container-highest);
    }
    .track span {
      display: block;
      height: 100%;
      border-radius: 4px;
      background: color-mix(in srgb, var(--mw-chart-1) 45%, var(--mat-sys-surface));
      transition: width 180ms ease-out;
    }
    .on .track span {
      background: var(--mw-chart-1);
    }
  `,
})
export class ProbabilityBars {
  readonly probabilities = input.required<Readonly<Record<string, number>> | null | undefined>();
  readonly predicted = input.required<string | number | null>();

  private readonly sorted = computed(() =>
    Object.entries(this.probabilities() ?? {}).sort(([, one], [, other]) => other - one),
  );
  protected readonly unshown = computed(() => Math.max(0, this.sorted().length - MOST_BARS));
  protected readonly bars = computed(() => {
    const predicted = String(this.predicted());
    return this.sorted()
      .slice(0, MOST_BARS)
      .map(([name, probability]) => ({
        name,
        percent: formatPercent(probability),
        width: probability * 100,
        isPredicted: name === predicted,
      }));
  });
}
