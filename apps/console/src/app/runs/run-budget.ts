import { Component, computed, inject } from '@angular/core';
import { formatDuration } from '../shared/format/numbers';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { NumberInput } from '../shared/ui/number-input';
import { NewRunStore } from './new-run.store';
import { PRESETS } from './run-draft';

/** How long to search: a preset, or seconds of one's own. */
@Component({
  selector: 'mw-run-budget',
  imports: [Field, FieldControl, NumberInput],
  templateUrl: './run-budget.html',
  styleUrl: './new-run-form.scss',
})
export class RunBudget {
  protected readonly store = inject(NewRunStore);
  protected readonly presets = PRESETS;
  protected readonly NaN = Number.NaN;
  protected readonly budgetHelp = computed(() => {
    const seconds = this.store.draft().budgetSeconds;
    return this.store.typed().budgetSeconds ? undefined : formatDuration(seconds);
  });
}
