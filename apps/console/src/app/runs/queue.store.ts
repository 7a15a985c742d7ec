import { DestroyRef, Injectable, inject, resource } from '@angular/core';
import { getRunQueue } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';

/** Others' runs send this project no events. */
const LOOK_AGAIN_MS = 10_000;

/** The queue of the installation, as this project may see it. */
@Injectable()
export class QueueStore {
  private readonly project = inject(ProjectContext);
  readonly queue = resource({
    params: () => this.project.id(),
    loader: ({ params, abortSignal }) =>
      call(getRunQueue({ path: { projectId: params }, signal: abortSignal })),
  });

  constructor() {
    reloadOn(this.queue, (event) => event.entity.kind === 'run');
    const timer = setInterval(() => this.queue.reload(), LOOK_AGAIN_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }
}
