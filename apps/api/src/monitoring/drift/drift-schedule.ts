import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { messageOf } from '../../platform/database/data-source.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { DriftRepository } from './drift.repository.js';
import { DriftService } from './drift.service.js';

const CHECK = 'drift.check';

/** Checks deployments by themselves, hourly or daily, while new calls come. */
@Injectable()
export class DriftSchedule implements OnModuleInit {
  private readonly logger = new Logger('Drift');

  constructor(
    private readonly repository: DriftRepository,
    private readonly drift: DriftService,
    private readonly queue: WorkQueue,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.queue.register(CHECK, { concurrency: 1, attempts: 3 }, (id) => this.check(id));
  }

  /** Several replicas queue the same deployment; the first check makes the others not due. */
  @Cron(CronExpression.EVERY_5_MINUTES)
  async queueDue(): Promise<void> {
    try {
      for (const id of await this.repository.due()) await this.queue.enqueue(CHECK, id);
    } catch (cause) {
      this.logger.warn(`Drift checks could not be queued, the next try is soon: ${messageOf(cause)}`);
    }
  }

  @Cron(CronExpression.EVERY_DAY_AT_4AM)
  async sweep(): Promise<void> {
    try {
      await this.repository.deleteExpired();
    } catch (cause) {
      this.logger.warn(
        `Old drift counts could not be deleted, the next try is tomorrow: ${messageOf(cause)}`,
      );
    }
  }

  private async check(deploymentId: string): Promise<void> {
    if (!(await this.repository.isDue(deploymentId))) return;
    const rows = await this.dataSource.query<{ project_id: string }[]>(
      `SELECT project_id FROM deployment WHERE id = $1`,
      [deploymentId],
    );
    const projectId = rows[0]?.project_id;
    if (projectId === undefined) return;
    await this.drift.check(SystemScope.forBackgroundWork(projectId), deploymentId, 'schedule');
  }
}
