import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export const METRICS_PATH = 'metrics';

/** Seconds; from the compiled path's half a millisecond to the longest patience of a client. */
export const DURATION_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** What this process tells Prometheus. Rooms add their own metrics to the registry; names begin with `modelwright_`. */
@Injectable()
export class ProcessMetrics implements OnModuleDestroy {
  readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'modelwright_http_request_duration_seconds',
    help: 'Requests that the router answered. Plain predictions of compiled models go past it: see modelwright_predictions_total.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  onModuleDestroy(): void {
    this.registry.clear();
  }

  /** Measures by route template, so that ids in addresses make no series of their own. */
  measureRequests(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'unknown';
      this.requests.labels(request.method, route, String(reply.statusCode)).observe(reply.elapsedTime / 1000);
      done();
    });
  }
}
