import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { percentile } from '../../deployments/stats/latency-histogram.js';
import { DeploymentMetrics, type CallWindow } from '../../monitoring/metrics/deployment-metrics.js';
import { AlertSignals, type SignalWindow } from '../alert-signals.js';

/** Error rate, latency and traffic from the sums that the metrics of a deployment show; never from the log itself. */
@Injectable()
export class PredictionSignals implements OnModuleInit {
  constructor(
    private readonly signals: AlertSignals,
    private readonly metrics: DeploymentMetrics,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.signals.register({ kind: 'error_rate', read: (id, window) => this.errorRate(id, window) });
    this.signals.register({ kind: 'latency_p95', read: (id, window) => this.latency(id, window) });
    this.signals.register({ kind: 'no_traffic', read: (id, window) => this.traffic(id, window) });
  }

  /** Share of calls that were answered with 400 or more, as in the metrics of a deployment (M11). */
  private async errorRate(id: string, window: SignalWindow): Promise<number | null> {
    const calls = await this.enoughCalls(id, window);
    return calls && calls.errors / calls.count;
  }

  /** 95th percentile of all calls in milliseconds, to within 3.5 %: the sums do not hold failed calls apart. */
  private async latency(id: string, window: SignalWindow): Promise<number | null> {
    const calls = await this.enoughCalls(id, window);
    return calls && percentile(calls.latencyBuckets, 0.95);
  }

  /**
   * Calls in the window; nothing to tell unless the deployment has served for all of it. One that runs on demand serves
   * also while its container is asleep: that is when nobody calls.
   */
  private async traffic(id: string, { windowMinutes }: SignalWindow): Promise<number | null> {
    const serving = await this.dataSource.query<unknown[]>(
      `SELECT FROM deployment WHERE id = $1 AND desired_state = 'running' AND observed_state IN ('ready', 'idle')
          AND ready_at <= now() - make_interval(mins => $2)`,
      [id, windowMinutes],
    );
    if (serving.length === 0) return null;
    const [calls] = await this.metrics.window([id], windowMinutes);
    return calls?.count ?? null;
  }

  private async enoughCalls(
    id: string,
    { windowMinutes, minimumCalls }: SignalWindow,
  ): Promise<CallWindow | null> {
    const [calls] = await this.metrics.window([id], windowMinutes);
    return !calls || calls.count === 0 || calls.count < minimumCalls ? null : calls;
  }
}
