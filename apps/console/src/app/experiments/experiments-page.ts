import { Component, computed, inject, input, linkedSignal, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import type { ExperimentRun } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { CountPipe } from '../shared/format/pipes';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { Dialogs } from '../shared/ui/dialogs';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Prompt } from '../shared/ui/prompt';
import { saveFile } from '../shared/ui/save-file';
import { Skeleton } from '../shared/ui/skeleton';
import { ExperimentsStore } from './experiments.store';
import { linkOf } from './run-cells';
import { ExperimentDetails } from './run-details';
import { RunGrid } from './run-grid';
import { SearchField } from './search-field';
import { nextSort, type Density, type Show } from './table-state';
import { ViewMenu } from './view-menu';

const MAX_COMPARED = 6;
const MAX_SELECTED = 200;
const SHOWN: readonly { readonly id: Show; readonly label: string }[] = [
  { id: 'runs', label: 'Runs' },
  { id: 'candidates', label: 'Candidates' },
  { id: 'all', label: 'Both' },
];

/** All runs of the project, ours and those that clients logged: search, compare, tag. */
@Component({
  selector: 'mw-experiments-page',
  imports: [
    CountPipe,
    EmptyState,
    ExperimentDetails,
    Icon,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    PageHeader,
    ProblemView,
    RouterLink,
    RunGrid,
    SearchField,
    Skeleton,
    ViewMenu,
  ],
  providers: [ExperimentsStore],
  host: { class: 'mw-page mw-page-fill' },
  templateUrl: './experiments-page.html',
  styleUrl: './experiments-page.scss',
})
export class ExperimentsPage {
  /** From the URL. */
  readonly project = input.required<string>();
  protected readonly store = inject(ExperimentsStore);
  protected readonly context = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly dialogs = inject(Dialogs);
  private readonly prompt = inject(Prompt);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);
  private readonly grid = viewChild(RunGrid);

  protected readonly shownKinds = SHOWN;
  protected readonly failure = signal<unknown>(undefined);
  protected readonly notice = signal('');
  protected readonly fields = computed(() => (this.store.fields.hasValue() ? this.store.fields.value() : []));
  protected readonly newLink = computed(() => ['/p', this.project(), 'runs', 'new']);
  protected readonly queueLink = computed(() => ['/p', this.project(), 'runs', 'queue']);
  protected readonly command = computed(
    () => `export MLFLOW_TRACKING_URI=${location.origin}/api/mlflow/p/${this.project()}`,
  );

  /** Selected runs by id, with their names for what is said about them. */
  protected readonly selection = signal<ReadonlyMap<string, ExperimentRun>>(new Map());
  protected readonly selectedIds = computed<ReadonlySet<string>>(() => new Set(this.selection().keys()));
  protected readonly canCompare = computed(
    () => this.selection().size >= 2 && this.selection().size <= MAX_COMPARED,
  );
  protected readonly active = linkedSignal<unknown, number>({
    source: () => this.store.shown(),
    computation: () => -1,
  });
  private lastPicked = -1;

  protected readonly problem = computed(() =>
    this.store.rows.status() === 'error' ? toProblem(this.store.rows.error()) : undefined,
  );
  protected readonly isSearchFault = computed(() => this.problem()?.code === 'invalid-search');
  protected readonly isEmpty = computed(() => this.store.shown()?.total === 0 && !this.problem());
  protected readonly isFiltered = computed(
    () => this.store.state().search !== '' || this.store.state().show === 'candidates',
  );

  constructor() {
    const group = 'Runs';
    inject(Keyboard).use([
      { keys: 'n', description: 'New run', group, run: () => this.openNew() },
      { keys: 'j', description: 'Next run', group, run: () => this.move(1) },
      { keys: 'k', description: 'Previous run', group, run: () => this.move(-1) },
      { keys: 'x', description: 'Select or deselect', group, run: () => this.toggle(this.active(), false) },
      { keys: 'c', description: 'Compare the selected runs', group, run: () => this.compare() },
      { keys: 'e', description: 'Rename', group, run: () => void this.rename() },
      {
        keys: 'Enter',
        description: 'Open',
        group,
        run: () => this.open(this.store.shown()?.at(this.active())),
      },
    ]);
  }

  protected setDensity(density: Density): void {
    this.store.set({ density }, { replaceUrl: true });
  }

  protected sortBy(field: string): void {
    this.store.set({ sort: nextSort(this.store.state().sort, field) });
  }

  protected open(run: ExperimentRun | undefined): void {
    if (!run) return;
    const link = linkOf(run, this.project());
    if (link) void this.router.navigate([...link]);
    else this.store.open(run.id);
  }

  private move(by: 1 | -1): void {
    const total = this.store.shown()?.total ?? 0;
    this.active.update((active) => Math.min(total - 1, Math.max(0, active + by)));
  }

  protected toggle(index: number, range: boolean): void {
    const rows = this.store.shown();
    if (!rows?.at(index)) return;
    const from = range && this.lastPicked >= 0 ? Math.min(this.lastPicked, index) : index;
    const to = range && this.lastPicked >= 0 ? Math.max(this.lastPicked, index) : index;
    const next = new Map(this.selection());
    const isOn = !next.has(rows.at(index)?.id ?? '');
    for (let place = from; place <= to; place++) {
      const run = rows.at(place);
      if (!run) continue;
      if (isOn && next.size < MAX_SELECTED) next.set(run.id, run);
      else if (!isOn) next.delete(run.id);
    }
    this.lastPicked = index;
    this.selection.set(next);
    this.announcer.say(`${next.size} selected`);
  }

  protected compare(): void {
    if (!this.canCompare()) return;
    void this.router.navigate(['/p', this.project(), 'compare'], {
      queryParams: { ids: [...this.selection().keys()].join(',') },
    });
  }

  protected clearSelection(): void {
    this.selection.set(new Map());
  }

  protected showFresh(): void {
    this.store.rows.reload();
  }

  protected async chooseColumns(): Promise<void> {
    const { ColumnPicker } = await import('./column-picker');
    const columns = await this.dialogs.open<readonly string[]>(ColumnPicker, {
      width: '720px',
      data: { fields: this.fields(), columns: this.store.state().columns },
    });
    if (columns) this.store.set({ columns });
  }

  protected async connect(): Promise<void> {
    const { ConnectDialog } = await import('./connect-dialog');
    await this.dialogs.open(ConnectDialog, { width: '680px', data: { projectId: this.project() } });
  }

  protected async rename(): Promise<void> {
    const run = this.store.shown()?.at(this.active());
    if (!run || !this.context.canEdit() || run.kind === 'candidate') return;
    await this.prompt.ask({
      title: `Rename “${run.name}”`,
      label: 'Name',
      value: run.name,
      action: 'Rename run',
      maxLength: 120,
      perform: (name) => this.store.rename(run, name),
    });
  }

  protected async tag(): Promise<void> {
    const ids = [...this.selection().keys()];
    await this.prompt.ask({
      title: `Tag ${ids.length} ${ids.length === 1 ? 'run' : 'runs'}`,
      label: 'Tag',
      value: '',
      help: 'A name, or a name and a value: “reviewed” or “team: blue”. “-team” removes the tag.',
      action: 'Set tag',
      maxLength: 300,
      perform: (text) => {
        const removes = text.startsWith('-');
        const [name = '', ...rest] = (removes ? text.slice(1) : text).split(':');
        return this.store.tag(ids, name.trim(), removes ? null : rest.join(':').trim());
      },
    });
  }

  protected async remove(): Promise<void> {
    const runs = [...this.selection().values()];
    const sure = await this.confirm.ask({
      title: `Delete ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}?`,
      text: 'Their metrics, logs and files go. Runs whose model is still needed stay.',
      affected: runs.slice(0, 8).map((run) => run.name),
      action: 'Delete runs',
      destructive: true,
    });
    if (!sure) return;
    await this.attempt(async () => {
      const { done, refused } = await this.store.delete(runs.map((run) => run.id));
      const kept = new Set(refused.map(({ id }) => id));
      this.selection.update((selection) => new Map([...selection].filter(([id]) => kept.has(id))));
      this.notice.set(
        refused.length === 0
          ? ''
          : `${done.length} deleted. ${refused.map(({ name, reason }) => `${name}: ${reason}`).join(' ')}`,
      );
    });
  }

  protected async export(selectedOnly: boolean): Promise<void> {
    await this.attempt(async () => {
      const blob = await this.store.csv(selectedOnly ? [...this.selection().keys()] : []);
      saveFile('runs.csv', blob);
    });
  }

  private openNew(): void {
    if (this.context.canEdit()) void this.router.navigate(this.newLink());
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.failure.set(undefined);
    this.notice.set('');
    try {
      await work();
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }
}
