import { Module } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { ModelsModule } from '../models/models.module.js';
import { DriftController } from './drift/drift.controller.js';
import { DriftReferences } from './drift/drift-references.js';
import { DriftRepository } from './drift/drift.repository.js';
import { DriftSchedule } from './drift/drift-schedule.js';
import { DriftService } from './drift/drift.service.js';
import { DriftStates } from './drift/drift-states.js';
import { DriftSums } from './drift/drift-sums.js';
import { DeploymentMetrics } from './metrics/deployment-metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsRepository } from './metrics/metrics.repository.js';
import { MetricsRetention } from './metrics/metrics-retention.js';
import { ResourceSampler } from './metrics/resource-sampler.js';
import { InstallationGauges } from './prometheus/installation-gauges.js';
import { PredictionCounters } from './prometheus/prediction-counters.js';
import { PrometheusController } from './prometheus/prometheus.controller.js';

/** How deployments do: rates, errors, latencies, what their servers use, and whether their inputs have drifted. */
@Module({
  imports: [DeploymentsModule, ModelsModule],
  controllers: [MetricsController, PrometheusController, DriftController],
  providers: [
    MetricsRepository,
    DeploymentMetrics,
    MetricsRetention,
    ResourceSampler,
    PredictionCounters,
    InstallationGauges,
    DriftRepository,
    DriftReferences,
    DriftSums,
    DriftService,
    DriftSchedule,
    DriftStates,
  ],
  exports: [DeploymentMetrics, DriftStates],
})
export class MonitoringModule {}
