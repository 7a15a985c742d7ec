import type { ContainerStats } from '../container.types.js';

/** The fields of the engine's sample that are used; cgroup versions 1 and 2 name the page cache differently. */
export interface EngineSample {
  read: string;
  cpu_stats: EngineCpu;
  precpu_stats: EngineCpu;
  memory_stats: {
    usage?: number;
    limit?: number;
    stats?: { total_inactive_file?: number; inactive_file?: number };
  };
  pids_stats: { current?: number };
}

interface EngineCpu {
  cpu_usage: { total_usage: number };
  system_cpu_usage?: number;
  online_cpus?: number;
}

/** Null for a first sample, which has nothing to compare with, and for the empty one of an ended container. */
export function toContainerStats(sample: EngineSample): ContainerStats | null {
  const { cpu_stats: now, precpu_stats: before, memory_stats: memory } = sample;
  if (now.system_cpu_usage === undefined || before.system_cpu_usage === undefined) return null;
  const machine = now.system_cpu_usage - before.system_cpu_usage;
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return {
    at: new Date(sample.read),
    cpuPercent: machine > 0 ? Math.max(0, (used / machine) * (now.online_cpus ?? 1) * 100) : 0,
    memoryBytes: Math.max(0, (memory.usage ?? 0) - cache),
    memoryLimitBytes: memory.limit ?? 0,
    pids: sample.pids_stats.current ?? 0,
  };
}
