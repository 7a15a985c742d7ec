import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { toProblem } from '../shared/api/problem';
import { formatDuration } from '../shared/format/numbers';
import { PercentPipe } from '../shared/format/pipes';
import { Keyboard } from '../shared/keyboard/keyboard';
import { familyWord, taskWord } from '../shared/metrics/metric-words';
import { ProjectContext } from '../shared/project/project-context';
import { copyText } from '../shared/ui/copy-button';
import { EmptyState } from '../shared/ui/empty-state';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { NewRunStore } from './new-run.store';
import { type ColumnChoice, RunColumns } from './run-columns';
import {
  type Family,
  PRESETS,
  type Strategy,
  type Task,
  hasAdvancedChoices,
  needsColumn,
  useColumn,
} from './run-draft';
import { RunClassCosts } from './run-class-costs';
import { RunLimitsForm } from './run-limits-form';
import { RunPlan } from './run-plan';
import { validationWord } from './run-words';

const TASKS: readonly Task[] = ['binary', 'multiclass', 'regression', 'clustering'];
const STRATEGIES: readonly Strategy[] = ['random', 'stratified', 'grouped', 'time', 'given'];
const SHARES = [0.1, 0.15, 0.2, 0.25, 0.3, 0.4];
const COPIED_MS = 2_000;
const SHORTEST_SECONDS = 10;
const LONGEST_SECONDS = 86_400;

