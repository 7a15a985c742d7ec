import { isContainerRuntimeError } from '@modelwright/container-runtime';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { auditTime, groupBy, mergeMap } from 'rxjs';
import { AppConfig } from '../../platform/config/app-config.js';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import { ModelServers } from '../../serving/model-servers.js';
import { Switches } from '../traffic/switches.service.js';
import { RECONCILE } from './reconcile.js';
import { ServerCare } from './server-care.js';
import { ServerEnds } from './server-ends.js';
import { ServerWatch } from './server-watch.js';
import { ServingUnits, isTarget } from './serving-units.js';

const HEALTH_LOOP_MS = 15_000;

/**
 * Brings what is seen to what is wanted (M7, M8, M9): one look at one server at a time, by one replica, started by a
 * change, by the end of a container, by a call that got no answer, and every 15 seconds.
 */
@Injectable()
export class ServingSupervisor implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(ServingSupervisor.name);

  constructor(
    private readonly units: ServingUnits,
    private readonly servers: ModelServers,
    private readonly care: ServerCare,
    private readonly ends: ServerEnds,
    private readonly watch: ServerWatch,
    private readonly switches: Switches,
    private readonly queue: WorkQueue,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.queue.register(RECONCILE, { concurrency: 4, attempts: 3 }, (id, context) =>
      this.reconcile(id, context),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    this.watch.ended.subscribe((serverId) => void this.lookAtServer(serverId));
    this.servers.suspected
      .pipe(
        groupBy((serverId) => serverId),
        mergeMap((calls) => calls.pipe(auditTime(500))),
      )
      .subscribe((serverId) => void this.lookAtServer(serverId));
    await this.lookAtAll();
  }

  /** The work queue has ended by now, so nobody starts again what stops here; what is wanted stays as it was (M9). */
  async onApplicationShutdown(): Promise<void> {
    if (!this.config.deployments.stopOnShutdown) return;
    try {
      await this.ends.stopAll();
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
      this.log.warn(`Model servers could not be stopped and may run on: ${error.message}`);
    }
  }

  @Interval('deployment-health', HEALTH_LOOP_MS)
  async healthLoop(): Promise<void> {
    await this.lookAtAll();
  }

  private async lookAtAll(): Promise<void> {
    if (!this.config.execution.dockerEnabled) return;
    try {
      for (const id of await this.units.idsToLookAfter()) await this.queue.enqueue(RECONCILE, id);
      await this.ends.removeOrphans();
    } catch (error) {
      this.log.warn(
        { err: error },
        'A round of the health loop could not be finished; the next one follows in 15 s.',
      );
    }
  }

  private async lookAtServer(serverId: string): Promise<void> {
    try {
      await this.queue.enqueue(RECONCILE, (await this.units.idOfServer(serverId)) ?? serverId);
    } catch (error) {
      this.log.warn(
        { err: error, serverId },
        'A look at a model server could not be queued; the health loop will do it.',
      );
    }
  }

  /** One look at one server. */
  async reconcile(id: string, context: WorkContext): Promise<void> {
    const unit = await this.units.find(id);
    if (!unit) return this.forget(id);
    if (isTarget(unit) && this.switches.isOver(unit)) {
      await this.ends.stopContainers(unit.serverId);
      await this.switches.remove(unit);
      return this.forget(unit.serverId);
    }
    if (unit.desiredState === 'stopped') return this.ends.stop(unit);
    if (unit.observedState !== 'failed') await this.care.look(unit, context);
    await this.switches.follow(id);
  }

  /** The id may be that of a server: nothing of it stays unless somebody has taken it over. */
  private async forget(id: string): Promise<void> {
    if ((await this.units.idOfServer(id)) !== undefined) return;
    this.care.forget(id);
    await this.ends.forget(id);
  }
}
