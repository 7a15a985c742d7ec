import { Component, ElementRef, computed, inject, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { plural } from '../shared/format/numbers';
import { Keyboard } from '../shared/keyboard/keyboard';
import { keyCaps } from '../shared/keyboard/keys';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { InputField } from '../shared/inputs/input-field';
import { byImportance } from '../shared/inputs/input-row';
import { PasteRow } from '../shared/inputs/paste-row';
import { PredictionForm } from './prediction-form';
import { PredictionResult } from './prediction-result';

/** Above this many inputs the less important ones are folded away. */
const SHOWN_AT_FIRST = 12;

/** A form made from the model's contract, and what the model says to it. */
@Component({
  selector: 'mw-try-tab',
  imports: [
    Icon,
    InputField,
    MatButton,
    PasteRow,
    PredictionResult,
    ProblemView,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  templateUrl: './try-tab.html',
  styleUrl: './try-tab.scss',
})
export class TryTab {
  protected readonly store = inject(DeploymentStore);
  protected readonly form = inject(PredictionForm);
  private readonly result = viewChild<ElementRef<HTMLElement>>('result');
  private readonly fieldList = viewChild<ElementRef<HTMLElement>>('fieldList');
  protected readonly search = signal('');
  protected readonly showsAll = signal(false);
  protected readonly pastes = signal(false);
  protected readonly caps = keyCaps('mod+Enter')[0] ?? [];

  private readonly ordered = computed(() => byImportance(this.store.contract()?.inputs ?? []));
  protected readonly isLong = computed(() => this.ordered().length > SHOWN_AT_FIRST);
  protected readonly hidden = computed(() => {
    const isFolded = this.isLong() && !this.showsAll() && this.search().trim() === '';
    return isFolded ? this.ordered().length - SHOWN_AT_FIRST : 0;
  });
  protected readonly moreText = computed(() => `Show ${plural(this.hidden(), 'more input')}`);
  protected readonly shown = computed(() => {
    const word = this.search().trim().toLowerCase();
    const drafts = this.form.fields();
    const errors = this.form.errors();
    const warnings = this.form.warnings();
    const folded = this.hidden() > 0;
    return this.ordered()
      .map((spec, index) => ({
        spec,
        index,
        field: drafts[spec.name],
        error: errors.get(spec.name),
        warning: warnings.get(spec.name),
      }))
      .filter(({ spec, index, error, warning }) =>
        word ? spec.name.toLowerCase().includes(word) : !folded || index < SHOWN_AT_FIRST || error || warning,
      );
  });
  protected readonly hasImportance = computed(() =>
    this.ordered().some((input) => typeof input.importance === 'number'),
  );
  protected readonly blocked = computed(() => {
    if (this.store.isServing()) return '';
    if (this.store.state() === 'starting') return 'The model server is starting.';
    return 'The deployment does not answer now. Start it to predict.';
  });

  constructor() {
    inject(Keyboard).use([
      { keys: 'mod+Enter', description: 'Predict', group: 'Deployment', run: () => void this.predict() },
    ]);
  }

  protected async predict(): Promise<void> {
    if (this.blocked()) return;
    await this.form.predict();
    if (this.form.errors().size > 0) this.showFirstError();
    else this.showResult();
  }

  /** Once it is drawn: on a small screen the answer is below the form. */
  private showResult(): void {
    requestAnimationFrame(() =>
      this.result()?.nativeElement.scrollIntoView({ block: 'nearest', behavior: 'smooth' }),
    );
  }

  private showFirstError(): void {
    this.search.set('');
    requestAnimationFrame(() =>
      this.fieldList()?.nativeElement.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  }
}
