import { Injectable, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute } from '@angular/router';
import { type Run, deleteRun, listDatasets, listRuns } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';

type Status = Run['status'];
const STATUSES: readonly string[] = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];

/** The runs of the project, filtered as the URL says. */
@Injectable()
export class RunsStore {
  private readonly project = inject(ProjectContext);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  readonly status = computed(() => {
    const status = this.query().get('status');
    return isStatus(status) ? status : undefined;
  });
  readonly datasetId = computed(() => this.query().get('dataset') ?? undefined);
  readonly isFiltered = computed(() => this.status() !== undefined || this.datasetId() !== undefined);

  readonly list = pages({
    params: () => {
      const projectId = this.project.id();
      return projectId ? { projectId, status: this.status(), datasetId: this.datasetId() } : undefined;
    },
    load: ({ projectId, status, datasetId }, page, signal) =>
      call(
        listRuns({
          path: { projectId },
          query: { ...page, ...(status ? { status } : {}), ...(datasetId ? { datasetId } : {}) },
          signal,
        }),
      ),
  });
  /** For the filter; what cannot be read leaves it with the dataset of the URL only. */
  readonly datasets = resource({
    params: () => this.project.id(),
    loader: async ({ params, abortSignal }) =>
      (await call(listDatasets({ path: { projectId: params }, query: { limit: 200 }, signal: abortSignal })))
        .items,
  });

  constructor() {
    reloadOn(this.list.source, (event) => event.entity.kind === 'run');
  }

  async delete(run: Run): Promise<void> {
    await call(deleteRun({ path: { runId: run.id } }));
    this.list.source.reload();
  }
}

function isStatus(status: string | null): status is Status {
  return status !== null && STATUSES.includes(status);
}
