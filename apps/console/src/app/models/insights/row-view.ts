import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { ModelVersion } from '@modelwright/sdk';
import { Field } from '../../shared/ui/field';
import { Icon } from '../../shared/ui/icon';
import { ChartCard } from '../chart-card';
import { AnalysisAnswer, AnalysisView } from './analysis-view';
import { cellText, spaceNote } from './charts/output-words';
import { predictedText, waterfallDrawing } from './charts/waterfall';
import { ClassPicker, chosenClass } from './class-picker';
import { targetName } from './explain-parts';
import { heldOutRows, rowNamed } from './held-out-rows';
import { InsightsStore } from './insights.store';
import { queryState, rowOf } from './query-state';

/** Where one prediction comes from. */
@Component({
  selector: 'mw-row-view',
  imports: [AnalysisAnswer, AnalysisView, ChartCard, ClassPicker, Field, Icon, MatButton, RouterLink],
  template: `
    <div class="choices">
      <mw-field #field label="Held-out row" [help]="rowHelp()">
        <input
          #box
          class="mw-input"
          type="search"
          inputmode="numeric"
          autocomplete="off"
          placeholder="The model's example"
          [id]="field.controlId"
          [attr.list]="field.controlId + '-rows'"
          [attr.aria-describedby]="field.describedBy()"
          [value]="rowText()"
          (change)="choose(box.value)"
        />
        <datalist [id]="field.controlId + '-rows'">
          @for (index of rows(); track index) {
            <option [value]="index + 1">Row {{ index + 1 }}</option>
          }
        </datalist>
      </mw-field>
      <mw-class-picker [contract]="version().contract" />
      <button type="button" matButton="outlined" [disabled]="rows().length === 0" (click)="another()">
        <mw-icon name="dice" [size]="16" /> Another row
      </button>
      <a matButton="text" [routerLink]="[]" [queryParams]="{ tab: 'what-if' }" queryParamsHandling="merge"
        ><mw-icon name="edit" [size]="16" /> Open in What if</a
      >
    </div>
    <mw-analysis
      [question]="asked"
      title="One prediction"
      invitation="How each column moves the prediction of this row."
    >
      <ng-template [mwAnswer]="asked" let-result>
        @if (shown(); as found) {
          <p>
            The model says <strong>{{ found.predicted }}.</strong>
            @if (result.actual !== null) {
              In truth it is <strong>{{ found.actual }}.</strong>
            }
          </p>
          <mw-chart-card [drawing]="found.drawing" [height]="found.height" />
          @if (found.note) {
            <p class="mw-small mw-muted">{{ found.note }}</p>
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
    .choices {
      display: flex;
      flex-wrap: wrap;
      gap: 12px 16px;
      align-items: start;
    }
    .choices mw-field,
    mw-class-picker {
      flex: 0 1 240px;
    }
    .choices > [matButton] {
      margin-top: 26px;
    }
  `,
})
export class RowView {
  readonly version = input.required<ModelVersion>();
  protected readonly query = queryState();
  private readonly heldOut = heldOutRows();
  protected readonly row = computed(() => rowOf(this.query.get('row')));
  protected readonly rows = computed(() => {
    const known = this.heldOut.rows();
    const row = this.row();
    const all = row === undefined || known.includes(row) ? known : [row, ...known];
    return [...all].sort((one, other) => one - other);
  });
  protected readonly rowText = computed(() => {
    const row = this.row();
    return row === undefined ? '' : String(row + 1);
  });
  private readonly unknown = signal<string | undefined>(undefined);
  protected readonly rowHelp = computed(() => {
    const unknown = this.unknown();
    if (unknown !== undefined) return `“${unknown}” is none of the rows that were held out and explained.`;
    return this.heldOut.rows().length === 0
      ? 'More rows can be chosen once contributions have been computed.'
      : 'Type its number. The model never saw these rows while it learned.';
  });
  protected readonly asked = inject(InsightsStore).asked('shap_row', () => ({
    kind: 'shap_row',
    options: {
      row: null,
      rowIndex: this.row() ?? null,
      class: chosenClass(this.version().contract, this.query.get('class')),
    },
  }));
  protected readonly shown = computed(() => {
    const result = this.asked.result();
    if (!result) return undefined;
    const { explanation } = result;
    const target = targetName(this.version());
    const steps = Math.min(explanation.contributions.length, 14);
    return {
      drawing: waterfallDrawing(explanation, target, 14),
      height: steps * 30 + 60,
      predicted: predictedText(explanation, target),
      actual: cellText(result.actual),
      note: spaceNote(explanation.output),
    };
  });

  /** @param text the number of a row, counted from 1; empty for the example of the model */
  protected choose(text: string): void {
    const found = rowNamed(text, this.rows());
    this.unknown.set(found === undefined ? text.trim() : undefined);
    if (found !== undefined) this.query.set({ row: found === null ? null : String(found) });
  }

  protected another(): void {
    this.unknown.set(undefined);
    const row = this.heldOut.another(this.row());
    if (row !== undefined) this.query.set({ row: String(row) });
  }
}
