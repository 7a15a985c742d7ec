import { Component, computed, inject, input, linkedSignal, output, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  downloadExperimentArtifact,
  getExperimentMetricHistory,
  getExperimentRun,
  listExperimentArtifacts,
  updateExperimentRun,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { toProblem } from '../shared/api/problem';
import { Chart, type ChartOption, type ChartTable } from '../shared/charts/chart';
import { BytesPipe, DurationPipe } from '../shared/format/pipes';
import { formatScore } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { saveFile } from '../shared/ui/save-file';
import { SidePanel } from '../shared/ui/side-panel';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent } from '../shared/ui/view';

const MAX_POINTS = 5_000;

/** Everything that is known of one run, beside the table. */
@Component({
  selector: 'mw-experiment-details',
  imports: [
    BytesPipe,
    Chart,
    DurationPipe,
    Icon,
    MatButton,
    ProblemView,
    SidePanel,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
  ],
  templateUrl: './run-details.html',
  styles: `
    .facts {
      display: grid;
      grid-template-columns: minmax(90px, 40%) minmax(0, 1fr);
      gap: 4px 12px;
      margin: 6px 0 0;
      font-size: 13px;
      line-height: 20px;
    }
    dt {
      color: var(--mat-sys-on-surface-variant);
      overflow-wrap: anywhere;
    }
    dd {
      margin: 0;
    }
    dd {
      overflow-wrap: anywhere;
    }
    textarea {
      min-height: 72px;
    }
    h3 {
      font-size: 14px;
      font-weight: 600;
      line-height: 20px;
    }
    .metric {
      padding: 0;
      border: 0;
      background: none;
      color: var(--mat-sys-primary);
      font: inherit;
      text-align: left;
      text-decoration: underline;
      cursor: pointer;
    }
    li {
      display: flex;
      align-items: center;
      gap: 8px;
      min-height: 28px;
      list-style: none;
    }
    .path {
      flex: 1;
      min-width: 0;
      overflow-wrap: anywhere;
    }
  `,
})
export class ExperimentDetails {
  readonly runId = input.required<string>();
  readonly closed = output();
  protected readonly context = inject(ProjectContext);

  protected readonly run = resource({
    params: () => this.runId(),
    loader: ({ params, abortSignal }) =>
      call(getExperimentRun({ path: { experimentRunId: params }, signal: abortSignal })),
  });
  protected readonly heading = computed(() => (this.run.hasValue() ? this.run.value().name : 'Run'));
  protected readonly metrics = computed(() =>
    (this.run.hasValue() ? this.run.value().metrics : []).map(({ name, value, step }) => ({
      name,
      text: typeof value === 'number' ? formatScore(value) : (value ?? '–'),
      hasHistory: step !== null,
    })),
  );
  protected readonly tags = computed(() =>
    this.run.hasValue() ? this.run.value().allTags.filter(({ name }) => !name.startsWith('mlflow.')) : [],
  );
  protected readonly notes = linkedSignal(() => (this.run.hasValue() ? this.run.value().notes : ''));
  protected readonly failure = signal<unknown>(undefined);

  protected readonly metric = linkedSignal<string, string | undefined>({
    source: () => this.runId(),
    computation: () => undefined,
  });
  protected readonly history = resource({
    params: () => {
      const metric = this.metric();
      return metric === undefined ? undefined : { metric, runId: this.runId() };
    },
    loader: async ({ params, abortSignal }) =>
      (
        await call(
          getExperimentMetricHistory({
            path: { experimentRunId: params.runId },
            query: { metric: params.metric, limit: MAX_POINTS },
            signal: abortSignal,
          }),
        )
      ).items,
  });
  protected readonly drawing = computed(() => {
    const name = this.metric();
    if (name === undefined || !this.history.hasValue()) return undefined;
    const points = this.history
      .value()
      .flatMap(({ step, value }) => (typeof value === 'number' ? [[step, value] as const] : []));
    const option: ChartOption = () => ({
      grid: { left: 8, right: 12, top: 12, bottom: 28, containLabel: true },
      xAxis: { type: 'value', name: 'Step', nameLocation: 'middle', nameGap: 24, minInterval: 1 },
      yAxis: { type: 'value', scale: true },
      tooltip: { trigger: 'axis' },
      series: [{ type: 'line', name, showSymbol: points.length < 40, data: points }],
    });
    const table: ChartTable = { columns: ['Step', name], rows: points };
    const last = points.at(-1);
    const summary = last
      ? `${points.length} points, last ${formatScore(last[1])}`
      : 'No points that are numbers';
    return { name, option, table, summary };
  });

  protected readonly folder = linkedSignal<string, string>({
    source: () => this.runId(),
    computation: () => '',
  });
  protected readonly files = resource({
    params: () => ({ runId: this.runId(), path: this.folder() }),
    loader: async ({ params, abortSignal }) =>
      (
        await call(
          listExperimentArtifacts({
            path: { experimentRunId: params.runId },
            query: params.path === '' ? {} : { path: params.path },
            signal: abortSignal,
          }),
        )
      ).items.map((item) => ({ ...item, name: item.path.split('/').at(-1) ?? item.path })),
  });

  constructor() {
    reloadOn(this.run, (event) => event.entity.id === this.runId());
  }

  protected up(): void {
    this.folder.update((folder) => folder.split('/').slice(0, -1).join('/'));
  }

  protected async keepNotes(): Promise<void> {
    await this.attempt(async () => {
      await call(
        updateExperimentRun({ path: { experimentRunId: this.runId() }, body: { notes: this.notes() } }),
      );
      this.run.reload();
    });
  }

  protected async download(path: string): Promise<void> {
    await this.attempt(async () => {
      const content = await call(
        downloadExperimentArtifact({
          path: { experimentRunId: this.runId() },
          query: { path },
          parseAs: 'blob',
        }),
      );
      saveFile(path.split('/').at(-1) ?? 'artifact', content);
    });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.failure.set(undefined);
    try {
      await work();
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }
}
