import { Component, computed, inject } from '@angular/core';
import { predictSnippets } from '@modelwright/contracts';
import { CodeBlock } from '../shared/ui/code-block';
import { View, ViewContent } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { PredictionForm } from './prediction-form';

/** The call of this endpoint with the values that are in the form now. */
@Component({
  selector: 'mw-code-tab',
  imports: [CodeBlock, View, ViewContent],
  template: `
    <mw-view [source]="store.schema">
      <ng-template [mwContent]="store.schema">
        <div class="mw-stack">
          <p class="mw-muted">
            {{ form.isExample() ? 'With the example row of the model.' : 'With the values in the form.' }}
            @if (needsKey()) {
              The key is read from <code>$API_KEY</code>; make one under Keys.
            } @else {
              The endpoint is public: no key is needed.
            }
          </p>
          <mw-code label="Call this endpoint" [snippets]="snippets()" />
        </div>
      </ng-template>
    </mw-view>
  `,
})
export class CodeTab {
  protected readonly store = inject(DeploymentStore);
  protected readonly form = inject(PredictionForm);
  protected readonly needsKey = computed(() => this.store.current()?.authMode !== 'public');
  protected readonly snippets = computed(() =>
    predictSnippets({
      predictUrl: this.store.current()?.predictUrl ?? '',
      row: this.form.row(),
      inputs: this.store.contract()?.inputs ?? [],
      needsKey: this.needsKey(),
    }).map(({ label, code }) => ({ language: label, code })),
  );
}
