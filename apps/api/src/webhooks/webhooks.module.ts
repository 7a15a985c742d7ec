import { Module, type OnModuleInit } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { NameResolver, SystemNameResolver } from '../platform/outbound/name-resolver.js';
import { OutboundHttp } from '../platform/outbound/outbound-http.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { InstallationWebhooksController } from './installation-webhooks.controller.js';
import { DEFAULT_WEBHOOK_PATIENCE, WEBHOOK_PATIENCE, WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { WebhooksService } from './webhooks.service.js';

/** Signed messages to addresses that users have entered (Standard Webhooks). */
@Module({
  imports: [MailModule],
  controllers: [WebhooksController, InstallationWebhooksController],
  providers: [
    WebhooksRepository,
    DeliveriesRepository,
    WebhookSecrets,
    WebhookDeliveries,
    WebhooksService,
    OutboundHttp,
    { provide: NameResolver, useClass: SystemNameResolver },
    { provide: WEBHOOK_PATIENCE, useValue: DEFAULT_WEBHOOK_PATIENCE },
  ],
  exports: [WebhookDeliveries],
})
export class WebhooksModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly webhooks: WebhooksRepository,
  ) {}

  onModuleInit(): void {
    this.registry.registerDeletion({
      rank: 50,
      deleteProject: (projectId) => this.webhooks.deleteOfProject(projectId),
    });
  }
}
