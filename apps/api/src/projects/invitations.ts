import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { UsersService } from '../auth/users.service.js';
import { Outbox } from '../mail/outbox.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { AppConfig } from '../platform/config/app-config.js';
import { ProjectsRepository, type Membership } from './projects.repository.js';

/** Mails to people who were added to a project; without an SMTP server they are read in the outbox. */
@Injectable()
export class Invitations {
  constructor(
    private readonly projects: ProjectsRepository,
    private readonly users: UsersService,
    private readonly outbox: Outbox,
    private readonly config: AppConfig,
  ) {}

  /** @param manager of the change that adds them: who is not added is not invited */
  async tell(scope: ProjectScope, { userId, role }: Membership, manager: EntityManager): Promise<void> {
    const { projectId } = scope;
    const [project, people] = await Promise.all([
      this.projects.find(scope, scope.userId),
      this.users.people([scope.userId]),
    ]);
    if (!project) return;
    const who = people.get(scope.userId)?.displayName ?? 'Somebody';
    const { publicUrl } = this.config.http;
    const lines = [
      `${who} has added you to the project “${project.name}” as ${role}.`,
      '',
      `Open it: ${publicUrl}/p/${projectId}`,
      '',
      ...(project.description ? ['What it is about:', project.description, ''] : []),
    ];
    await this.outbox.tell(
      {
        kind: 'invitation',
        topic: null,
        // Who left and is added again is invited again.
        key: `invitation:${projectId}:${uuid()}`,
        projectId,
        userIds: [userId],
        subject: `You are in the project “${project.name}”`,
        body: lines.join('\n'),
      },
      manager,
    );
  }
}
