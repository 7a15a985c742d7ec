import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { concatMap, type Subscription } from 'rxjs';
import { DataSource } from 'typeorm';
import { COMPILED_FORM_CHANGED } from '../../models/compiled-forms.service.js';
import { messageOf } from '../../platform/database/data-source.js';
import { DomainEvents, Notifier } from '../../platform/events/domain-events.js';
import { CompiledModels } from './compiled-models.js';

/** Has deployments answer from a compiled form that was made after they were: the container serves until it is read. */
@Injectable()
export class LaterFormWatch implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Deployments');
  private readonly subscriptions: Subscription[] = [];

  constructor(
    private readonly compiled: CompiledModels,
    private readonly dataSource: DataSource,
    private readonly notifier: Notifier,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.subscriptions.push(
      this.notifier
        .listen(COMPILED_FORM_CHANGED)
        .pipe(concatMap((id) => this.renew([id])))
        .subscribe(),
      // What was told meanwhile is lost.
      this.notifier.reconnected
        .pipe(concatMap(async () => this.renew(await this.compiled.withoutForm())))
        .subscribe(),
    );
  }

  onModuleDestroy(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }

  private async renew(modelVersionIds: readonly string[]): Promise<void> {
    for (const id of modelVersionIds)
      try {
        if (await this.compiled.renew(id)) await this.tell(id);
      } catch (error) {
        this.logger.warn(`A compiled form could not be taken over: ${messageOf(error)}`);
      }
  }

  /** For those who look at a deployment; every replica says it, and readers fetch twice at worst. */
  private async tell(modelVersionId: string): Promise<void> {
    const served = await this.dataSource.query<{ id: string; projectId: string }[]>(
      `SELECT id, project_id AS "projectId" FROM deployment WHERE model_version_id = $1
       UNION
       SELECT d.id, d.project_id FROM deployment d JOIN deployment_target t ON t.deployment_id = d.id
        WHERE t.model_version_id = $1`,
      [modelVersionId],
    );
    for (const { id, projectId } of served)
      await this.events.publish({
        type: 'deployment.updated',
        projectId,
        entity: { kind: 'deployment', id },
      });
  }
}
