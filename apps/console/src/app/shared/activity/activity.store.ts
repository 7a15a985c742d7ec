import { Injectable, computed, effect, inject, resource, signal } from '@angular/core';
import {
  type ActivityItem,
  cancelAnalysis,
  cancelBatchJob,
  cancelModelExport,
  cancelModelImport,
  cancelRescoring,
  cancelRun,
  listActivity,
} from '@modelwright/sdk';
import { call } from '../api/call';
import { Session } from '../api/session';
import { reloadOn } from '../realtime/realtime';

const REFRESH_MS = 10_000;
const OPEN_REFRESH_MS = 5_000;

/** Long work of the reader's projects: running first. Events of the open project bring changes at once, others come by looking. */
@Injectable({ providedIn: 'root' })
export class ActivityStore {
  private readonly session = inject(Session);
  /** Whether somebody is looking at the drawer. */
  readonly watched = signal(false);
  readonly jobs = resource({
    params: () => this.session.user()?.id,
    loader: async ({ abortSignal }) => (await call(listActivity({ signal: abortSignal }))).items,
  });
  readonly runningCount = computed(() =>
    this.jobs.hasValue() ? this.jobs.value().filter((job) => isRunning(job.status)).length : 0,
  );

  constructor() {
    reloadOn(this.jobs, (event) => event.type !== 'prediction.logged');
    effect((onCleanup) => {
      const everyMs = this.watched() ? OPEN_REFRESH_MS : this.runningCount() > 0 ? REFRESH_MS : 0;
      if (everyMs === 0) return;
      const timer = setInterval(() => document.visibilityState === 'visible' && this.jobs.reload(), everyMs);
      onCleanup(() => clearInterval(timer));
    });
  }

  /** Asks politely; the work ends at its next checkpoint. */
  async cancel({ id, kind }: ActivityItem): Promise<void> {
    if (isCancellable(kind)) await CANCEL[kind](id);
    this.jobs.reload();
  }
}

const CANCEL = {
  run: (runId: string) => call(cancelRun({ path: { runId } })),
  analysis: (analysisId: string) => call(cancelAnalysis({ path: { analysisId } })),
  export: (exportId: string) => call(cancelModelExport({ path: { exportId } })),
  import: (importId: string) => call(cancelModelImport({ path: { importId } })),
  batch: (batchJobId: string) => call(cancelBatchJob({ path: { batchJobId } })),
  rescoring: (rescoringId: string) => call(cancelRescoring({ path: { rescoringId } })),
};
export type CancellableKind = keyof typeof CANCEL;

/** Whether work of a kind can be called off; reading a file and starting an endpoint end by themselves. */
export function isCancellable(kind: ActivityItem['kind']): kind is CancellableKind {
  return kind in CANCEL;
}

export function canCancel(job: Pick<ActivityItem, 'kind' | 'status'>): boolean {
  return isCancellable(job.kind) && isRunning(job.status);
}

export function isRunning(status: string): boolean {
  return status === 'queued' || status === 'running';
}
