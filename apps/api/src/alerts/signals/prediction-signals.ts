import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AlertSignals, type SignalWindow } from '../alert-signals.js';

const WITHIN = `deployment_id = $1 AND at > now() - make_interval(mins => $2)`;

/** Error rate, latency and traffic from the log of predictions. */
@Injectable()
export class PredictionSignals implements OnModuleInit {
  constructor(
    private readonly signals: AlertSignals,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.signals.register({ kind: 'error_rate', read: (id, window) => this.errorRate(id, window) });
    this.signals.register({ kind: 'latency_p95', read: (id, window) => this.latency(id, window) });
    this.signals.register({ kind: 'no_traffic', read: (id, window) => this.traffic(id, window) });
  }

  /** Share of calls that were answered with 400 or more, as in the metrics of a deployment (M11). */
  private async errorRate(id: string, { windowMinutes, minimumCalls }: SignalWindow): Promise<number | null> {
    const rows = await this.dataSource.query<{ calls: number; errors: number }[]>(
      `SELECT count(*)::int AS calls, count(*) FILTER (WHERE status >= 400)::int AS errors FROM prediction_log WHERE ${WITHIN}`,
      [id, windowMinutes],
    );
    const { calls = 0, errors = 0 } = rows[0] ?? {};
    return calls === 0 || calls < minimumCalls ? null : errors / calls;
  }

  /** 95th percentile, nearest rank, of the calls that were answered, in milliseconds. */
  private async latency(id: string, { windowMinutes, minimumCalls }: SignalWindow): Promise<number | null> {
    const rows = await this.dataSource.query<{ calls: number; p95: number | null }[]>(
      `SELECT count(*)::int AS calls, percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95
         FROM prediction_log WHERE ${WITHIN} AND status < 400`,
      [id, windowMinutes],
    );
    const { calls = 0, p95 = null } = rows[0] ?? {};
    return calls < minimumCalls ? null : p95;
  }

  /**
   * Calls in the window; nothing to tell unless the deployment has served for all of it. One that runs on demand serves
   * also while its container is asleep: that is when nobody calls.
   */
  private async traffic(id: string, { windowMinutes }: SignalWindow): Promise<number | null> {
    const rows = await this.dataSource.query<{ calls: number }[]>(
      `SELECT (SELECT count(*) FROM prediction_log WHERE ${WITHIN})::int AS calls FROM deployment
        WHERE id = $1 AND desired_state = 'running' AND observed_state IN ('ready', 'idle')
          AND ready_at <= now() - make_interval(mins => $2)`,
      [id, windowMinutes],
    );
    return rows[0]?.calls ?? null;
  }
}
