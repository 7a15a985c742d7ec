import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { Invitations } from './invitations.js';
import { LineageController } from './lineage.controller.js';
import { LineageService } from './lineage.service.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { OverviewService } from './overview.service.js';
import { ProjectDeletionWorker } from './project-deletion.js';
import { ProjectsController } from './projects.controller.js';
import { ProjectsRepository } from './projects.repository.js';
import { ProjectsService } from './projects.service.js';

/** Projects and their members. */
@Module({
  imports: [MailModule],
  controllers: [ProjectsController, MembersController, LineageController],
  providers: [
    ProjectsRepository,
    ProjectsService,
    Invitations,
    MembersService,
    OverviewService,
    LineageService,
    ProjectDeletionWorker,
  ],
  exports: [ProjectsService],
})
export class ProjectsModule {}
