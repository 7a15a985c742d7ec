import { Injectable, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type ExperimentView,
  compareExperimentRuns,
  createExperimentView,
  deleteExperimentView,
  listExperimentViews,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { ProjectContext } from '../shared/project/project-context';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX = 6;

/** What the URL says is compared. */
@Injectable()
export class CompareStore {
  private readonly project = inject(ProjectContext);
  private readonly route = inject(ActivatedRoute);
  private readonly router = inject(Router);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  readonly ids = computed(
    () => [...new Set((this.query().get('ids') ?? '').split(',').filter((id) => ID.test(id)))].slice(0, MAX),
    { equal: (left, right) => left.join() === right.join() },
  );
  readonly comparison = resource({
    params: () => {
      const projectId = this.project.id();
      return projectId && this.ids().length >= 2 ? { projectId, ids: this.ids() } : undefined;
    },
    loader: ({ params, abortSignal }) =>
      call(
        compareExperimentRuns({
          path: { projectId: params.projectId },
          query: { id: [...params.ids] },
          signal: abortSignal,
        }),
      ),
  });
  readonly views = resource({
    params: () => this.project.id(),
    loader: async ({ params, abortSignal }) =>
      (
        await call(
          listExperimentViews({
            path: { projectId: params },
            query: { screen: 'compare' },
            signal: abortSignal,
          }),
        )
      ).items,
  });

  show(ids: readonly string[]): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams: { ids: ids.length > 0 ? ids.join(',') : null, rescoring: null },
      queryParamsHandling: 'merge',
    });
  }

  async save(name: string, shared: boolean): Promise<void> {
    const projectId = this.project.id();
    if (!projectId) return;
    await call(
      createExperimentView({
        path: { projectId },
        body: { screen: 'compare', name, shared, state: { ids: [...this.ids()] } },
      }),
    );
    this.views.reload();
  }

  async delete(view: ExperimentView): Promise<void> {
    await call(deleteExperimentView({ path: { experimentViewId: view.id } }));
    this.views.reload();
  }
}
