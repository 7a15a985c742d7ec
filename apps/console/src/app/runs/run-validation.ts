import { Component, computed, inject, input } from '@angular/core';
import type { RunPreview } from '@modelwright/sdk';
import { PercentPipe } from '../shared/format/pipes';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { NumberInput } from '../shared/ui/number-input';
import { NewRunStore } from './new-run.store';
import { type Strategy, needsColumn } from './run-draft';
import { validationWord } from './run-words';

const STRATEGIES: readonly Strategy[] = ['random', 'stratified', 'grouped', 'time', 'given'];
const SHARES = [0.1, 0.15, 0.2, 0.25, 0.3, 0.4];

/** How the rows are split: folds, repeats, and what is kept aside for the last check. */
@Component({
  selector: 'mw-run-validation',
  imports: [Field, FieldControl, NumberInput, PercentPipe],
  templateUrl: './run-validation.html',
  styleUrl: './new-run-form.scss',
})
export class RunValidation {
  readonly plan = input.required<RunPreview>();
  protected readonly store = inject(NewRunStore);
  protected readonly strategies = STRATEGIES.map((id) => ({ id, label: validationWord(id) }));
  protected readonly shares = SHARES;
  protected readonly asksForColumn = computed(() => needsColumn(this.store.draft().strategy));
  protected readonly groupLabel = computed(
    () =>
      ({ time: 'Column of the time', given: 'Column of the split' })[String(this.store.draft().strategy)] ??
      'Column of the groups',
  );
  protected readonly groupHelp = computed(() =>
    this.store.draft().strategy === 'given'
      ? 'It says train, validation or test in each row, or the number of the fold.'
      : undefined,
  );
  protected readonly canRepeat = computed(() => {
    const strategy = this.plan().validation?.strategy;
    return strategy !== 'time' && strategy !== 'given' && !this.store.isClustering();
  });
  protected readonly strategyHelp = computed(() => {
    const validation = this.plan().validation;
    if (!validation || this.store.draft().strategy) return undefined;
    const column = validation.column ? `, by ${validation.column}` : '';
    return `${validationWord(validation.strategy)}${column}.`;
  });

  protected chooseStrategy(value: string): void {
    const strategy = STRATEGIES.find((one) => one === value);
    // Folds in order and given folds are drawn once: their form does not ask how often.
    const drawnOnce = strategy === 'time' || strategy === 'given';
    this.store.change({ strategy, groupColumn: undefined, ...(drawnOnce ? { repeats: undefined } : {}) });
  }
  protected chooseRepeats(repeats: number | undefined): void {
    this.store.change({ repeats: repeats === 1 ? undefined : repeats });
  }
}
