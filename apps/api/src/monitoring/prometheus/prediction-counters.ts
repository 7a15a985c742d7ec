import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { DataSource } from 'typeorm';
import type { PredictionEntry } from '../../deployments/predict/prediction-entry.js';
import {
  PredictionObservers,
  type PredictionObserver,
} from '../../deployments/predict/prediction-observers.js';
import { DURATION_BUCKETS, ProcessMetrics } from '../../platform/metrics/process-metrics.js';

/** Calls that this process has stored, by deployment; among them those that a process which died had left. */
@Injectable()
export class PredictionCounters implements PredictionObserver, OnModuleInit {
  private readonly slugs = new Map<string, string>();
  private readonly calls: Counter<'deployment' | 'status'>;
  private readonly rows: Counter<'deployment'>;
  private readonly durations: Histogram<'deployment'>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly observers: PredictionObservers,
    { registry }: ProcessMetrics,
  ) {
    const registers = [registry];
    this.calls = new Counter({
      name: 'modelwright_predictions_total',
      help: 'Calls of deployments by HTTP status of the answer.',
      labelNames: ['deployment', 'status'],
      registers,
    });
    this.rows = new Counter({
      name: 'modelwright_prediction_rows_total',
      help: 'Rows in answered calls.',
      labelNames: ['deployment'],
      registers,
    });
    this.durations = new Histogram({
      name: 'modelwright_prediction_duration_seconds',
      help: 'From the arrival of a call to the last byte of its answer; calls for explanations are left out.',
      labelNames: ['deployment'],
      buckets: DURATION_BUCKETS,
      registers,
    });
  }

  onModuleInit(): void {
    this.observers.register(this);
  }

  /** The name of an endpoint never changes, so it is asked for once. */
  async prepare(calls: readonly PredictionEntry[]): Promise<void> {
    const unknown = new Set(calls.map((call) => call.deploymentId).filter((id) => !this.slugs.has(id)));
    if (unknown.size > 0) for (const [id, slug] of await this.slugsOf([...unknown])) this.slugs.set(id, slug);
  }

  stored(calls: readonly PredictionEntry[]): Promise<void> {
    for (const call of calls) {
      const slug = this.slugs.get(call.deploymentId);
      if (slug === undefined) continue;
      this.calls.labels(slug, String(call.status)).inc();
      if (!call.explained) this.durations.labels(slug).observe(call.latencyMs / 1000);
      if (call.status < 400) this.rows.labels(slug).inc(call.rowCount);
    }
    return Promise.resolve();
  }

  /** Series of deployments that were deleted would otherwise stay until the process ends. */
  async forgetDeleted(): Promise<void> {
    const known = [...this.slugs];
    if (known.length === 0) return;
    const present = await this.slugsOf(known.map(([id]) => id));
    const gone = known.filter(([id]) => !present.has(id));
    for (const [id, slug] of gone) {
      this.slugs.delete(id);
      this.rows.remove(slug);
      this.durations.remove(slug);
      const { values } = await this.calls.get();
      for (const { labels } of values) if (labels.deployment === slug) this.calls.remove(labels);
    }
  }

  private async slugsOf(ids: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.dataSource.query<{ id: string; endpoint_slug: string }[]>(
      `SELECT id, endpoint_slug FROM deployment WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row.endpoint_slug]));
  }
}
