import { Component, computed, inject, input } from '@angular/core';
import type { DatasetResponse } from '@modelwright/sdk';
import { taskWord } from '../shared/metrics/metric-words';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { NewRunStore } from './new-run.store';
import type { Task } from './run-draft';

const TASKS: readonly Task[] = ['binary', 'multiclass', 'regression', 'clustering'];

/** The table, the column to predict, what kind of prediction that is and by which metric it is judged. */
@Component({
  selector: 'mw-run-subject',
  imports: [Field, FieldControl],
  templateUrl: './run-subject.html',
  styleUrl: './new-run-form.scss',
})
export class RunSubject {
  readonly datasets = input.required<readonly DatasetResponse[]>();
  protected readonly store = inject(NewRunStore);
  protected readonly tasks = TASKS.map((id) => ({ id, label: taskWord(id) }));
  protected readonly datasetHelp = computed(() => {
    const dataset = this.store.dataset();
    if (!dataset) return undefined;
    return `Version ${this.store.version() ?? dataset.versionNumber}, ${(dataset.rows ?? 0).toLocaleString()} rows`;
  });
  protected readonly chosenTarget = computed(
    () => this.store.target() ?? this.store.plan()?.target ?? undefined,
  );
  protected readonly targetHelp = computed(() => {
    const plan = this.store.plan();
    if (this.store.target() || !plan?.targetReason) return undefined;
    return `Suggested: ${plan.targetReason}`;
  });
}
