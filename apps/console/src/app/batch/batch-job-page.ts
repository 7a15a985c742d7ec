import { Component, computed, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import {
  cancelBatchJob,
  deleteBatchJob,
  downloadDataset,
  getBatchJob,
  repeatBatchJob,
  type BatchJob,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { idempotencyKey } from '../shared/api/idempotency-key';
import { toProblem } from '../shared/api/problem';
import { canCancel, fractionOf, isUnderWay, modelWords, progressWords } from '../shared/batch/batch-words';
import { MiniBars } from '../shared/charts/mini-bars';
import { formatCount, formatNumber, formatPercent } from '../shared/format/numbers';
import { CountPipe, DurationPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { LineageView } from '../shared/lineage/lineage-view';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { Announcer } from '../shared/ui/announcer';
import { batchJobCode } from '../shared/ui/code-actions';
import { Confirm } from '../shared/ui/confirm';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { CopyButton, copyText } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Progress } from '../shared/ui/progress';
import { saveFile } from '../shared/ui/save-file';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { unreadText } from './unread-rows';

const SHOWN_CLASSES = 20;

/** One batch job: how far it is, what was predicted, which rows did not fit. */
@Component({
  selector: 'mw-batch-job-page',
  imports: [
    CopyButton,
    CountPipe,
    DurationPipe,
    Icon,
    LineageView,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    MiniBars,
    PageHeader,
    ProblemView,
    Progress,
    RouterLink,
    Skeleton,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  templateUrl: './batch-job-page.html',
  styleUrl: './batch-job-page.scss',
})
export class BatchJobPage {
  protected readonly unreadText = unreadText;
  /** From the URL. */
  readonly project = input.required<string>();
  readonly job = input.required<string>();

  protected readonly context = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);
  private readonly code = inject(CopyAsCode);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly isBusy = signal(false);

  protected readonly source = resource({
    params: () => this.job(),
    loader: ({ params, abortSignal }) =>
      call(getBatchJob({ path: { batchJobId: params }, signal: abortSignal })),
  });
  protected readonly current = computed(() => (this.source.hasValue() ? this.source.value() : undefined));
  protected readonly heading = computed(() => this.current()?.input.datasetName ?? 'Batch job');
  protected readonly trail = computed(() => {
    const deployment = this.current()?.deployment;
    return [
      { label: 'Deployments', link: ['/p', this.project(), 'deployments'] },
      ...(deployment?.id
        ? [{ label: deployment.name, link: ['/p', this.project(), 'deployments', deployment.id] }]
        : [{ label: 'Batch jobs', link: ['/p', this.project(), 'batch'] }]),
    ];
  });
  protected readonly facts = computed(() => {
    const job = this.current();
    return (
      job && {
        isUnderWay: isUnderWay(job),
        canCancel: canCancel(job),
        words: progressWords(job),
        fraction: fractionOf(job),
        model: modelWords(job),
        seconds: secondsOf(job),
        path: job.servingPath === 'compiled' ? 'The compiled form of the model' : 'A container of the model',
        columns: columnWords(job),
        failedFilter: failedFilter(job),
      }
    );
  });
  /** How often each class was predicted, with its share of the rows that fit. */
  protected readonly classes = computed(() => {
    const counts = this.current()?.result?.classCounts ?? null;
    if (counts === null) return null;
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const most = Math.max(1, ...counts.map(({ count }) => count));
    return counts.slice(0, SHOWN_CLASSES).map(({ label, count }) => ({
      label,
      count: formatCount(count),
      share: formatPercent(total === 0 ? 0 : count / total),
      width: (count / most) * 100,
    }));
  });
  protected readonly numbers = computed(() => {
    const distribution = this.current()?.result?.distribution ?? null;
    if (distribution === null) return null;
    const { histogram, ...figures } = distribution;
    const bars = (histogram?.counts ?? []).map((count, place) => ({
      label: `${formatNumber(histogram?.edges[place])} to ${formatNumber(histogram?.edges[place + 1])}`,
      count,
    }));
    const named = [
      ['Smallest', figures.min],
      ['Median', figures.median],
      ['Mean', figures.mean],
      ['Largest', figures.max],
    ] as const;
    return { bars, figures: named.map(([label, value]) => ({ label, value: formatNumber(value) })) };
  });
  protected readonly focus = computed(() => {
    const output = this.current()?.output;
    return output?.datasetId ? { kind: 'dataset' as const, id: output.datasetId } : undefined;
  });

  constructor() {
    reloadOn(this.source, (event) => event.entity.kind === 'batch-job' && event.entity.id === this.job());
  }

  protected async cancel(): Promise<void> {
    const sure = await this.confirm.ask({
      title: 'Cancel this batch job?',
      text: 'It ends after the rows it is at. No output is made; it can be run again.',
      action: 'Cancel job',
      dismiss: 'Keep running',
      destructive: true,
    });
    if (!sure) return;
    await this.attempt(async () => {
      await call(cancelBatchJob({ path: { batchJobId: this.job() } }));
      this.announcer.say('The job is being cancelled.');
      this.source.reload();
    });
  }

  protected repeat(): Promise<void> {
    return this.attempt(async () => {
      const job = await call(
        repeatBatchJob({
          path: { batchJobId: this.job() },
          headers: { 'Idempotency-Key': idempotencyKey() },
        }),
      );
      await this.router.navigate(['/p', this.project(), 'batch', job.id]);
    });
  }

  protected async remove(): Promise<void> {
    const sure = await this.confirm.ask({
      title: 'Delete this batch job?',
      text: 'What it says about itself goes. The dataset with the predictions stays.',
      action: 'Delete job',
      destructive: true,
    });
    if (!sure) return;
    await this.attempt(async () => {
      await call(deleteBatchJob({ path: { batchJobId: this.job() } }));
      await this.router.navigate(['/p', this.project(), 'batch']);
    });
  }

  protected download(format: 'original' | 'parquet'): Promise<void> {
    return this.attempt(async () => {
      const output = this.current()?.output;
      if (!output?.datasetId || output.version === null) return;
      const content: unknown = await call(
        downloadDataset({
          path: { datasetId: output.datasetId },
          query: { version: output.version, format },
          parseAs: 'blob',
        }),
      );
      if (content instanceof Blob)
        saveFile(`${output.datasetName}.${format === 'parquet' ? 'parquet' : 'csv'}`, content);
    });
  }

  protected copyLink(): void {
    void copyText(location.href);
  }

  protected copyAsCode(): Promise<void> {
    return this.code.open('This batch job as code', batchJobCode(this.job()));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    if (this.isBusy()) return;
    this.isBusy.set(true);
    this.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.isBusy.set(false);
    }
  }
}

function secondsOf({ startedAt, finishedAt }: BatchJob): number | null {
  return startedAt !== null && finishedAt !== null
    ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000
    : null;
}

/** For the rows of the output that did not fit. */
function failedFilter({ result }: BatchJob): string | null {
  const column = result?.errorColumn ?? null;
  return column === null ? null : JSON.stringify([{ column, operator: 'is-present' }]);
}

function columnWords({ options }: BatchJob): string {
  const { columns } = options;
  if (columns === 'all') return 'All columns of the table';
  if (columns === 'identifiers') return 'Columns that identify rows';
  return columns === 'none' ? 'Predictions only' : columns.join(', ');
}
