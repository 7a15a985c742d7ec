import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { auditTime, debounceTime, filter, type Subscription } from 'rxjs';
import { ModelsService } from '../../models/models.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { messageOf } from '../../platform/database/data-source.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { AnalysisRepository } from '../analysis.repository.js';
import { InsightsService } from '../insights.service.js';
import { Translations } from '../translations.service.js';
import { AnalysisDispatcher } from './analysis-dispatcher.js';
import { AnalysisWorkspaces } from './analysis-workspaces.js';
import { DRIVE } from './work-kinds.js';

const EVERY_MS = 15_000;
/** The process that follows an analysis says so every five seconds. */
const UNWATCHED_SECONDS = 30;
/** The page of a new version opens with it. */
const FIRST_KIND = 'shap_global';
const NEW_HOURS = 24;
const GATHER_MS = 300;

/** Compares rows with containers and folders, at start and every 15 s, and asks what nobody has to ask. */
@Injectable()
export class AnalysisReconciler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Insights');
  private isBusy = false;
  private created: Subscription | undefined;
  private deployed: Subscription | undefined;

  constructor(
    private readonly analyses: AnalysisRepository,
    private readonly insights: InsightsService,
    private readonly translations: Translations,
    private readonly models: ModelsService,
    private readonly runtime: ContainerRuntime,
    private readonly workspaces: AnalysisWorkspaces,
    private readonly queue: WorkQueue,
    private readonly dispatcher: AnalysisDispatcher,
    private readonly events: DomainEvents,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.created = this.events.all
      .pipe(
        filter(({ type }) => type === 'model.created'),
        debounceTime(GATHER_MS),
      )
      .subscribe(() => void this.tick());
    this.deployed = this.events.all
      .pipe(
        filter(({ type }) => type === 'deployment.updated'),
        auditTime(GATHER_MS),
      )
      .subscribe(() => void this.askForServed());
    void this.tick();
  }

  onModuleDestroy(): void {
    this.created?.unsubscribe();
    this.deployed?.unsubscribe();
  }

  @Interval('insight-reconcile', EVERY_MS)
  async tick(): Promise<void> {
    if (this.isBusy || !this.config.execution.dockerEnabled) return;
    this.isBusy = true;
    try {
      await this.reconcile();
    } catch (error) {
      this.logger.warn(
        `Comparing analyses with containers failed, the next try is in 15 s: ${messageOf(error)}`,
      );
    } finally {
      this.isBusy = false;
    }
  }

  async reconcile(): Promise<void> {
    await this.askAboutNewVersions();
    await this.translations.askForServed();
    await this.dispatcher.dispatch();
    await this.handOutUnwatched();
    await this.removeOrphans();
  }

  /** A deployment may serve another version now. */
  private async askForServed(): Promise<void> {
    if (!this.config.execution.dockerEnabled) return;
    try {
      await this.translations.askForServed();
    } catch (error) {
      this.logger.warn(
        `Deployed versions could not be looked at, the next try is in 15 s: ${messageOf(error)}`,
      );
    }
  }

  private async askAboutNewVersions(): Promise<void> {
    const versions = await this.models.recentVersions(NEW_HOURS);
    const ids = versions.map(({ id }) => id);
    const asked = await this.analyses.withAutomatic(ids, FIRST_KIND);
    for (const { id, projectId } of versions)
      if (!asked.has(id))
        await this.insights.requestAutomatic(SystemScope.forBackgroundWork(projectId), id, FIRST_KIND);
  }

  private async handOutUnwatched(): Promise<void> {
    for (const id of await this.analyses.unwatched(UNWATCHED_SECONDS)) {
      const scope = await this.analyses.scopeOf(id);
      if (!scope) continue;
      // Counts as watched from now on, or every look would queue it once more.
      await this.analyses.beat(scope, id);
      await this.queue.enqueue(DRIVE, id);
      this.logger.log({ event: 'analysis.handed_out_again', analysisId: id });
    }
  }

  private async removeOrphans(): Promise<void> {
    try {
      const containers = await this.runtime.list({ kind: 'insight' });
      const underWay = await this.analyses.underWay(containers.map(({ ownerId }) => ownerId));
      for (const container of containers)
        if (underWay.get(container.ownerId) !== container.generation) await this.runtime.remove(container.id);
    } catch (error) {
      // Health says that the engine is away; here there is nothing to do until it is back.
      if (!isContainerRuntimeError(error)) throw error;
    }
    const present = await this.workspaces.list();
    const kept = await this.analyses.underWay(present);
    for (const id of present) if (!kept.has(id)) await this.workspaces.remove(id);
  }
}
