import { z } from 'zod';

export const METRIC_WINDOWS = ['1h', '24h', '7d', '30d'] as const;
export type MetricWindow = (typeof METRIC_WINDOWS)[number];

export const MetricsQuery = z.object({
  window: z
    .enum(METRIC_WINDOWS)
    .default('24h')
    .describe('How far back: an hour by minutes, a day by ten minutes, a week or thirty days by hours.'),
});
export type MetricsQuery = z.infer<typeof MetricsQuery>;

const figures = {
  count: z.number().int().describe('Calls, whether answered, refused or failed.'),
  errors: z.number().int().describe('Calls that were refused (4xx) or failed (5xx).'),
  rejected: z.number().int().describe('Of `errors`, those refused as the caller’s mistake (4xx).'),
  errorKinds: z.record(z.string(), z.number().int()).describe('Refused and failed calls by problem code.'),
  meanMs: z.number().nullable().describe('Mean latency, milliseconds; null without a call.'),
  p50Ms: z.number().nullable().describe('Median latency, milliseconds, within 3.5 %.'),
  p95Ms: z.number().nullable().describe('95th percentile of the latency, milliseconds, within 3.5 %.'),
  p99Ms: z.number().nullable().describe('99th percentile of the latency, milliseconds, within 3.5 %.'),
};
const resource = {
  cpuPercent: z
    .number()
    .nullable()
    .describe('Mean CPU of the model server, per cent of one core; null when it was not measured.'),
  cpuPercentMax: z.number().nullable().describe('Highest sample of the CPU, per cent of one core.'),
  memoryBytes: z.number().nullable().describe('Mean memory of the model server without page cache, bytes.'),
  memoryBytesMax: z.number().nullable().describe('Highest sample of the memory, bytes.'),
  memoryLimitBytes: z.number().nullable().describe('What the model server may use, bytes.'),
};

export const MetricsPoint = z
  .object({
    at: z.iso.datetime().describe('Start of the step, UTC.'),
    ...figures,
    ...resource,
  })
  .meta({ id: 'MetricsPoint' });
export type MetricsPoint = z.infer<typeof MetricsPoint>;

export const DeploymentMetricsResponse = z
  .object({
    window: z.enum(METRIC_WINDOWS).describe('The window that was asked for.'),
    stepSeconds: z.number().int().describe('Length of a step.'),
    from: z.iso.datetime().describe('Start of the first step of the window.'),
    to: z.iso.datetime().describe('When the figures were read.'),
    points: z.array(MetricsPoint).describe('Steps in which something was measured, oldest first.'),
    totals: z.object(figures).describe('The whole window; percentiles from the merged histograms.'),
  })
  .meta({ id: 'DeploymentMetrics' });
export type DeploymentMetricsResponse = z.infer<typeof DeploymentMetricsResponse>;
