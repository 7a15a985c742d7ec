import { Component, computed, inject, input } from '@angular/core';
import type { ModelVersion } from '@modelwright/sdk';
import { Field } from '../../shared/ui/field';
import { ChartCard } from '../chart-card';
import { AnalysisAnswer, AnalysisView } from './analysis-view';
import { dependenceDrawing, surfaceDrawing } from './charts/dependence-charts';
import { ClassPicker, chosenClass } from './class-picker';
import { chosenColumn, inputsByImportance, targetName } from './explain-parts';
import { InsightsStore } from './insights.store';
import { LiveTraffic } from './live-traffic';
import { queryState } from './query-state';

/** Partial dependence: what the model does on average when one or two columns are set. */
@Component({
  selector: 'mw-dependence-view',
  imports: [AnalysisAnswer, AnalysisView, ChartCard, ClassPicker, Field, LiveTraffic],
  template: `
    <div class="choices">
      <mw-field #first label="Column">
        <select #one class="mw-input" [id]="first.controlId" (change)="query.set({ column: one.value })">
          @for (name of names(); track name) {
            <option [value]="name" [selected]="name === column()">{{ name }}</option>
          }
        </select>
      </mw-field>
      <mw-field #second label="Together with">
        <select
          #other
          class="mw-input"
          [id]="second.controlId"
          (change)="query.set({ with: other.value || null })"
        >
          <option value="" [selected]="!partner()">nothing else</option>
          @for (name of others(); track name) {
            <option [value]="name" [selected]="name === partner()">{{ name }}</option>
          }
        </select>
      </mw-field>
      <mw-class-picker [contract]="version().contract" />
      @if (!partner()) {
        <label class="mw-check">
          <input
            #lines
            type="checkbox"
            [checked]="showsCurves()"
            (change)="query.set({ curves: lines.checked ? null : '0' })"
          />
          Individual curves
        </label>
      }
    </div>
    <mw-analysis
      [question]="asked"
      title="Effect of a column"
      invitation="The mean prediction when this column is set to each of its values."
    >
      <ng-template [mwAnswer]="asked">
        @if (drawing(); as shown) {
          <mw-chart-card [drawing]="shown" [height]="400" />
        }
      </ng-template>
    </mw-analysis>
    @if (query.get('live'); as deployment) {
      <mw-live-traffic [version]="version()" [deploymentId]="deployment" [column]="column()" />
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .choices {
      display: flex;
      flex-wrap: wrap;
      gap: 12px 16px;
      align-items: end;
    }
    .choices mw-field {
      flex: 0 1 240px;
      min-width: min(180px, 100%);
    }
    .mw-check {
      min-height: 36px;
    }
  `,
})
export class DependenceView {
  readonly version = input.required<ModelVersion>();
  protected readonly query = queryState();
  protected readonly names = computed(() => inputsByImportance(this.version()));
  protected readonly column = computed(() => chosenColumn(this.version(), this.query.get('column')));
  protected readonly others = computed(() => this.names().filter((name) => name !== this.column()));
  protected readonly partner = computed(() => {
    const wanted = this.query.get('with');
    return wanted !== undefined && this.others().includes(wanted) ? wanted : undefined;
  });
  protected readonly showsCurves = computed(() => this.query.get('curves') !== '0');
  protected readonly asked = inject(InsightsStore).asked('partial_dependence', () => {
    const partner = this.partner();
    return {
      kind: 'partial_dependence',
      options: {
        columns: partner === undefined ? [this.column()] : [this.column(), partner],
        class: chosenClass(this.version().contract, this.query.get('class')),
      },
    };
  });
  protected readonly drawing = computed(() => {
    const result = this.asked.result();
    if (!result) return undefined;
    const target = targetName(this.version());
    return result.surface
      ? surfaceDrawing(result, target)
      : dependenceDrawing(result, target, this.showsCurves());
  });
}
