import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { isDatabaseUnavailable } from '../../platform/database/pg-errors.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import { AnalysisRepository } from '../analysis.repository.js';
import { AnalysisDriver } from './analysis-driver.js';
import { AnalysisFinisher } from './analysis-finisher.js';
import { AnalysisSettings } from './analysis-settings.js';
import { DISPATCH, DRIVE } from './work-kinds.js';

/** Any number; the same in every process of the product. */
const ADMISSION_LOCK = 7_290_451_501;
const MAX_DRIVEN = 16;
const ATTEMPTS = 4;

/** Lets analyses in: so many at once in the installation, one of each project. */
@Injectable()
export class AnalysisDispatcher implements OnModuleInit {
  private readonly logger = new Logger('Insights');

  constructor(
    private readonly analyses: AnalysisRepository,
    private readonly queue: WorkQueue,
    private readonly driver: AnalysisDriver,
    private readonly finisher: AnalysisFinisher,
    private readonly settings: AnalysisSettings,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.queue.register(DISPATCH, { concurrency: 1, attempts: ATTEMPTS }, () => this.dispatch());
    this.queue.register(DRIVE, { concurrency: MAX_DRIVEN, attempts: ATTEMPTS }, async (id, context) => {
      await this.drive(id, context);
      await this.dispatch();
    });
  }

  /** What nobody foresaw is tried again; in the end the analysis says so instead of staying for ever. */
  private async drive(analysisId: string, { signal, attempt }: WorkContext): Promise<void> {
    try {
      await this.driver.drive(analysisId, signal);
    } catch (error) {
      if (signal.aborted || attempt < ATTEMPTS || isDatabaseUnavailable(error)) throw error;
      this.logger.error(error);
      const scope = await this.analyses.scopeOf(analysisId);
      const reason =
        'Something broke on our side, several times in a row. The log of the API says what; ask again.';
      if (scope) await this.finisher.end(scope, analysisId, { status: 'failed', reason });
      await this.finisher.cleanUp(analysisId);
    }
  }

  /** Admits as many as there are free places. */
  async dispatch(): Promise<void> {
    await this.analyses.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [ADMISSION_LOCK]);
      const free = this.settings.concurrency - (await this.analyses.countRunning(manager));
      if (free <= 0) return;
      const admitted: { id: string; projectId: string }[] = [];
      for (const next of await this.analyses.nextInQueue(free, manager)) {
        const scope = SystemScope.forBackgroundWork(next.projectId);
        const patch = { status: 'running', watchedAt: new Date() } as const;
        if (!(await this.analyses.move(scope, next.id, ['queued'], patch, manager))) continue;
        await this.queue.enqueue(DRIVE, next.id, { manager });
        admitted.push(next);
      }
      for (const { id, projectId } of admitted) {
        const event = { type: 'analysis.updated', projectId, entity: { kind: 'analysis', id } } as const;
        await this.events.publish(event, manager);
      }
    });
  }
}
