import { Component, computed, inject, input, linkedSignal, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type Comparison,
  cancelRescoring,
  createRescoring,
  getRescoring,
  listDatasets,
  listRescorings,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { idempotencyKey } from '../shared/api/idempotency-key';
import { toProblem } from '../shared/api/problem';
import { Chart } from '../shared/charts/chart';
import { formatScore } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import { metricLabel } from '../shared/metrics/metric-words';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Progress } from '../shared/ui/progress';
import type { Marked } from './compare-charts';
import { rescoredCurves, rescoredMetrics, verdictWord } from './rescored';

/** The compared models scored again on the same rows: asked for, followed, shown. */
@Component({
  selector: 'mw-rescoring',
  imports: [Chart, CountPipe, Icon, MatButton, ProblemView, Progress],
  templateUrl: './rescoring.html',
  styleUrl: './rescoring.scss',
})
export class Rescoring {
  readonly comparison = input.required<Comparison>();
  readonly items = input.required<readonly Marked[]>();
  protected readonly context = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  protected readonly failure = signal<unknown>(undefined);
  private readonly asked = signal<boolean | undefined>(undefined);
  protected readonly possible = computed(() => this.comparison().rescoring.possible);
  private readonly versions = computed(() => this.comparison().rescoring.modelVersionIds);

  protected readonly datasets = resource({
    params: () => (this.possible() ? this.context.id() : undefined),
    loader: async ({ params, abortSignal }) =>
      (await call(listDatasets({ path: { projectId: params }, query: { limit: 200 }, signal: abortSignal })))
        .items,
  });
  protected readonly datasetId = linkedSignal(() => this.comparison().items[0]?.datasetId ?? '');
  protected readonly rows = signal<'unseen' | 'all'>('unseen');

  /** The one in the URL, else the newest of exactly these versions. */
  protected readonly job = resource({
    params: () => {
      const projectId = this.context.id();
      return projectId && this.possible()
        ? { projectId, id: this.query().get('rescoring'), versions: this.versions() }
        : undefined;
    },
    loader: async ({ params, abortSignal }) => {
      if (params.id !== null)
        return call(getRescoring({ path: { rescoringId: params.id }, signal: abortSignal }));
      const [first = ''] = params.versions;
      const { items } = await call(
        listRescorings({
          path: { projectId: params.projectId },
          query: { modelVersionId: first, limit: 50 },
          signal: abortSignal,
        }),
      );
      const wanted = [...params.versions].sort().join();
      return items.find((one) => [...one.modelVersionIds].sort().join() === wanted) ?? null;
    },
  });
  protected readonly current = computed(() => (this.job.hasValue() ? this.job.value() : null));
  protected readonly isActive = computed(() => ['queued', 'running'].includes(this.current()?.status ?? ''));
  protected readonly result = computed(() => this.current()?.result ?? null);
  /** Open at once where numbers of different rows would else be compared. */
  protected readonly isOpen = computed(
    () => this.asked() ?? (!this.comparison().sameRows && this.job.hasValue() && this.result() === null),
  );

  /** The models in the order of the result, with the letters of the page. */
  private readonly order = computed(() =>
    (this.result()?.models ?? []).flatMap(
      (model) => this.items().find(({ item }) => item.modelVersionId === model.id) ?? [],
    ),
  );
  protected readonly metrics = computed(() => {
    const result = this.result();
    return result ? rescoredMetrics(result, this.order()) : [];
  });
  protected readonly curves = computed(() => {
    const result = this.result();
    return result ? rescoredCurves(result, this.order()) : [];
  });
  protected readonly letters = computed(() => this.order().map(({ letter }) => letter));
  protected readonly segments = computed(() => {
    const result = this.result();
    if (!result) return { metric: '', list: [] };
    return {
      metric: metricLabel(result.metric),
      list: result.segments.map((segment) => {
        const [low, high] = [Math.min(...segment.scores), Math.max(...segment.scores)];
        return {
          key: `${segment.column} ${segment.label}`,
          column: segment.column,
          label: segment.label,
          rows: segment.rows,
          gap: formatScore(high - low),
          scores: segment.scores.map((score) => formatScore(score)),
        };
      }),
    };
  });
  protected readonly verdicts = computed(() => {
    const result = this.result();
    if (!result) return [];
    const main = this.comparison().items[0]?.metric ?? result.metric;
    const letter = (id: string): string =>
      this.order().find(({ item }) => item.modelVersionId === id)?.letter ?? '?';
    return result.differences
      .filter(({ metric }) => metric === main)
      .map((one) => ({
        id: one.id,
        verdict: one.verdict,
        text: `${letter(one.id)} ${verdictWord(one.verdict)} ${letter(one.against)} in ${metricLabel(one.metric)}`,
        interval: `${formatScore(one.low)} to ${formatScore(one.high)}`,
      }));
  });

  constructor() {
    reloadOn(
      this.job,
      (event) => event.entity.kind === 'rescoring' && event.entity.id === this.current()?.id,
    );
  }

  protected toggle(): void {
    this.asked.set(!this.isOpen());
  }

  protected async start(): Promise<void> {
    const projectId = this.context.id();
    if (!projectId) return;
    await this.attempt(async () => {
      const job = await call(
        createRescoring({
          path: { projectId },
          headers: { 'Idempotency-Key': idempotencyKey() },
          body: { modelVersionIds: [...this.versions()], datasetId: this.datasetId(), rows: this.rows() },
        }),
      );
      this.asked.set(undefined);
      await this.router.navigate([], {
        relativeTo: this.route,
        queryParams: { rescoring: job.id },
        queryParamsHandling: 'merge',
      });
    });
  }

  protected async cancel(): Promise<void> {
    const id = this.current()?.id;
    if (id === undefined) return;
    await this.attempt(async () => {
      await call(cancelRescoring({ path: { rescoringId: id } }));
      this.job.reload();
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
