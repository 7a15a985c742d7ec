import { ContainerRuntime } from '@modelwright/container-runtime';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Subject } from 'rxjs';

/** Waits for the end of model servers, so that a dead one is noticed at once and not only by the next health round. */
@Injectable()
export class ServerWatch implements OnModuleDestroy {
  private readonly log = new Logger(ServerWatch.name);
  private readonly followed = new Map<string, string>();
  private readonly stopping = new AbortController();
  /** Id of the deployment whose container has ended. */
  readonly ended = new Subject<string>();

  constructor(private readonly runtime: ContainerRuntime) {}

  onModuleDestroy(): void {
    this.stopping.abort();
    this.ended.complete();
  }

  follow(deploymentId: string, containerId: string): void {
    if (this.followed.get(deploymentId) === containerId) return;
    this.followed.set(deploymentId, containerId);
    void this.waitFor(deploymentId, containerId);
  }

  private async waitFor(deploymentId: string, containerId: string): Promise<void> {
    try {
      await this.runtime.wait(containerId, { signal: this.stopping.signal });
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.log.debug(
        { err: error, deploymentId },
        'The end of a container cannot be waited for; the health loop looks after it.',
      );
    }
    if (this.followed.get(deploymentId) === containerId) this.followed.delete(deploymentId);
    if (!this.stopping.signal.aborted) this.ended.next(deploymentId);
  }
}
