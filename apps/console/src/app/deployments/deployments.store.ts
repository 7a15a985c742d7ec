import { Injectable, inject } from '@angular/core';
import { listDeployments } from '@modelwright/sdk';
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

  constructor() {
    reloadOn(this.list.source, (event) => event.entity.kind === 'deployment');
  }
}
