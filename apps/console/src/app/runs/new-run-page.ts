import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { toProblem } from '../shared/api/problem';
import { formatDuration } from '../shared/format/numbers';
import { Keyboard } from '../shared/keyboard/keyboard';
import { foldsText } from '../shared/metrics/fold-words';
import { familyWord } from '../shared/metrics/metric-words';
import { ProjectContext } from '../shared/project/project-context';
import { newRunCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { EmptyState } from '../shared/ui/empty-state';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { NewRunStore } from './new-run.store';
import { type ColumnChoice, RunColumns } from './run-columns';
import { type Family, hasAdvancedChoices, useColumn } from './run-draft';
import { RunClassCosts } from './run-class-costs';
import { RunLimitsForm } from './run-limits-form';
import { RunBudget } from './run-budget';
import { RunPlan } from './run-plan';
import { RunSubject } from './run-subject';
import { RunValidation } from './run-validation';

/** Everything about a run on one page, with a preview that says what it will do before it starts. */
@Component({
  selector: 'mw-new-run-page',
  imports: [
    EmptyState,
    Field,
    Icon,
    MatButton,
    PageHeader,
    ProblemView,
    RouterLink,
    RunBudget,
    RunClassCosts,
    RunColumns,
    RunLimitsForm,
    RunPlan,
    RunSubject,
    RunValidation,
    Skeleton,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  providers: [NewRunStore],
  host: { class: 'mw-page' },
  templateUrl: './new-run-page.html',
  styleUrl: './new-run-page.scss',
})
export class NewRunPage {
  /** From the URL. */
  readonly project = input.required<string>();
  protected readonly store = inject(NewRunStore);
  private readonly context = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly code = inject(CopyAsCode);

  protected readonly busy = signal(false);
  protected readonly failure = signal<unknown>(undefined);
  protected readonly plan = this.store.plan;
  protected readonly trail = computed(() => [{ label: 'Runs', link: ['/p', this.project(), 'runs'] }]);
  protected readonly mayOnlyLook = computed(() => this.context.project.hasValue() && !this.context.canEdit());
  protected readonly dataLink = computed(() => ['/p', this.project(), 'data']);
  protected readonly hasNoData = computed(
    () => this.store.datasets.hasValue() && this.store.datasets.value().length === 0,
  );
  /** Families that fit the task, in the order they are tried. */
  private readonly available = computed(() => (this.plan()?.families ?? []) as readonly Family[]);
  protected readonly hasClasses = computed(() => ['binary', 'multiclass'].includes(this.plan()?.task ?? ''));
  protected readonly families = computed(() => {
    const chosen = this.store.draft().families;
    return this.available().map((id) => ({
      id,
      label: familyWord(id),
      fixed: id === 'baseline',
      on: id === 'baseline' || !chosen || chosen.includes(id),
    }));
  });
  protected readonly settingsText = computed(() => {
    const validation = this.plan()?.validation;
    const on = this.families().filter((family) => family.on).length;
    return [
      ...(validation ? [foldsText(validation)] : []),
      on === this.available().length ? 'all families' : `${on} of ${this.available().length} families`,
    ].join(', ');
  });
  /** Read once: the section must not fold away under the pointer. */
  protected readonly hasOwnSettings = signal(hasAdvancedChoices(this.store.draft()));
  protected readonly startText = computed(() => {
    if (this.busy()) return 'Starting';
    const seconds = this.plan()?.budgetSeconds;
    return seconds ? `Start · about ${budgetText(seconds)}` : 'Start';
  });
  protected readonly whyNot = computed(() => {
    if (!this.context.canEdit()) return 'Loading the project.';
    if (!this.store.isReady()) return 'Choose a dataset first.';
    const [unusable, ...others] = this.store.unusable();
    if (unusable)
      return others.length === 0
        ? `“${unusable}” has a value that cannot be used.`
        : `${others.length + 1} fields have values that cannot be used: “${[unusable, ...others].join('”, “')}”.`;
    const blockers = this.plan()?.blockers.length ?? 0;
    if (blockers > 0)
      return blockers === 1 ? 'One thing is in the way.' : `${blockers} things are in the way.`;
    return '';
  });
  protected readonly canStart = computed(
    () => !this.busy() && this.plan() !== undefined && this.whyNot() === '',
  );
  constructor() {
    inject(Keyboard).use([
      { keys: 'mod+Enter', description: 'Start the run', group: 'New run', run: () => void this.start() },
    ]);
  }

  protected choose({ column, use }: ColumnChoice): void {
    this.store.setDraft(useColumn(this.store.draft(), column, use));
  }

  protected toggleFamily(family: Family): void {
    const chosen = this.families()
      .filter((one) => (one.id === family ? !one.on : one.on))
      .map((one) => one.id);
    this.store.change({ families: chosen.length === this.available().length ? undefined : chosen });
  }

  /** The request that the button sends. */
  protected async copyAsCode(): Promise<void> {
    const request = this.store.request();
    if (request) await this.code.open('This run as code', newRunCode(this.project(), request));
  }

  protected async start(event?: Event): Promise<void> {
    event?.preventDefault();
    if (!this.canStart()) return;
    this.busy.set(true);
    this.failure.set(undefined);
    try {
      const run = await this.store.start();
      await this.router.navigate(['/p', this.project(), 'runs', run.id]);
    } catch (error) {
      this.failure.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}

/** Up to two minutes in seconds: a preset is called by its seconds. */
function budgetText(seconds: number): string {
  return seconds <= 120 ? `${seconds} s` : formatDuration(seconds);
}
