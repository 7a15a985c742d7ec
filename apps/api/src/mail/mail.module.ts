import { Module, type OnModuleInit } from '@nestjs/common';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { MailController } from './mail.controller.js';
import { MailRepository } from './mail.repository.js';
import { MailService } from './mail.service.js';
import { Mailer } from './mailer.js';
import { DEFAULT_MAIL_RETRY_SECONDS, MAIL_RETRY_SECONDS, Outbox } from './outbox.js';
import { SmtpMailer } from './smtp-mailer.js';

/** Mails: written by the rooms above, kept in the outbox, carried to a server when there is one. */
@Module({
  controllers: [MailController],
  providers: [
    MailRepository,
    MailService,
    Outbox,
    { provide: Mailer, useClass: SmtpMailer },
    { provide: MAIL_RETRY_SECONDS, useValue: DEFAULT_MAIL_RETRY_SECONDS },
  ],
  exports: [Outbox],
})
export class MailModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly mails: MailRepository,
  ) {}

  onModuleInit(): void {
    // After the rooms that write mails.
    this.registry.registerDeletion({
      rank: 5,
      deleteProject: (projectId) => this.mails.deleteUnsentOfProject(projectId),
    });
  }
}
