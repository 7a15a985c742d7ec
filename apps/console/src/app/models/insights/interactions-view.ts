import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ModelVersion } from '@modelwright/sdk';
import { ChartCard } from '../chart-card';
import { AnalysisAnswer, AnalysisView } from './analysis-view';
import { MOST_PAIRS, interactionsDrawing, workingPairs } from './charts/dependence-charts';
import { ClassPicker, chosenClass } from './class-picker';
import { targetName } from './explain-parts';
import { InsightsStore } from './insights.store';
import { queryState } from './query-state';

const ROW_PX = 28;

/** Which pairs of columns do more together than each alone. */
@Component({
  selector: 'mw-interactions-view',
  imports: [AnalysisAnswer, AnalysisView, ChartCard, ClassPicker, RouterLink],
  template: `
    <mw-class-picker [contract]="version().contract" />
    <mw-analysis
      [question]="asked"
      title="Interactions"
      verb="Look for interactions"
      invitation="Pairs among the eight columns with the largest effect. It takes a minute or so."
    >
      <ng-template [mwAnswer]="asked">
        @if (shown(); as found) {
          @if (found.first) {
            <mw-chart-card [drawing]="found.drawing" [height]="found.height" />
          } @else {
            <p>{{ found.drawing.summary }}</p>
          }
          @if (found.first; as pair) {
            <p>
              <a
                [routerLink]="[]"
                [queryParams]="{ view: 'dependence', column: pair.left, with: pair.right }"
                queryParamsHandling="merge"
                >See what {{ pair.left }} and {{ pair.right }} do together</a
              >
            </p>
          }
        }
      </ng-template>
    </mw-analysis>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
  `,
})
export class InteractionsView {
  readonly version = input.required<ModelVersion>();
  private readonly query = queryState();
  protected readonly asked = inject(InsightsStore).asked(
    'interactions',
    () => ({
      kind: 'interactions',
      options: { columns: null, class: chosenClass(this.version().contract, this.query.get('class')) },
    }),
    { automatic: false },
  );
  protected readonly shown = computed(() => {
    const result = this.asked.result();
    if (!result) return undefined;
    const drawing = interactionsDrawing(result, targetName(this.version()));
    const pairs = workingPairs(result);
    return { drawing, height: Math.min(pairs.length, MOST_PAIRS) * ROW_PX + 60, first: pairs[0] };
  });
}
