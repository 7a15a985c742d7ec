import { Injectable, inject, resource, signal } from '@angular/core';
import { type Lineage, getLineage } from '@modelwright/sdk';
import { call } from '../api/call';
import { ProjectContext } from '../project/project-context';
import { reloadOn } from '../realtime/realtime';

export interface LineageFocus {
  readonly kind: 'dataset' | 'dataset-version' | 'run' | 'model' | 'model-version' | 'deployment';
  readonly id: string;
}

/** What a thing came from and what came of it. */
@Injectable()
export class LineageStore {
  private readonly project = inject(ProjectContext);
  readonly focus = signal<LineageFocus | undefined>(undefined);

  readonly graph = resource({
    params: () => {
      const focus = this.focus();
      const projectId = this.project.id();
      return focus && projectId ? { projectId, focus: `${focus.kind}:${focus.id}` } : undefined;
    },
    loader: ({ params: { projectId, focus }, abortSignal }): Promise<Lineage> =>
      call(getLineage({ path: { projectId }, query: { focus }, signal: abortSignal })),
  });

  constructor() {
    reloadOn(this.graph, (event) =>
      ['dataset.updated', 'run.updated', 'model.created', 'model.updated', 'deployment.updated'].includes(
        event.type,
      ),
    );
  }
}
