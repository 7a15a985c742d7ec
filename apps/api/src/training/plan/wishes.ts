import { metricsFor, type MetricInfo, type Task } from '@modelwright/contracts';
import type { CreateRunRequest, RunBlocker } from '../create-run.dto.js';
import { familiesInOrder } from './candidate-estimates.js';
import type { RunPlan } from './run-plan.js';

/** The families that are wished for and fit the task, or all that fit. */
export function familiesFor(
  request: CreateRunRequest,
  task: Task,
): Pick<RunPlan, 'families' | 'availableFamilies'> & { blockers: RunBlocker[] } {
  const availableFamilies = familiesInOrder(task, undefined);
  const families = familiesInOrder(task, request.families);
  const real = families.filter((family) => family !== 'baseline');
  if (real.length > 0) return { families, availableFamilies, blockers: [] };
  return {
    families,
    availableFamilies,
    blockers: [
      {
        code: 'no-family',
        pointer: '#/families',
        detail: `No chosen family fits ${task === 'clustering' ? 'clustering' : 'prediction'}; choose at least one of ${availableFamilies
          .filter((family) => family !== 'baseline')
          .join(', ')}.`,
      },
    ],
  };
}

/** The metric that is wished for, or the task's first. */
export function metricOf(
  wish: string | undefined,
  task: Task,
): { metric: MetricInfo | undefined; blockers: RunBlocker[] } {
  const fitting = metricsFor(task);
  const metric = wish === undefined ? fitting[0] : fitting.find(({ name }) => name === wish);
  if (metric) return { metric, blockers: [] };
  const names = fitting.map(({ name }) => name).join(', ');
  return {
    metric: undefined,
    blockers: [
      {
        code: 'metric-does-not-fit',
        pointer: '#/metric',
        detail: `"${wish}" does not fit a ${task} task; use one of ${names}.`,
      },
    ],
  };
}
