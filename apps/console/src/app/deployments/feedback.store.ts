import { Injectable, computed, inject, linkedSignal, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type CreateCorrectedDatasetRequest,
  type FeedbackJob,
  type ImportFeedbackDatasetRequest,
  cancelFeedbackJob,
  createCorrectedDataset,
  getErrorSegments,
  getPerformance,
  getPerformanceSegments,
  getRetrainingDefaults,
  importFeedbackDataset,
  importFeedbackFile,
  listFeedback,
  listFeedbackJobs,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { idempotencyKey } from '../shared/api/idempotency-key';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { DeploymentStore } from './deployment.store';

const TRUTHS_SHOWN = 20;
const JOBS_SHOWN = 5;
const DEFAULT_HOURS = 720;

export interface FileColumns {
  readonly requestId: string;
  readonly truth: string;
  readonly rowIndex: string;
  readonly observedAt: string;
}

/** Outcomes of a deployment and what they say; window, version and column are in the URL. */
@Injectable()
export class FeedbackStore {
  readonly deployment = inject(DeploymentStore);
  private readonly project = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  readonly hours = computed(() => {
    const hours = Number(this.query().get('hours'));
    return Number.isInteger(hours) && hours > 0 && hours <= 2160 ? hours : DEFAULT_HOURS;
  });
  private readonly versionId = computed(() => this.query().get('version') ?? undefined);
  private readonly window = computed(() => {
    const modelVersionId = this.versionId();
    return { windowHours: this.hours(), ...(modelVersionId === undefined ? {} : { modelVersionId }) };
  });
  private readonly asked = computed(() => ({ deploymentId: this.deployment.id(), window: this.window() }));

  readonly performance = resource({
    params: () => this.asked(),
    loader: ({ params: { deploymentId, window }, abortSignal }) =>
      call(getPerformance({ path: { deploymentId }, query: window, signal: abortSignal })),
  });
  /** The last answer stays while the next one comes. */
  readonly known = computed(() => (this.performance.hasValue() ? this.performance.value() : undefined));
  readonly column = linkedSignal<readonly string[], string>({
    source: () => this.known()?.columns ?? [],
    computation: (columns, previous) =>
      previous && columns.includes(previous.value) ? previous.value : (columns[0] ?? ''),
  });
  readonly segments = resource({
    params: () =>
      this.canRead() && this.column() !== '' ? { ...this.asked(), column: this.column() } : undefined,
    loader: ({ params: { deploymentId, window, column }, abortSignal }) =>
      call(
        getPerformanceSegments({ path: { deploymentId }, query: { ...window, column }, signal: abortSignal }),
      ),
  });
  readonly errorSegments = resource({
    params: () => (this.canRead() ? this.asked() : undefined),
    loader: ({ params: { deploymentId, window }, abortSignal }) =>
      call(getErrorSegments({ path: { deploymentId }, query: window, signal: abortSignal })),
  });
  readonly truths = resource({
    params: () => (this.canRead() ? this.deployment.id() : undefined),
    loader: ({ params: deploymentId, abortSignal }) =>
      call(listFeedback({ path: { deploymentId }, query: { limit: TRUTHS_SHOWN }, signal: abortSignal })),
  });
  readonly jobs = resource({
    params: () => (this.canRead() ? this.deployment.id() : undefined),
    loader: ({ params: deploymentId, abortSignal }) =>
      call(listFeedbackJobs({ path: { deploymentId }, query: { limit: JOBS_SHOWN }, signal: abortSignal })),
  });
  readonly retraining = resource({
    params: () => this.deployment.id(),
    loader: ({ params: deploymentId, abortSignal }) =>
      call(getRetrainingDefaults({ path: { deploymentId }, signal: abortSignal })),
  });
  readonly busy = signal(false);

  constructor() {
    const isAbout = (event: { readonly type: string; readonly entity: { readonly id: string } }): boolean =>
      event.type === 'feedback.updated' && event.entity.id === this.deployment.id();
    for (const one of [this.performance, this.segments, this.errorSegments, this.truths, this.jobs])
      reloadOn(one, isAbout);
  }

  /** Inputs and outcomes are for those who may read the log. */
  canRead(): boolean {
    return this.project.canEdit();
  }

  show(queryParams: Readonly<Record<string, string | number | null>>): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams,
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  /** @throws ApiProblem */
  importFile(file: File, columns: FileColumns): Promise<FeedbackJob> {
    const { requestId, truth, rowIndex, observedAt } = columns;
    return this.working(() =>
      call(
        importFeedbackFile({
          path: { deploymentId: this.deployment.id() },
          query: {
            requestIdColumn: requestId,
            truthColumn: truth,
            ...(rowIndex === '' ? {} : { rowIndexColumn: rowIndex }),
            ...(observedAt === '' ? {} : { observedAtColumn: observedAt }),
          },
          body: { file },
        }),
      ),
    );
  }

  /** @throws ApiProblem */
  importDataset(body: ImportFeedbackDatasetRequest): Promise<FeedbackJob> {
    return this.working(() =>
      call(
        importFeedbackDataset({
          path: { deploymentId: this.deployment.id() },
          headers: { 'Idempotency-Key': idempotencyKey() },
          body,
        }),
      ),
    );
  }

  /** @throws ApiProblem */
  makeVersion(body: CreateCorrectedDatasetRequest): Promise<FeedbackJob> {
    return this.working(() =>
      call(
        createCorrectedDataset({
          path: { deploymentId: this.deployment.id() },
          headers: { 'Idempotency-Key': idempotencyKey() },
          body,
        }),
      ),
    );
  }

  /** @throws ApiProblem */
  cancel(jobId: string): Promise<FeedbackJob> {
    return this.working(() =>
      call(cancelFeedbackJob({ path: { deploymentId: this.deployment.id(), jobId } })),
    );
  }

  private async working(work: () => Promise<FeedbackJob>): Promise<FeedbackJob> {
    this.busy.set(true);
    try {
      const job = await work();
      this.jobs.reload();
      return job;
    } finally {
      this.busy.set(false);
    }
  }
}
