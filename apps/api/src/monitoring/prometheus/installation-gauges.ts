import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, type Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { PredictionLogger } from '../../deployments/predict/prediction-logger.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { ProcessMetrics } from '../../platform/metrics/process-metrics.js';
import { QueueDepths } from '../../platform/queue/queue-depth.js';

const ENGINE_PATIENCE_MS = 2_000;

/** Gauges that are read when somebody asks. All but the spool's are of the installation: the same from every replica. */
@Injectable()
export class InstallationGauges {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queues: QueueDepths,
    private readonly runtime: ContainerRuntime,
    private readonly logger: PredictionLogger,
    private readonly config: AppConfig,
    { registry }: ProcessMetrics,
  ) {
    this.addQueue(registry);
    this.addRows(registry);
    this.addContainers(registry);
    this.addSpool(registry);
  }

  private addQueue(registry: Registry): void {
    const { queues } = this;
    new Gauge({
      name: 'modelwright_queue_jobs',
      help: 'Durable work: waiting (created, retry) and going on (active).',
      labelNames: ['kind', 'state'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const { kind, state, count } of await queues.read()) this.labels(kind, state).set(count);
      },
    });
  }

  /** Counts over the tables of lower rooms, as an operator would ask the database. */
  private addRows(registry: Registry): void {
    const { dataSource } = this;
    const count = (column: string, table: string) =>
      dataSource.query<{ state: string; count: number }[]>(
        `SELECT ${column} AS state, count(*)::integer AS count FROM ${table} GROUP BY 1`,
      );
    new Gauge({
      name: 'modelwright_runs',
      help: 'Training runs by status.',
      labelNames: ['status'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const row of await count('status', 'run')) this.labels(row.state).set(row.count);
      },
    });
    new Gauge({
      name: 'modelwright_deployments',
      help: 'Deployments by observed state.',
      labelNames: ['state'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const row of await count('observed_state', 'deployment')) this.labels(row.state).set(row.count);
      },
    });
  }

  private addContainers(registry: Registry): void {
    const { runtime, config } = this;
    const engine = new Gauge({
      name: 'modelwright_container_engine_up',
      help: 'Whether the container engine answered; 0 also where containers are switched off.',
      registers: [registry],
    });
    new Gauge({
      name: 'modelwright_containers',
      help: 'Containers of this installation by kind and state; none while the engine does not answer.',
      labelNames: ['kind', 'state'],
      registers: [registry],
      async collect() {
        this.reset();
        engine.set(0);
        if (!config.execution.dockerEnabled) return;
        try {
          const containers = await runtime.list({}, { signal: AbortSignal.timeout(ENGINE_PATIENCE_MS) });
          for (const { kind, state } of containers) this.labels(kind, state).inc();
          engine.set(1);
        } catch (error) {
          const isSlow = error instanceof Error && error.name === 'TimeoutError';
          if (!isSlow && !isContainerRuntimeError(error)) throw error;
        }
      },
    });
  }

  private addSpool(registry: Registry): void {
    const { logger } = this;
    new Gauge({
      name: 'modelwright_prediction_log_pending',
      help: 'Logged calls of this process that are on disk and not in the database yet.',
      registers: [registry],
      collect() {
        this.set(logger.pending);
      },
    });
    new Counter({
      name: 'modelwright_prediction_log_dropped_total',
      help: 'Answered calls of this process that could be kept neither on disk nor in memory.',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(logger.dropped);
      },
    });
  }
}
