import { ContainerRuntime } from '@modelwright/container-runtime';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { ThrottlerModule } from '@nestjs/throttler';
import { DataSource } from 'typeorm';
import { AccessGuard } from './authorization/access.guard.js';
import { Authorizer } from './authorization/authorizer.js';
import { LiveAccess } from './authorization/live-access.js';
import { RunningRoutes } from './authorization/routes.js';
import { AppConfig } from './config/app-config.js';
import { containerRuntimeProvider } from './containers/container-runtime.provider.js';
import { RuntimeImage } from './containers/runtime-image.js';
import { databaseModule } from './database/database.module.js';
import { DomainEvents, Notifier } from './events/domain-events.js';
import { EventPruning } from './events/event-pruning.js';
import { PgDomainEvents } from './events/pg-domain-events.js';
import { PgNotifier } from './events/pg-notifier.js';
import { FactsRegistry } from './facts/facts-registry.js';
import { ModelCheckRegistry } from './facts/model-check-registry.js';
import { Drain } from './health/drain.js';
import { HealthController } from './health/health.controller.js';
import { HealthService } from './health/health.service.js';
import { EventStreams } from './http/sse.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { IdempotencyStore } from './idempotency/idempotency.store.js';
import { LineageRegistry } from './lineage/lineage-registry.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { People } from './people/people.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { PgBossWorkQueue } from './queue/pg-boss-work-queue.js';
import { QueueDepths } from './queue/queue-depth.js';
import { WorkQueue } from './queue/work-queue.js';
import { ExecuteLimitGuard, executeLimits } from './rate-limits/execute-limit.guard.js';
import { PostgresThrottlerStorage } from './rate-limits/postgres-throttler-storage.js';
import { SocketServer } from './sockets/socket-server.js';
import { CommonHeaders } from './http/common-headers.js';
import { FirstHandlers } from './http/first-handlers.js';
import { WireConnections } from './http/wire-connections.js';
import { Freeze, FreezeGuard } from './system/freeze.js';
import { InstallationSettings } from './system/installation-settings.js';
import { SystemInfoService } from './system/system-info.service.js';
import { SystemController } from './system/system.controller.js';

/** What every room may inject without importing anything. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        DiscoveryModule,
        ScheduleModule.forRoot(),
        databaseModule(),
        ThrottlerModule.forRootAsync({
          inject: [AppConfig, DataSource],
          useFactory: (limits: AppConfig, dataSource: DataSource) =>
            executeLimits(limits, new PostgresThrottlerStorage(dataSource)),
        }),
      ],
      controllers: [HealthController, SystemController],
      providers: [
        // First in, last out: readiness has to turn false before anything else ends.
        Drain,
        { provide: AppConfig, useValue: config },
        Authorizer,
        RunningRoutes,
        { provide: Notifier, useClass: PgNotifier },
        PgDomainEvents,
        { provide: DomainEvents, useExisting: PgDomainEvents },
        EventPruning,
        LiveAccess,
        EventStreams,
        FactsRegistry,
        ModelCheckRegistry,
        LineageRegistry,
        People,
        InstallationSettings,
        Freeze,
        IdempotencyStore,
        containerRuntimeProvider,
        RuntimeImage,
        SocketServer,
        CommonHeaders,
        FirstHandlers,
        WireConnections,
        ProcessMetrics,
        QueueDepths,
        HealthService,
        SystemInfoService,
        { provide: WorkQueue, useClass: PgBossWorkQueue },
        { provide: APP_FILTER, useClass: ProblemFilter },
        // In this order: who is asking comes before everything else.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: FreezeGuard },
        { provide: APP_GUARD, useClass: ExecuteLimitGuard },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
      ],
      exports: [
        AppConfig,
        People,
        ContainerRuntime,
        RuntimeImage,
        Authorizer,
        LiveAccess,
        RunningRoutes,
        Notifier,
        DomainEvents,
        WorkQueue,
        EventStreams,
        FactsRegistry,
        ModelCheckRegistry,
        LineageRegistry,
        InstallationSettings,
        Freeze,
        CommonHeaders,
        FirstHandlers,
        WireConnections,
        ProcessMetrics,
        QueueDepths,
      ],
    };
  }
}
