import type { CreateRunRequest, RunBlocker } from '../create-run.dto.js';
import type { RunLimits, RunPlan } from './run-plan.js';
import { count } from './task-inference.js';

/** The limits asked for, within those of the installation. */
export function limitsOf(
  { limits }: CreateRunRequest,
  installation: RunLimits,
): { limits: RunPlan['limits']; blockers: RunBlocker[] } {
  const memoryMb = limits?.memoryMb ?? installation.memoryMb;
  const cpus = limits?.cpus ?? installation.cpus;
  const blockers: RunBlocker[] = [];
  if (memoryMb > installation.memoryMb)
    blockers.push({
      code: 'limit-too-high',
      pointer: '#/limits/memoryMb',
      detail: `This installation gives a run at most ${count(installation.memoryMb)} MB of memory.`,
    });
  if (cpus > installation.cpus)
    blockers.push({
      code: 'limit-too-high',
      pointer: '#/limits/cpus',
      detail: `This installation gives a run at most ${installation.cpus} cores.`,
    });
  return {
    limits: {
      memoryMb: Math.min(memoryMb, installation.memoryMb),
      cpus: Math.min(cpus, installation.cpus),
      maxCandidates: limits?.maxCandidates ?? null,
    },
    blockers,
  };
}
