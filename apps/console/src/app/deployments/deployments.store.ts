import { Injectable, computed, inject, resource } from '@angular/core';
import { type DriftState, listDeployments, listDriftStates } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';

@Injectable()
export class DeploymentsStore {
  private readonly project = inject(ProjectContext);
  readonly list = pages({
    params: () => this.project.id(),
    load: (projectId, page, signal) => call(listDeployments({ path: { projectId }, query: page, signal })),
  });

  private readonly lights = resource({
    params: () => this.project.id(),
    loader: ({ params: projectId, abortSignal }) =>
      call(listDriftStates({ path: { projectId }, signal: abortSignal })),
  });
  /** The last drift check by deployment; one without a check is not in it. */
  readonly drift = computed<ReadonlyMap<string, DriftState>>(
    () =>
      new Map(
        this.lights.hasValue() ? this.lights.value().items.map((state) => [state.deploymentId, state]) : [],
      ),
  );

  constructor() {
    reloadOn(this.lights, (event) => event.type === 'drift.updated');
    reloadOn(
      this.list.source,
      (event) => event.entity.kind === 'deployment' && event.type !== 'drift.updated',
    );
  }
}
