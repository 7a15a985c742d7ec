import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { formatCount, formatNumber } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import { ProjectContext } from '../shared/project/project-context';
import { newBatchJobCode } from '../shared/ui/code-actions';
import { columnTypeIcon, columnTypeWord } from '../shared/ui/column-type';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { EmptyState } from '../shared/ui/empty-state';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Progress } from '../shared/ui/progress';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { type ColumnChoice, NewBatchStore } from './new-batch.store';
import { unreadText } from './unread-rows';

const COLUMN_CHOICES: readonly { readonly id: ColumnChoice; readonly label: string }[] = [
  { id: 'all', label: 'All' },
  { id: 'identifiers', label: 'Ids only' },
  { id: 'none', label: 'None' },
  { id: 'chosen', label: 'Choose' },
];
/** Option of a mapping that leaves an input out; no column can be called so. */
const LEFT_OUT = '\u0000';

/** A table, a model, how they fit together, what comes out, and a look at the first rows before the start. */
@Component({
  selector: 'mw-new-batch-page',
  imports: [
    CountPipe,
    EmptyState,
    Field,
    Icon,
    MatButton,
    PageHeader,
    ProblemView,
    Progress,
    RouterLink,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [NewBatchStore],
  templateUrl: './new-batch-page.html',
  styleUrl: './new-batch-page.scss',
})
export class NewBatchPage {
  protected readonly unreadText = unreadText;
  /** From the URL. */
  readonly project = input.required<string>();
  readonly deployment = input<string>();
  readonly version = input<string>();
  readonly dataset = input<string>();

  protected readonly store = inject(NewBatchStore);
  protected readonly context = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly code = inject(CopyAsCode);
  protected readonly columnChoices = COLUMN_CHOICES;
  protected readonly leftOut = LEFT_OUT;
  protected readonly iconOf = columnTypeIcon;
  protected readonly typeWord = columnTypeWord;
  protected readonly over = signal(false);

  protected readonly trail = computed(() => [
    { label: 'Deployments', link: ['/p', this.project(), 'deployments'] },
    { label: 'Batch jobs', link: ['/p', this.project(), 'batch'] },
  ]);
  protected readonly fraction = computed(() => {
    const transfer = this.store.transfer();
    if (!transfer || transfer.totalBytes === 0) return null;
    // The bytes are there; the table is being read.
    return transfer.sentBytes >= transfer.totalBytes ? null : transfer.sentBytes / transfer.totalBytes;
  });
  /** Inputs that need a look come first. */
  protected readonly inputs = computed(() => {
    const columns = this.store.checked()?.columns ?? [];
    const order = { missing: 0, mistyped: 1, note: 2, 'left-out': 3, ok: 4 } as const;
    return [...columns].sort((one, other) => order[one.state] - order[other.state]);
  });
  protected readonly summary = computed(() => {
    const check = this.store.checked();
    if (!check) return '';
    const bad = check.columns.filter(({ state }) => state === 'missing' || state === 'mistyped').length;
    if (bad > 0) return bad === 1 ? 'One column needs your choice' : `${bad} columns need your choice`;
    return `All ${check.columns.length} inputs are there`;
  });
  protected readonly names = computed(() => {
    const check = this.store.checked();
    const used = (check?.columns ?? []).flatMap(({ column }) => (column === null ? [] : [column]));
    return [...new Set([...used, ...(check?.ignored ?? [])])];
  });
  protected readonly previewRows = computed(() => {
    const preview = this.store.preview.hasValue() ? this.store.preview.value() : undefined;
    return (preview?.rows ?? []).map((row) => row.map((value) => shown(value)));
  });
  protected readonly startWords = computed(() => {
    const rows = this.store.checked()?.rows;
    return rows === undefined ? 'Start' : `Predict ${formatCount(rows)} rows`;
  });

  constructor() {
    effect(() => {
      const [deployment, version, dataset] = [this.deployment(), this.version(), this.dataset()];
      untracked(() => {
        this.store.deploymentId.set(deployment);
        this.store.modelVersionId.set(deployment === undefined ? version : undefined);
        if (dataset !== undefined) this.store.chooseTable(dataset);
      });
    });
  }

  protected drop(event: DragEvent): void {
    event.preventDefault();
    this.over.set(false);
    this.pick(event.dataTransfer?.files ?? null);
  }

  protected hover(event: DragEvent): void {
    event.preventDefault();
    this.over.set(true);
  }

  protected pick(files: FileList | null): void {
    const file = files?.[0];
    if (file) void this.store.upload(file);
  }

  protected map(name: string, column: string): void {
    this.store.map(name, column === LEFT_OUT ? null : column === '' ? undefined : column);
  }

  protected async start(event: Event): Promise<void> {
    event.preventDefault();
    const job = await this.store.start();
    if (job) await this.router.navigate(['/p', this.project(), 'batch', job.id]);
  }

  protected async copyAsCode(): Promise<void> {
    const request = this.store.request();
    if (request) await this.code.open('This batch job as code', newBatchJobCode(this.project(), request));
  }
}

function shown(value: string | number | boolean | null): string {
  if (value === null) return '';
  return typeof value === 'number' ? formatNumber(value) : String(value);
}
