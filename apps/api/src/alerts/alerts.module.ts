import { Module, type OnModuleInit } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { MailModule } from '../mail/mail.module.js';
import { FeedbackModule } from '../feedback/feedback.module.js';
import { ModelsModule } from '../models/models.module.js';
import { MonitoringModule } from '../monitoring/monitoring.module.js';
import type { Scope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import type { RoomFacts } from '../platform/facts/project-facts.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { TrainingModule } from '../training/training.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AlertEvaluator } from './alert-evaluator.js';
import { AlertMessages } from './alert-messages.js';
import { AlertSignals } from './alert-signals.js';
import { AlertsController } from './alerts.controller.js';
import { AlertsRepository } from './alerts.repository.js';
import { AlertsService } from './alerts.service.js';
import { EvaluationRepository } from './evaluation.repository.js';
import { AccuracySignal } from './signals/accuracy-signal.js';
import { DriftSignal } from './signals/drift-signal.js';
import { PredictionSignals } from './signals/prediction-signals.js';
import { DeploymentTeller } from './telling/deployment-teller.js';
import { RunTeller } from './telling/run-teller.js';
import { ThingsTeller } from './telling/things-teller.js';
import { ToldFacts } from './telling/told-facts.js';

const MOST_WAITING = 10;

/** Rules that watch deployments, and everything that people and webhooks are told. */
@Module({
  imports: [
    MailModule,
    WebhooksModule,
    ProjectsModule,
    DatasetsModule,
    TrainingModule,
    ModelsModule,
    DeploymentsModule,
    MonitoringModule,
    FeedbackModule,
  ],
  controllers: [AlertsController],
  providers: [
    AlertSignals,
    PredictionSignals,
    DriftSignal,
    AccuracySignal,
    AlertsRepository,
    EvaluationRepository,
    AlertMessages,
    AlertEvaluator,
    AlertsService,
    ToldFacts,
    RunTeller,
    DeploymentTeller,
    ThingsTeller,
  ],
  exports: [AlertSignals],
})
export class AlertsModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly alerts: AlertsRepository,
  ) {}

  onModuleInit(): void {
    this.registry.registerProjectFacts({ of: (scope) => this.factsOf(scope) });
    this.registry.registerDeletion({
      rank: 50,
      deleteProject: (projectId) => this.alerts.deleteOfProject(projectId),
    });
  }

  /** An alert waits for a person until it is over or somebody says that they take care of it. */
  private async factsOf(scope: Scope): Promise<RoomFacts> {
    const waiting = await this.alerts.waiting(scope, MOST_WAITING);
    const needsYou = waiting.map(({ deploymentId, deploymentName, sentence, startedAt }) => ({
      kind: 'deployment' as const,
      id: deploymentId,
      reason: `Alert on "${deploymentName}": ${sentence}`,
      since: startedAt,
    }));
    return { counts: {}, recent: [], needsYou };
  }
}