/** Everything about a run on one page, with a preview that says what it will do before it starts. */
@Component({
  selector: 'mw-new-run-page',
  imports: [
    EmptyState,
    Field,
    Icon,
    MatButton,
    PageHeader,
    PercentPipe,
    ProblemView,
    RouterLink,
    RunClassCosts,
    RunColumns,
    RunLimitsForm,
    RunPlan,
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
  protected readonly presets = PRESETS;
  protected readonly shares = SHARES;
  protected readonly tasks = TASKS.map((id) => ({ id, label: taskWord(id) }));
  protected readonly strategies = STRATEGIES.map((id) => ({ id, label: validationWord(id) }));

  protected readonly busy = signal(false);
  protected readonly copied = signal(false);
  protected readonly failure = signal<unknown>(undefined);
  protected readonly plan = this.store.plan;
  protected readonly trail = computed(() => [{ label: 'Runs', link: ['/p', this.project(), 'runs'] }]);
  protected readonly dataLink = computed(() => ['/p', this.project(), 'data']);
  protected readonly hasNoData = computed(
    () => this.store.datasets.hasValue() && this.store.datasets.value().length === 0,
  );
  protected readonly datasetHelp = computed(() => {
    const dataset = this.store.dataset();
    if (!dataset) return undefined;
    return `Version ${this.store.version() ?? dataset.versionNumber}, ${(dataset.rows ?? 0).toLocaleString()} rows`;
  });
  protected readonly chosenTarget = computed(() => this.store.target() ?? this.plan()?.target ?? undefined);
  protected readonly targetHelp = computed(() => {
    const plan = this.plan();
    if (this.store.target() || !plan?.targetReason) return undefined;
    return `Suggested: ${plan.targetReason}`;
  });
  /** Families that fit the task, in the order they are tried. */
  private readonly available = computed(() => (this.plan()?.families ?? []) as readonly Family[]);
  protected readonly isClustering = computed(() => this.plan()?.task === 'clustering');
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
    const strategy = this.plan()?.validation?.strategy;
    return strategy !== 'time' && strategy !== 'given' && !this.isClustering();
  });
  protected readonly strategyHelp = computed(() => {
    const validation = this.plan()?.validation;
    if (!validation || this.store.draft().strategy) return undefined;
    const column = validation.column ? `, by ${validation.column}` : '';
    return `${validationWord(validation.strategy)}${column}.`;
  });
  protected readonly settingsText = computed(() => {
    const validation = this.plan()?.validation;
    const on = this.families().filter((family) => family.on).length;
    return [
      ...(validation ? [`${validation.folds} folds`] : []),
      on === this.available().length ? 'all families' : `${on} of ${this.available().length} families`,
    ].join(', ');
  });
  /** Read once: the section must not fold away under the pointer. */
  protected readonly hasOwnSettings = signal(hasAdvancedChoices(this.store.draft()));
  protected readonly budgetHelp = computed(() => {
    const seconds = this.store.draft().budgetSeconds;
    return this.budgetProblem() ? undefined : formatDuration(seconds);
  });
  protected readonly budgetProblem = computed(() => {
    const { preset, budgetSeconds } = this.store.draft();
    if (preset !== 'custom') return undefined;
    const fits =
      Number.isInteger(budgetSeconds) &&
      budgetSeconds >= SHORTEST_SECONDS &&
      budgetSeconds <= LONGEST_SECONDS;
    return fits ? undefined : 'A whole number of seconds from 10 to 86,400 (one day).';
  });
  protected readonly startText = computed(() => {
    if (this.busy()) return 'Starting';
    const seconds = this.plan()?.budgetSeconds;
    return seconds ? `Start · about ${budgetText(seconds)}` : 'Start';
  });
  protected readonly whyNot = computed(() => {
    if (!this.context.canEdit()) return 'Editors and owners of the project start runs.';
    if (!this.store.isReady()) return 'Choose a dataset first.';
    const blockers = this.plan()?.blockers.length ?? 0;
    if (blockers > 0)
      return blockers === 1 ? 'One thing is in the way.' : `${blockers} things are in the way.`;
    return '';
  });
  protected readonly canStart = computed(
    () => !this.busy() && this.plan() !== undefined && this.whyNot() === '' && !this.budgetProblem(),
  );
  /** What is in the way of each field, found by its pointer. */
  protected readonly blocked = computed(() => {
    const at = (pointer: string): string | undefined =>
      this.plan()?.blockers.find((blocker) => blocker.pointer.replace(/^#/, '').startsWith(pointer))?.detail;
    return {
      target: at('/target'),
      task: at('/task'),
      metric: at('/metric'),
      budgetSeconds: at('/budgetSeconds'),
      strategy: at('/validation/strategy'),
      column: at('/validation/column'),
      folds: at('/validation/folds'),
      repeats: at('/validation/repeats'),
      families: at('/families'),
      weights: at('/classWeights'),
      costs: at('/costMatrix'),
      name: at('/name'),
    };
  });
  protected readonly limitProblems = computed(() => {
    const at = (pointer: string): string | undefined =>
      this.plan()?.blockers.find((blocker) => blocker.pointer === `#${pointer}`)?.detail;
    return {
      engine: at('/engine'),
      latency: at('/latencyBudgetMs'),
      memory: at('/limits/memoryMb'),
      cpus: at('/limits/cpus'),
      class: at('/class'),
    };
  });

  constructor() {
    inject(Keyboard).use([
      { keys: 'mod+Enter', description: 'Start the run', group: 'New run', run: () => void this.start() },
    ]);
  }

  protected choose({ column, use }: ColumnChoice): void {
    this.store.setDraft(useColumn(this.store.draft(), column, use));
  }

  protected chooseStrategy(value: string): void {
    const strategy = STRATEGIES.find((one) => one === value);
    this.store.change({ strategy, groupColumn: undefined });
  }

  protected chooseFolds(folds: number): void {
    if (Number.isInteger(folds) && folds >= 2 && folds <= 20) this.store.change({ folds });
  }

  protected chooseRepeats(repeats: number): void {
    if (Number.isInteger(repeats) && repeats >= 1 && repeats <= 10)
      this.store.change({ repeats: repeats === 1 ? undefined : repeats });
  }

  protected toggleFamily(family: Family): void {
    const chosen = this.families()
      .filter((one) => (one.id === family ? !one.on : one.on))
      .map((one) => one.id);
    this.store.change({ families: chosen.length === this.available().length ? undefined : chosen });
  }

  /** The request that the button sends, for a terminal. */
  protected copyAsCode(): void {
    const request = this.store.request();
    if (!request) return;
    const body = JSON.stringify(request).replaceAll("'", String.raw`'\''`);
    const address = `${location.origin}/api/projects/${this.project()}/runs`;
    void copyText(
      `curl -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' -d '${body}' ${address}`,
    );
    this.copied.set(true);
    setTimeout(() => this.copied.set(false), COPIED_MS);
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
