import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { requestSnippets } from '@modelwright/contracts';
import { Cron, CronExpression } from '@nestjs/schedule';
import { filter, type Subscription } from 'rxjs';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { Outbox } from '../../mail/outbox.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { messageOf } from '../../platform/database/data-source.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { Problem } from '../../platform/problems/problem.js';
import { WebhookDeliveries } from '../../webhooks/webhook-deliveries.js';
import { ToldFacts } from './told-facts.js';

const START_LOOKBACK_MS = 24 * 3_600_000;
const LOOKBACK_MS = 15 * 60_000;
const BATCH = 200;
const MAX_LOG_LINES = 15;

type Mark = Awaited<ReturnType<DeploymentsService['settledSince']>>[number];
type Deployment = Awaited<ReturnType<DeploymentsService['require']>>;

/** Tells who made a deployment that it has failed, and webhooks also that it serves. A catch-up finds what events lost. */
@Injectable()
export class DeploymentTeller implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('DeploymentTeller');
  private subscription: Subscription | undefined;

  constructor(
    private readonly deployments: DeploymentsService,
    private readonly told: ToldFacts,
    private readonly outbox: Outbox,
    private readonly webhooks: WebhookDeliveries,
    private readonly events: DomainEvents,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = this.events.all
      .pipe(filter(({ type }) => type === 'deployment.updated'))
      .subscribe(({ projectId, entity }) => void this.tellSafely(projectId, entity.id));
    void this.catchUp(START_LOOKBACK_MS);
  }

  onApplicationShutdown(): void {
    this.subscription?.unsubscribe();
  }

  @Cron(CronExpression.EVERY_5_MINUTES)
  async catchUp(lookbackMs = LOOKBACK_MS): Promise<void> {
    try {
      const since = new Date(Date.now() - lookbackMs);
      let after: Mark | undefined;
      for (;;) {
        const marks = await this.deployments.settledSince(since, after, BATCH);
        for (const { projectId, id } of marks) await this.tellSafely(projectId, id);
        after = marks.at(-1);
        if (after === undefined || marks.length < BATCH) return;
      }
    } catch (error) {
      this.logger.warn(`Could not look for deployments that serve or have failed: ${messageOf(error)}`);
    }
  }

  private async tellSafely(projectId: string, id: string): Promise<void> {
    try {
      await this.tell(projectId, id);
    } catch (error) {
      // It was deleted before anybody looked.
      if (error instanceof Problem && error.code === 'deployment-not-found') return;
      this.logger.warn(`Could not tell of deployment ${id}: ${messageOf(error)}`);
    }
  }

  private async tell(projectId: string, id: string): Promise<void> {
    const deployment = await this.deployments.require(SystemScope.forBackgroundWork(projectId), id);
    const { observedState: state, serverId, generation } = deployment;
    if (state !== 'ready' && state !== 'failed') return;
    // Each container that serves or ends the tries is news of its own; servers count theirs, each for itself.
    const key = `deployment.${state}:${id}:${serverId}:${generation}`;
    if ((await this.told.untold([key])).size === 0) return;
    await this.told.once(key, async (manager) => {
      if (state === 'failed' && deployment.createdBy !== null) {
        const userIds = [deployment.createdBy];
        const mail = { kind: 'deployment', topic: 'deployments', key, projectId, userIds } as const;
        await this.outbox.tell({ ...mail, ...failureMail(deployment, this.config.http.publicUrl) }, manager);
      }
      const at = deployment.updatedAt;
      const data = this.dataOf(deployment);
      await this.webhooks.tell(
        { type: `deployment.${state}`, key, projectId, subject: id, at, data },
        manager,
      );
    });
  }

  private dataOf(deployment: Deployment): Record<string, unknown> {
    return {
      deploymentId: deployment.id,
      name: deployment.name,
      endpointSlug: deployment.endpointSlug,
      modelVersionId: deployment.modelVersionId,
      state: deployment.observedState,
      reason: deployment.failureReason,
      url: pageOf(deployment, this.config.http.publicUrl),
    };
  }
}

const pageOf = ({ projectId, id }: Deployment, publicUrl: string): string =>
  `${publicUrl}/p/${projectId}/deployments/${id}`;

/** The mail about a deployment that was given up (E12). */
export function failureMail(deployment: Deployment, publicUrl: string): { subject: string; body: string } {
  const url = `${publicUrl}/api/deployments/${deployment.id}/logs`;
  const python = requestSnippets({ method: 'GET', url }).find(({ language }) => language === 'python');
  const seconds = Math.round((deployment.updatedAt.getTime() - deployment.createdAt.getTime()) / 1_000);
  const lines = [
    `Deployment:  ${deployment.name} (${deployment.id})`,
    `Serves:      ${deployment.modelName}, version ${deployment.modelVersionNumber}`,
    `Reason:      ${deployment.failureReason ?? 'it is not known'}`,
    `Restarts:    ${deployment.restartCount}`,
    `Age:         ${seconds < 3_600 ? `${seconds} s` : `${Math.round(seconds / 3_600)} h`}`,
    '',
    ...(deployment.lastLogLines.length > 0
      ? [
          'Last lines of its log:',
          ...deployment.lastLogLines.slice(-MAX_LOG_LINES).map((line) => `  ${line}`),
          '',
        ]
      : []),
    `Open it and start it again: ${pageOf(deployment, publicUrl)}?tab=logs`,
    '',
    'Read its log in Python:',
    '',
    python?.code ?? '',
    '',
    `Mails about deployments are switched off under ${publicUrl}/settings/account`,
    '',
  ];
  return { subject: `Deployment “${deployment.name}” has failed`, body: lines.join('\n') };
}
