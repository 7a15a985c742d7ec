import { Component, ElementRef, computed, inject, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Keyboard } from '../shared/keyboard/keyboard';
import { keyCaps } from '../shared/keyboard/keys';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { InputList } from '../shared/inputs/input-list';
import { byImportance } from '../shared/inputs/input-row';
import { PasteRow } from '../shared/inputs/paste-row';
import { PredictionForm } from './prediction-form';
import { PredictionResult } from './prediction-result';

/** A form made from the model's contract, and what the model says to it. */
@Component({
  selector: 'mw-try-tab',
  imports: [
    Icon,
    InputList,
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
  private readonly list = viewChild(InputList);
  protected readonly pastes = signal(false);
  protected readonly caps = keyCaps('mod+Enter')[0] ?? [];

  protected readonly ordered = computed(() => byImportance(this.store.contract()?.inputs ?? []));
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
    if (this.form.errors().size > 0) this.list()?.showFirstError();
    else this.showResult();
  }

  /** Once it is drawn: on a small screen the answer is below the form. */
  private showResult(): void {
    requestAnimationFrame(() =>
      this.result()?.nativeElement.scrollIntoView({ block: 'nearest', behavior: 'smooth' }),
    );
  }
}
