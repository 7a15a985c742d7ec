import { Injectable } from '@nestjs/common';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { HOUR_MS, MINUTE_MS } from '../../deployments/stats/call-sums.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { figuresOf, mergeSums, resourceFiguresOf } from './merged-sums.js';
import type { DeploymentMetricsResponse, MetricWindow } from './metrics.dto.js';
import { MetricsRepository, type Resolution } from './metrics.repository.js';

interface Steps {
  readonly resolution: Resolution;
  readonly stepMs: number;
  readonly steps: number;
}

const WINDOWS: Readonly<Record<MetricWindow, Steps>> = {
  '1h': { resolution: 'minute', stepMs: MINUTE_MS, steps: 60 },
  '24h': { resolution: 'minute', stepMs: 10 * MINUTE_MS, steps: 144 },
  '7d': { resolution: 'hour', stepMs: HOUR_MS, steps: 168 },
  '30d': { resolution: 'hour', stepMs: HOUR_MS, steps: 720 },
};
const MINUTES_KEPT = 24 * 60;

/** Calls of a deployment in a stretch of time that ends now. */
export interface CallWindow {
  readonly deploymentId: string;
  readonly count: number;
  readonly errors: number;
  /** Histogram of latencies for `percentile` of deployments/stats/latency-histogram. */
  readonly latencyBuckets: readonly number[];
}

/** Rates, errors and latencies from the sums that the log keeps; never from the log itself. */
@Injectable()
export class DeploymentMetrics {
  constructor(
    private readonly repository: MetricsRepository,
    private readonly deployments: DeploymentsService,
  ) {}

  /**
   * Calls of the last so many minutes, the current one included. Above a day it is counted by hours.
   * @param deploymentIds of any project: the caller has checked who asks
   * @returns one for each id, in the same order, also for those without a call
   */
  async window(deploymentIds: readonly string[], minutes: number): Promise<CallWindow[]> {
    const resolution: Resolution = minutes <= MINUTES_KEPT ? 'minute' : 'hour';
    const stepMs = resolution === 'minute' ? MINUTE_MS : HOUR_MS;
    const from = startOfStep(Date.now() - minutes * MINUTE_MS + stepMs, stepMs);
    const rows = Map.groupBy(
      await this.repository.sums(deploymentIds, resolution, from),
      (row) => row.deploymentId,
    );
    return deploymentIds.map((deploymentId) => {
      const { count, errors, buckets } = mergeSums(rows.get(deploymentId) ?? []);
      return { deploymentId, count, errors, latencyBuckets: buckets };
    });
  }

  /** @throws Problem `deployment-not-found` */
  async series(scope: Scope, deploymentId: string, window: MetricWindow): Promise<DeploymentMetricsResponse> {
    await this.deployments.require(scope, deploymentId);
    const { resolution, stepMs, steps } = WINDOWS[window];
    const now = Date.now();
    const from = startOfStep(now - (steps - 1) * stepMs, stepMs);
    const [sums, resources] = await Promise.all([
      this.repository.sums([deploymentId], resolution, from),
      this.repository.resources(deploymentId, resolution, from),
    ]);
    const sumsByStep = Map.groupBy(sums, ({ at }) => startOfStep(at.getTime(), stepMs).getTime());
    const resourcesByStep = Map.groupBy(resources, ({ at }) => startOfStep(at.getTime(), stepMs).getTime());
    const starts = [...new Set([...sumsByStep.keys(), ...resourcesByStep.keys()])].sort((a, b) => a - b);
    return {
      window,
      stepSeconds: stepMs / 1000,
      from: from.toISOString(),
      to: new Date(now).toISOString(),
      points: starts.map((start) => ({
        at: new Date(start).toISOString(),
        ...figuresOf(mergeSums(sumsByStep.get(start) ?? [])),
        ...resourceFiguresOf(resourcesByStep.get(start) ?? []),
      })),
      totals: figuresOf(mergeSums(sums)),
    };
  }
}

const startOfStep = (ms: number, stepMs: number): Date => new Date(Math.floor(ms / stepMs) * stepMs);
