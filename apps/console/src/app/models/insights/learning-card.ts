import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import type { ModelVersion } from '@modelwright/sdk';
import { formatDuration } from '../../shared/format/numbers';
import { Field } from '../../shared/ui/field';
import { ChartCard } from '../chart-card';
import { AnalysisAnswer, AnalysisView } from './analysis-view';
import { learningDrawing } from './charts/learning-chart';
import { InsightsStore } from './insights.store';

const BUDGETS = [30, 120, 600, 1800] as const;
const USUAL = 120;

/** Whether more rows would help: asked for by a person, because it fits the model again several times. */
@Component({
  selector: 'mw-learning-card',
  imports: [AnalysisAnswer, AnalysisView, ChartCard, Field],
  template: `
    @if (drawing(); as shown) {
      <mw-chart-card [drawing]="shown" [height]="300" />
    }
    <section class="mw-card mw-card-body" [class.below]="drawing()" aria-label="Learning curve, on demand">
      @if (!drawing()) {
        <h2>Learning curve</h2>
        <p class="mw-small mw-muted">Would more rows make the model better?</p>
      }
      @if (canChoose()) {
        <mw-field #field label="Time for it">
          <select #box class="mw-input" [id]="field.controlId" (change)="choose(box.value)">
            @for (choice of budgets; track choice.seconds) {
              <option [value]="choice.seconds" [selected]="choice.seconds === seconds()">
                {{ choice.label }}
              </option>
            }
          </select>
        </mw-field>
      }
      <mw-analysis
        [question]="asked"
        title="Learning curve"
        verb="Draw the learning curve"
        invitation="Fits the same recipe on growing shares of the training rows and judges each on the hold-out."
      >
        <ng-template [mwAnswer]="asked" />
      </mw-analysis>
    </section>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 8px;
    }
    section {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 12px;
    }
    h2 {
      font-size: 14px;
      line-height: 20px;
    }
    h2 + p {
      margin-top: -12px;
    }
    mw-field {
      max-width: 200px;
    }
    .below {
      padding-block: 12px;
    }
  `,
})
export class LearningCard {
  readonly version = input.required<ModelVersion>();
  protected readonly budgets = BUDGETS.map((seconds) => ({ seconds, label: formatDuration(seconds) }));
  private readonly store = inject(InsightsStore);
  private readonly picked = signal<number | undefined>(undefined);
  /** The time of the newest one that was asked for, until another is chosen. */
  protected readonly seconds = linkedSignal(() => {
    const picked = this.picked();
    if (picked !== undefined) return picked;
    const items = this.store.list.hasValue() ? this.store.list.value().items : [];
    const asked = items.find(({ kind }) => kind === 'learning_curve')?.options['budgetSeconds'];
    return typeof asked === 'number' ? asked : USUAL;
  });
  protected readonly asked = this.store.asked(
    'learning_curve',
    () => ({ kind: 'learning_curve', options: { budgetSeconds: this.seconds() } }),
    { automatic: false },
  );
  protected readonly canChoose = computed(
    () => !this.asked.inapplicable() && !['queued', 'running'].includes(this.asked.summary()?.status ?? ''),
  );
  protected readonly drawing = computed(() => {
    const result = this.asked.result();
    return result && learningDrawing(result);
  });

  protected choose(text: string): void {
    this.picked.set(Number(text));
  }
}
