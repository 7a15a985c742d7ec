import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { AccessGuard } from './authorization/access.guard.js';
import { Authorizer } from './authorization/authorizer.js';
import { RunningRoutes } from './authorization/routes.js';
import { AppConfig } from './config/app-config.js';
import { databaseModule } from './database/database.module.js';
import { DomainEvents, Notifier } from './events/domain-events.js';
import { PgDomainEvents } from './events/pg-domain-events.js';
import { PgNotifier } from './events/pg-notifier.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { PgBossWorkQueue } from './queue/pg-boss-work-queue.js';
import { WorkQueue } from './queue/work-queue.js';

/** What every room may inject without importing anything. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: PlatformModule,
      imports: [DiscoveryModule, ScheduleModule.forRoot(), databaseModule()],
      providers: [
        { provide: AppConfig, useValue: config },
        Authorizer,
        RunningRoutes,
        { provide: Notifier, useClass: PgNotifier },
        { provide: DomainEvents, useClass: PgDomainEvents },
        { provide: WorkQueue, useClass: PgBossWorkQueue },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
      exports: [AppConfig, Authorizer, RunningRoutes, Notifier, DomainEvents, WorkQueue],
    };
  }
}
