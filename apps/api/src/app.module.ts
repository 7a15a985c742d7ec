import { Module, type DynamicModule } from '@nestjs/common';
import { ActivityModule } from './activity/activity.module.js';
import { AlertsModule } from './alerts/alerts.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BatchModule } from './batch/batch.module.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { DeploymentsModule } from './deployments/deployments.module.js';
import { ExportsModule } from './exports/exports.module.js';
import { FeedbackModule } from './feedback/feedback.module.js';
import { InsightsModule } from './insights/insights.module.js';
import { ExperimentsModule } from './experiments/experiments.module.js';
import { MailModule } from './mail/mail.module.js';
import { ModelsModule } from './models/models.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import type { AppConfig } from './platform/config/app-config.js';
import { PlatformModule } from './platform/platform.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { TrainingModule } from './training/training.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The rooms of the house, lower ones first. */
export const ROOMS = [
  AuthModule,
  MailModule,
  WebhooksModule,
  ProjectsModule,
  DatasetsModule,
  TrainingModule,
  ModelsModule,
  ExportsModule,
  InsightsModule,
  ExperimentsModule,
  DeploymentsModule,
  MonitoringModule,
  BatchModule,
  FeedbackModule,
  AlertsModule,
  ActivityModule,
];

@Module({})
export class AppModule {
  static forRoot(config: AppConfig): DynamicModule {
    return { module: AppModule, imports: [PlatformModule.forRoot(config), ...ROOMS] };
  }
}
