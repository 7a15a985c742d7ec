import type { HourlyStats } from '@modelwright/sdk';
import type { ChartOption, ChartTable } from '../shared/charts/chart';
import { formatExact } from '../shared/format/time';

type Hours = readonly HourlyStats[];

const HOUR_MS = 3_600_000;

/** Every hour of the time up to now: the server leaves out hours without a call. */
export function withQuietHours(known: Hours, hours: number, nowMs: number): Hours {
  const byStart = new Map(known.map((hour) => [Date.parse(hour.hour), hour]));
  const last = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  return Array.from({ length: hours }, (_, index) => {
    const start = last - (hours - 1 - index) * HOUR_MS;
    return byStart.get(start) ?? quietHour(new Date(start).toISOString());
  });
}

function quietHour(hour: string): HourlyStats {
  return { hour, count: 0, errors: 0, meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null };
}

export function totalsOf(hours: Hours): { readonly count: number; readonly errors: number } {
  return hours.reduce((sum, hour) => ({ count: sum.count + hour.count, errors: sum.errors + hour.errors }), {
    count: 0,
    errors: 0,
  });
}

/** Answered and failed calls, stacked from zero. */
export function callsOption(hours: Hours): ChartOption {
  return (colours) => ({
    ...frame(),
    series: [
      {
        name: 'Answered',
        type: 'bar',
        stack: 'calls',
        barMaxWidth: 28,
        color: colours.palette[0],
        data: hours.map((hour) => [hour.hour, hour.count - hour.errors]),
      },
      {
        name: 'Failed',
        type: 'bar',
        stack: 'calls',
        barMaxWidth: 28,
        color: colours.error,
        data: hours.map((hour) => [hour.hour, hour.errors]),
      },
    ],
  });
}

/** The three lines differ by dash and symbol as well as by colour. */
export function latencyOption(hours: Hours): ChartOption {
  const lines = [
    { name: 'p50', of: (hour: HourlyStats) => hour.p50Ms, dash: 'solid', symbol: 'circle' },
    { name: 'p95', of: (hour: HourlyStats) => hour.p95Ms, dash: 'dashed', symbol: 'rect' },
    { name: 'p99', of: (hour: HourlyStats) => hour.p99Ms, dash: 'dotted', symbol: 'triangle' },
  ];
  return () => ({
    ...frame(),
    series: lines.map(({ name, of, dash, symbol }) => ({
      name,
      type: 'line',
      symbol,
      symbolSize: 6,
      lineStyle: { type: dash, width: 2 },
      data: hours.map((hour) => [hour.hour, of(hour)]),
    })),
  });
}

function frame(): object {
  return {
    grid: { left: 4, right: 12, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'time', minInterval: HOUR_MS, axisLabel: { hideOverlap: true } },
    yAxis: { type: 'value', min: 0, minInterval: 1 },
  };
}

export function callsTable(hours: Hours): ChartTable {
  return {
    columns: ['Hour', 'Calls', 'Failed'],
    rows: hours.map((hour) => [formatExact(hour.hour), hour.count, hour.errors]),
  };
}

export function latencyTable(hours: Hours): ChartTable {
  return {
    columns: ['Hour', 'p50 ms', 'p95 ms', 'p99 ms'],
    rows: hours.map((hour) => [formatExact(hour.hour), hour.p50Ms, hour.p95Ms, hour.p99Ms]),
  };
}
