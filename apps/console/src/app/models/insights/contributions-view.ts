import { Component, computed, inject, input } from '@angular/core';
import type { ModelVersion, ShapGlobalResult } from '@modelwright/sdk';
import { formatNumber } from '../../shared/format/numbers';
import { Field } from '../../shared/ui/field';
import { Icon } from '../../shared/ui/icon';
import { ChartCard } from '../chart-card';
import { AnalysisAnswer, AnalysisView } from './analysis-view';
import { spaceNote } from './charts/output-words';
import { beeswarmDrawing, contributionScatterDrawing, meanContributionDrawing } from './charts/shap-charts';
import { ClassPicker, chosenClass } from './class-picker';
import { targetName } from './explain-parts';
import { InsightsStore } from './insights.store';
import { queryState } from './query-state';

const MOST_BARS = 20;
const MOST_SWARMS = 12;
const BAR_PX = 26;
const SWARM_PX = 34;

/** SHAP over the held-out rows: which columns move predictions, and which way. */
@Component({
  selector: 'mw-contributions-view',
  imports: [AnalysisAnswer, AnalysisView, ChartCard, ClassPicker, Field, Icon],
  template: `
    <mw-class-picker [contract]="version().contract" />
    <mw-analysis
      [question]="asked"
      title="Contributions"
      invitation="How much each column moves each held-out prediction. It is asked for by itself when a version is made; this one has none."
    >
      <ng-template [mwAnswer]="asked" let-result>
        @if (drawings(); as shown) {
          @if (shown.note) {
            <p class="mw-banner"><mw-icon name="info" [size]="16" /> {{ shown.note }}</p>
          }
          <div class="pair">
            <mw-chart-card [drawing]="shown.bars" [height]="shown.barHeight" />
            <mw-chart-card [drawing]="shown.swarm" [height]="shown.swarmHeight" />
          </div>
          <mw-field #field class="column" label="Contribution by value of">
            <select #box class="mw-input" [id]="field.controlId" (change)="choose(box.value)">
              @for (name of shown.columns; track name) {
                <option [value]="name" [selected]="name === shown.column">{{ name }}</option>
              }
            </select>
          </mw-field>
          <mw-chart-card [drawing]="shown.scatter" [height]="320" />
          <p class="mw-small mw-muted">
            @if (result.additivity.holds) {
              Checked on {{ result.additivity.rows }} rows: base and contributions add up to the prediction,
              off by at most {{ shown.error }}.
            } @else {
              On some rows base and contributions miss the prediction, by up to {{ shown.error }}; allowed is
              {{ shown.tolerance }}. Read these figures with care.
            }
          </p>
        }
      </ng-template>
    </mw-analysis>
  `,
  styles: `
    :host,
    mw-analysis {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .pair {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr));
      gap: 16px;
      align-items: start;
    }
    .column {
      max-width: 320px;
    }
  `,
})
export class ContributionsView {
  readonly version = input.required<ModelVersion>();
  private readonly query = queryState();
  protected readonly asked = inject(InsightsStore).asked('shap_global', () => ({
    kind: 'shap_global',
    options: { class: chosenClass(this.version().contract, this.query.get('class')) },
  }));
  protected readonly drawings = computed(() => {
    const result = this.asked.result();
    return result && this.draw(result);
  });

  protected choose(column: string): void {
    this.query.set({ column });
  }

  private draw(result: ShapGlobalResult) {
    const target = targetName(this.version());
    const columns = result.columns.filter(({ points }) => points.length > 0).map(({ column }) => column);
    const wanted = this.query.get('column');
    const column = wanted !== undefined && columns.includes(wanted) ? wanted : (columns[0] ?? '');
    const bars = Math.min(result.columns.length, MOST_BARS);
    const swarms = Math.min(columns.length, MOST_SWARMS);
    return {
      columns,
      column,
      note: spaceNote(result.output),
      bars: meanContributionDrawing(result, target, bars),
      barHeight: bars * BAR_PX + 60,
      swarm: beeswarmDrawing(result, target, swarms),
      swarmHeight: swarms * SWARM_PX + 60,
      scatter: contributionScatterDrawing(result, column, target),
      error: formatNumber(result.additivity.maxError),
      tolerance: formatNumber(result.additivity.tolerance),
    };
  }
}
