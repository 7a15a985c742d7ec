import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/** Whether this process takes requests; false from the moment it is asked to end (E10). */
@Injectable()
export class Drain implements OnApplicationBootstrap, OnModuleDestroy {
  private current: 'starting' | 'ok' | 'draining' = 'starting';

  get state(): 'starting' | 'ok' | 'draining' {
    return this.current;
  }

  onApplicationBootstrap(): void {
    this.current = 'ok';
  }

  /** The first hook of a shutdown, before queue, streams and listener end. */
  onModuleDestroy(): void {
    this.current = 'draining';
  }
}
