import { Injectable, computed, inject, resource } from '@angular/core';
import { getProjectOverview } from '@modelwright/sdk';
import { call } from '../api/call';
import { reloadOn } from '../realtime/realtime';
import { ProjectContext } from './project-context';

/** Phases, next step and recent things of the open project; the phase line of the shell and the overview read it. */
@Injectable({ providedIn: 'root' })
export class OverviewStore {
  private readonly project = inject(ProjectContext);
  readonly projectId = computed(() => this.project.id() ?? '');
  readonly overview = resource({
    params: () => this.project.id(),
    loader: ({ params, abortSignal }) =>
      call(getProjectOverview({ path: { projectId: params }, signal: abortSignal })),
  });

  constructor() {
    reloadOn(this.overview, (event) => event.type !== 'prediction.logged');
  }
}
