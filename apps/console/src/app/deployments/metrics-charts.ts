import type { Deployment, MetricsPoint } from '@modelwright/sdk';
import type { ChartOption, ChartTable } from '../shared/charts/chart';
import { TIME_AXIS } from '../shared/charts/time-axis';
import { formatBytes, formatNumber } from '../shared/format/numbers';
import { formatExact } from '../shared/format/time';

export type Points = readonly MetricsPoint[];

interface Steps {
  /** ISO time of the first step. */
  readonly from: string;
  readonly to: string;
  readonly stepSeconds: number;
  readonly points: Points;
}

const MEGABYTE = 1_000_000;

/** Every step of the window: the server leaves out those in which nothing was measured. */
export function withQuietSteps({ from, to, stepSeconds, points }: Steps): Points {
  const byStart = new Map(points.map((point) => [Date.parse(point.at), point]));
  const steps: MetricsPoint[] = [];
  for (let start = Date.parse(from); start <= Date.parse(to); start += stepSeconds * 1000)
    steps.push(byStart.get(start) ?? quietStep(new Date(start).toISOString()));
  return steps;
}

function quietStep(at: string): MetricsPoint {
  const nothing = { meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null };
  const unknown = {
    cpuPercent: null,
    cpuPercentMax: null,
    memoryBytes: null,
    memoryBytesMax: null,
    memoryLimitBytes: null,
  };
  return { at, count: 0, errors: 0, rejected: 0, errorKinds: {}, ...nothing, ...unknown };
}

/** `per minute`, `per 10 minutes`, `per hour`. */
export function stepWords(stepSeconds: number): string {
  if (stepSeconds === 60) return 'per minute';
  return stepSeconds === 3600 ? 'per hour' : `per ${stepSeconds / 60} minutes`;
}

/** A problem code as words: `invalid-prediction-input` → `invalid prediction input`. */
export const kindWords = (code: string): string => code.replaceAll('-', ' ');

/** Calls that failed on our side (5xx): what was not answered and not refused as the caller's mistake. */
export function failedOf({ errors, rejected }: Pick<Points[number], 'errors' | 'rejected'>): number {
  return errors - rejected;
}

/** Kinds of errors, the most frequent first. */
export function kindsOf(errorKinds: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(errorKinds).sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** Answered, refused (4xx) and failed (5xx) calls, stacked from zero. */
export function callsOption(points: Points): ChartOption {
  return (colours) => ({
    ...frame(),
    series: [
      bars(
        'Answered',
        points.map((point) => [point.at, point.count - point.errors]),
        colours.palette[0],
      ),
      bars(
        'Refused',
        points.map((point) => [point.at, point.rejected]),
        // Not the orange: in the dark theme that is close to the colour of errors.
        colours.palette[4],
      ),
      bars(
        'Failed',
        points.map((point) => [point.at, failedOf(point)]),
        colours.error,
      ),
    ],
  });
}

export function errorsOption(points: Points, kinds: readonly string[]): ChartOption {
  return () => ({
    ...frame(),
    series: kinds.map((kind) =>
      bars(
        kindWords(kind),
        points.map((point) => [point.at, point.errorKinds[kind] ?? 0]),
      ),
    ),
  });
}

/** The three lines differ by dash and symbol as well as by colour. */
export function latencyOption(points: Points): ChartOption {
  return linesOption(points, [
    { name: 'p50', of: (point) => point.p50Ms, dash: 'solid', symbol: 'circle' },
    { name: 'p95', of: (point) => point.p95Ms, dash: 'dashed', symbol: 'rect' },
    { name: 'p99', of: (point) => point.p99Ms, dash: 'dotted', symbol: 'triangle' },
  ]);
}

export function cpuOption(points: Points): ChartOption {
  return linesOption(points, [
    { name: 'Mean', of: (point) => point.cpuPercent, dash: 'solid', symbol: 'circle' },
    { name: 'Highest', of: (point) => point.cpuPercentMax, dash: 'dotted', symbol: 'triangle' },
  ]);
}

export function memoryOption(points: Points): ChartOption {
  return linesOption(points, [
    { name: 'Mean', of: (point) => megabytes(point.memoryBytes), dash: 'solid', symbol: 'circle' },
    { name: 'Highest', of: (point) => megabytes(point.memoryBytesMax), dash: 'dotted', symbol: 'triangle' },
    { name: 'Limit', of: (point) => megabytes(point.memoryLimitBytes), dash: 'dashed', symbol: 'none' },
  ]);
}

export const megabytes = (bytes: number | null): number | null => (bytes === null ? null : bytes / MEGABYTE);

interface Line {
  readonly name: string;
  readonly of: (point: MetricsPoint) => number | null;
  readonly dash: string;
  readonly symbol: string;
}

function linesOption(points: Points, lines: readonly Line[]): ChartOption {
  return () => ({
    ...frame(),
    series: lines.map(({ name, of, dash, symbol }) => ({
      name,
      type: 'line',
      symbol,
      symbolSize: 5,
      lineStyle: { type: dash, width: 2 },
      data: points.map((point) => [point.at, of(point)]),
    })),
  });
}

function bars(name: string, data: readonly (readonly [string, number])[], color?: string): object {
  return { name, type: 'bar', stack: 'calls', barMaxWidth: 28, ...(color ? { color } : {}), data };
}

function frame(): object {
  return {
    grid: { left: 4, right: 12, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, right: 32, type: 'plain' },
    tooltip: { trigger: 'axis' },
    xAxis: TIME_AXIS,
    yAxis: { type: 'value', min: 0 },
  };
}

/** The numbers behind a chart, without the steps in which nothing was measured. */
export function tableOf(
  points: Points,
  columns: readonly { readonly name: string; readonly of: (point: MetricsPoint) => number | null }[],
): ChartTable {
  const rows = points
    .map((point) => [formatExact(point.at), ...columns.map(({ of }) => of(point))])
    .filter((row) => row.slice(1).some((cell) => cell !== null && cell !== 0));
  return { columns: ['From', ...columns.map(({ name }) => name)], rows };
}

/** What the server uses now; nothing where no container runs, whatever one used before. @param last the newest measured step */
export function serverFacts(
  deployment: Pick<Deployment, 'containerState'> | undefined,
  last: Pick<MetricsPoint, 'cpuPercent' | 'memoryBytes'> | undefined,
): readonly { readonly name: string; readonly value: string }[] {
  const isGone = deployment !== undefined && deployment.containerState !== 'running';
  const none = 'no container runs now';
  const cpu = last ? `${formatNumber(last.cpuPercent)} %` : '–';
  return [
    { name: 'CPU of the server', value: isGone ? none : cpu },
    { name: 'Memory of the server', value: isGone ? none : formatBytes(last?.memoryBytes) },
  ];
}
