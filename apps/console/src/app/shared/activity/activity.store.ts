import { Injectable, computed, effect, inject, resource, signal } from '@angular/core';
import { type ActivityItem, cancelRun, listActivity } from '@modelwright/sdk';
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

  /** Asks politely; the run ends at its next checkpoint. */
  async cancel(job: ActivityItem): Promise<void> {
    await call(cancelRun({ path: { runId: job.entity.id } }));
    this.jobs.reload();
  }
}

/** Only runs can be called off; reading a file and starting an endpoint end by themselves. */
export function canCancel(job: ActivityItem): boolean {
  return job.entity.kind === 'run' && isRunning(job.status);
}

export function isRunning(status: string): boolean {
  return status === 'queued' || status === 'running';
}
