import type Docker from 'dockerode';

import type { CallOptions, EngineInfo } from '../container.types.js';
import type { EngineCalls } from './engine-calls.js';

/** What is read of the engine's `/info`, with the fields that the client's types lack. */
interface RawInfo {
  ServerVersion: string;
  CgroupVersion?: string;
  SecurityOptions?: string[] | null;
  NCPU: number;
  MemTotal: number;
  MemoryLimit?: boolean;
  SwapLimit?: boolean;
  CpuCfsQuota?: boolean;
  PidsLimit?: boolean;
}

const LIMITS: readonly [keyof RawInfo, string][] = [
  ['MemoryLimit', 'memory limits'],
  ['SwapLimit', 'swap limits'],
  ['CpuCfsQuota', 'CPU limits'],
  ['PidsLimit', 'limits on processes'],
];

/** Calls that take a signal although their published types do not say so. */
interface AbortableCalls {
  ping(options: { abortSignal: AbortSignal }): Promise<unknown>;
  info(options: { abortSignal: AbortSignal }): Promise<RawInfo>;
  version(options: { abortSignal: AbortSignal }): Promise<{ ApiVersion: string }>;
}

export function abortable(docker: Docker): AbortableCalls {
  return docker;
}

export async function readEngineInfo(
  docker: Docker,
  calls: EngineCalls,
  options?: CallOptions,
): Promise<EngineInfo> {
  try {
    const [info, version] = await Promise.all([
      calls.call('describe itself', options, (abortSignal) => abortable(docker).info({ abortSignal })),
      calls.call('tell its version', options, (abortSignal) => abortable(docker).version({ abortSignal })),
    ]);
    const features = (info.SecurityOptions ?? []).map(featureName);
    return {
      state: 'ok',
      engineVersion: info.ServerVersion,
      apiVersion: version.ApiVersion,
      cgroupVersion: info.CgroupVersion ?? '1',
      features,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      warnings: warningsOf(info, features),
    };
  } catch (error) {
    options?.signal?.throwIfAborted();
    return { state: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
  }
}

function warningsOf(info: RawInfo, features: readonly string[]): string[] {
  const warnings = LIMITS.filter(([field]) => info[field] === false).map(
    ([, what]) => `This engine does not enforce ${what}.`,
  );
  if (!features.includes('seccomp')) warnings.push('This engine does not filter system calls.');
  return warnings;
}

/** `name=seccomp,profile=default` → `seccomp` */
function featureName(option: string): string {
  return option.replace(/^name=/, '').split(',')[0] ?? option;
}
