import { Component, computed, inject, input } from '@angular/core';
import type { ModelVersion } from '@modelwright/sdk';
import { ContributionsView } from './insights/contributions-view';
import { DependenceView } from './insights/dependence-view';
import { ImportanceView } from './insights/importance-view';
import { type AnalysisKind, InsightsStore } from './insights/insights.store';
import { InteractionsView } from './insights/interactions-view';
import { queryState } from './insights/query-state';
import { RowView } from './insights/row-view';

interface View {
  readonly id: string;
  readonly label: string;
  readonly kind?: AnalysisKind;
}

const VIEWS: readonly View[] = [
  { id: 'importance', label: 'Importance' },
  { id: 'contributions', label: 'Contributions', kind: 'shap_global' },
  { id: 'dependence', label: 'Effect of a column', kind: 'partial_dependence' },
  { id: 'interactions', label: 'Interactions', kind: 'interactions' },
  { id: 'row', label: 'One row', kind: 'shap_row' },
];

/** What the model leans on, from five sides; the URL says which (`view`). */
@Component({
  selector: 'mw-explain-tab',
  imports: [ContributionsView, DependenceView, ImportanceView, InteractionsView, RowView],
  template: `
    <fieldset class="mw-segments">
      <legend class="visually-hidden">What to look at</legend>
      @for (one of views(); track one.id) {
        <label [class.off]="one.reason" [title]="one.reason ?? ''">
          <input
            type="radio"
            name="explain-view"
            [value]="one.id"
            [checked]="one.id === view()"
            (change)="query.set({ view: one.id })"
          />
          {{ one.label }}
        </label>
      }
    </fieldset>
    @switch (view()) {
      @case ('contributions') {
        <mw-contributions-view [version]="version()" />
      }
      @case ('dependence') {
        <mw-dependence-view [version]="version()" />
      }
      @case ('interactions') {
        <mw-interactions-view [version]="version()" />
      }
      @case ('row') {
        <mw-row-view [version]="version()" />
      }
      @default {
        <mw-importance-view [version]="version()" />
      }
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .mw-segments {
      justify-self: start;
    }
    .off:not(:has(input:checked)) {
      font-style: italic;
      font-weight: 400;
    }
  `,
})
export class ExplainTab {
  readonly version = input.required<ModelVersion>();
  private readonly store = inject(InsightsStore);
  protected readonly query = queryState();
  protected readonly views = computed(() =>
    VIEWS.map((one) => ({ ...one, reason: one.kind ? this.store.reasonAgainst(one.kind) : undefined })),
  );
  /** Importance first; a version without it opens with contributions. */
  protected readonly view = computed(() => {
    const wanted = this.query.get('view');
    if (VIEWS.some(({ id }) => id === wanted)) return wanted;
    return this.version().evaluation.importance ? 'importance' : 'contributions';
  });
}
