import type { RunClass } from '@modelwright/contracts';
import type { CreateRunRequest, Preset, RunBlocker } from '../create-run.dto.js';
import { classFor, longestIn } from './run-class.js';
import type { RunLimits } from './run-plan.js';
import { count } from './task-inference.js';

const PRESET_SECONDS: Readonly<Record<Exclude<Preset, 'custom'>, number>> = {
  quick: 60,
  balanced: 600,
  thorough: 3600,
};

/** The class of the queue, and whether the budget is too long for the one that was asked for. */
export function classOf(
  request: CreateRunRequest,
  budgetSeconds: number,
): { runClass: RunClass; blockers: RunBlocker[] } {
  const runClass = request.class ?? classFor(budgetSeconds);
  const longest = longestIn(runClass);
  if (longest === null || budgetSeconds <= longest) return { runClass, blockers: [] };
  return {
    runClass,
    blockers: [
      {
        code: 'class-too-long',
        pointer: '#/class',
        detail: `Runs of class ${runClass} search for at most ${count(longest)} s. Choose a shorter time or another class.`,
      },
    ],
  };
}

/** The time for the search, and what is wrong with it. */
export function budgetOf(
  request: CreateRunRequest,
  limits: RunLimits,
): { seconds: number; blockers: RunBlocker[] } {
  const pointer = '#/budgetSeconds';
  const blocker = (code: string, detail: string): RunBlocker => ({ code, pointer, detail });
  if (request.preset !== 'custom') {
    const seconds = PRESET_SECONDS[request.preset];
    if (request.budgetSeconds !== undefined && request.budgetSeconds !== seconds)
      return {
        seconds,
        blockers: [
          blocker(
            'budget-fixed',
            `The preset ${request.preset} takes ${seconds} s. Choose preset custom to set another time.`,
          ),
        ],
      };
    return { seconds, blockers: tooLong(seconds, limits) };
  }
  if (request.budgetSeconds === undefined)
    return {
      seconds: PRESET_SECONDS.quick,
      blockers: [blocker('budget-missing', 'The preset custom needs budgetSeconds.')],
    };
  return { seconds: request.budgetSeconds, blockers: tooLong(request.budgetSeconds, limits) };
}

function tooLong(seconds: number, { maxBudgetSeconds }: RunLimits): RunBlocker[] {
  if (seconds <= maxBudgetSeconds) return [];
  return [
    {
      code: 'budget-too-long',
      pointer: '#/budgetSeconds',
      detail: `This installation ends work after ${count(maxBudgetSeconds)} s; choose a shorter budget.`,
    },
  ];
}

const LEAST_FITTING_SECONDS = 60;
const LONGEST_FITTING_SECONDS = 3_600;
/** Folds once more, all rows, evaluation and importance, with room for a busier machine. */
const FITTING_FACTOR = 4;

/** Time for a run that fits one recipe whose folds took `fitSeconds`. */
export function fittingSeconds(fitSeconds: number): number {
  return Math.min(
    LONGEST_FITTING_SECONDS,
    Math.max(LEAST_FITTING_SECONDS, Math.ceil(fitSeconds * FITTING_FACTOR)),
  );
}
