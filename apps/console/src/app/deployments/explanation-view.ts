import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { Explanation } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../shared/format/numbers';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { contributionBars } from './contribution-bars';
import { PredictionForm } from './prediction-form';

const SPACE_NOTES: Readonly<Partial<Record<Explanation['output']['space'], string>>> = {
  log_odds: 'In log-odds, in which this model adds up: 0 is 50 %, +1 about 73 %, +2 about 88 %.',
  margin: 'In the raw score of the class, in which this model adds up.',
  log_number: 'In logarithms, in which this model adds up: +0.1 is about 10 % more.',
};

/** Where the shown prediction comes from: a bar for each column, on request. */
@Component({
  selector: 'mw-explanation-view',
  imports: [Icon, MatButton, ProblemView],
  template: `
    @if (shown(); as found) {
      <section class="mw-stack-tight" aria-labelledby="why-title">
        <h3 id="why-title">What moves {{ found.what }}</h3>
        <p class="mw-small mw-muted">
          From {{ found.base }} on average to {{ found.sum }} for this row. {{ found.space }}
        </p>
        @if (found.otherVersion; as version) {
          <p class="mw-banner warning">
            <mw-icon name="warning" [size]="16" />
            <span>Of version {{ version }}, not of the one that answered above: traffic is split.</span>
          </p>
        }
        <ul class="bars" aria-label="Contribution of each column">
          @for (bar of found.bars; track bar.column) {
            <li [class.up]="bar.isUp">
              <span class="mw-ellipsis" [title]="bar.column + ' ' + bar.value"
                >{{ bar.column }} <span class="mw-muted">{{ bar.value }}</span></span
              >
              <span class="mw-number">{{ bar.amount }}</span>
              <span class="track" aria-hidden="true"><span [style.width.%]="bar.width / 2"></span></span>
            </li>
          } @empty {
            <li class="mw-muted">No column moves the prediction of this row.</li>
          }
        </ul>
        <p class="mw-small mw-muted">
          {{ found.method }}. {{ found.notes }} Contributions say what the model did with these values, not
          what causes what.
        </p>
      </section>
    } @else if (form.explanationProblem(); as problem) {
      <mw-problem [error]="problem" [compact]="true" (retried)="form.explain()" />
    } @else {
      <div>
        <button
          type="button"
          matButton="outlined"
          [disabled]="form.isExplaining() || form.isOutdated()"
          (click)="form.explain()"
        >
          <mw-icon
            [name]="form.isExplaining() ? 'running' : 'chart'"
            [size]="16"
            [spin]="form.isExplaining()"
          />
          {{ form.isExplaining() ? 'Computing contributions' : 'Explain this prediction' }}
        </button>
      </div>
    }
  `,
  styles: `
    :host {
      display: block;
    }
    .bars {
      display: grid;
      gap: 10px;
      margin: 6px 0 8px;
    }
    .bars li {
      display: grid;
      grid-template-columns: minmax(0, 1fr) max-content;
      gap: 3px 12px;
    }
    .track {
      position: relative;
      grid-column: 1 / -1;
      height: 8px;
      border-radius: 4px;
      background: linear-gradient(var(--mat-sys-outline), var(--mat-sys-outline)) center / 1px 100% no-repeat
        var(--mat-sys-surface-container-highest);
    }
    .track span {
      position: absolute;
      right: 50%;
      height: 100%;
      border-radius: 4px 0 0 4px;
      background: var(--mw-chart-2);
    }
    .up .track span {
      right: auto;
      left: 50%;
      border-radius: 0 4px 4px 0;
      background: var(--mw-chart-1);
    }
  `,
})
export class ExplanationView {
  readonly target = input.required<string>();
  protected readonly form = inject(PredictionForm);
  protected readonly shown = computed(() => {
    const explanation = this.form.explanation();
    const row = explanation?.rows[0];
    if (!explanation || !row) return undefined;
    const { label, space } = row.output;
    const text = (value: number) => (space === 'probability' ? formatPercent(value) : formatNumber(value));
    return {
      what: label === null ? this.target() : `“${label}”`,
      base: text(row.base),
      sum: text(row.sum),
      space: SPACE_NOTES[space] ?? '',
      notes: explanation.notes.join(' '),
      bars: contributionBars(row),
      method: explanation.method.label,
      otherVersion: this.form.explainedBy(),
    };
  });
}
