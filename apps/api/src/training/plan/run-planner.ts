import { metricsFor, type ColumnRole, type Family, type MetricInfo, type Task } from '@modelwright/contracts';
import type { CreateRunRequest, Preset, RunBlocker } from '../create-run.dto.js';
import type { RunWarning } from '../run.dto.js';
import { estimateCandidates, familiesInOrder, type CandidateEstimate } from './candidate-estimates.js';
import { nearestName } from '../../platform/text/nearest-name.js';
import { selectColumns, type ColumnSelection, type ExcludedColumn } from './column-selection.js';
import { runWarnings } from './run-warnings.js';
import { count, inferTask, targetBlockers } from './task-inference.js';
import type { TrainingColumn, TrainingTable } from './training-table.js';
import {
  chooseValidation,
  MIN_ROWS,
  type ChosenValidation,
  type ValidationChoice,
} from './validation-choice.js';

const PRESET_SECONDS: Readonly<Record<Exclude<Preset, 'custom'>, number>> = {
  quick: 60,
  balanced: 600,
  thorough: 3600,
};
const DEFAULT_HOLDOUT = 0.2;
const DEFAULT_SEED = 42;
const SMALL_TABLE = 100;

export interface RunLimits {
  readonly memoryMb: number;
  readonly cpus: number;
  /** Greatest budget that this installation allows, seconds. */
  readonly maxBudgetSeconds: number;
}

/** Everything about a run that follows from the data, the wishes and the limits of the installation. */
export interface RunPlan {
  readonly target: string | null;
  readonly targetReason: string | null;
  readonly task: Task | null;
  readonly taskReason: string | null;
  readonly classes: number | null;
  readonly metric: MetricInfo | null;
  readonly metricOptions: readonly MetricInfo[];
  readonly validation: ValidationChoice | null;
  readonly holdoutFraction: number;
  readonly knownRows: number;
  readonly trainRows: number;
  readonly holdoutRows: number;
  readonly features: readonly string[];
  /** All columns with the role they have in this run. */
  readonly columns: readonly { name: string; type: TrainingColumn['type']; role: ColumnRole }[];
  readonly excluded: readonly ExcludedColumn[];
  readonly families: readonly Family[];
  readonly candidates: readonly CandidateEstimate[];
  readonly warnings: readonly RunWarning[];
  readonly blockers: readonly RunBlocker[];
  readonly preset: Preset;
  readonly budgetSeconds: number;
  readonly seed: number;
  readonly expectedMemoryMb: number;
}

/** Plans a run; what stands in the way is listed in `blockers`, never thrown. Preview and creation share it. */
export function planRun(table: TrainingTable, request: CreateRunRequest, limits: RunLimits): RunPlan {
  const budget = budgetOf(request, limits);
  const common = {
    preset: request.preset,
    budgetSeconds: budget.seconds,
    seed: request.seed ?? DEFAULT_SEED,
    holdoutFraction: request.holdoutFraction ?? DEFAULT_HOLDOUT,
    families: familiesInOrder(request.families),
  };
  const name = request.target ?? table.target?.column;
  const target = table.columns.find((column) => column.name === name);
  if (!target)
    return {
      ...withoutTarget(name ?? null, table),
      ...common,
      blockers: [...budget.blockers, targetMissing(name, table)],
    };

  const inferred = inferTask(target, table.rows);
  const task = taskOf(request.task, inferred?.task, target);
  const knownRows = table.rows - target.missing - (task === 'regression' ? (target.infinite ?? 0) : 0);
  const rows = splitRows(knownRows, common.holdoutFraction);
  const selection = selectColumns(table, target.name, request);
  const metric = task === undefined ? undefined : metricOf(request.metric, task);
  const validation =
    task === undefined
      ? undefined
      : chooseValidation({ table, target, task, wish: request.validation ?? {}, trainRows: rows.trainRows });
  const candidates = estimateCandidates(common.families, {
    features: selection.features,
    rows: knownRows,
    trainRows: rows.trainRows,
    folds: validation?.validation.folds ?? 5,
    memoryLimitMb: limits.memoryMb,
    budgetSeconds: budget.seconds,
  });
  const plannedMemory = candidates.filter((candidate) => candidate.skipReason === null);
  return {
    ...common,
    target: target.name,
    targetReason: request.target === undefined ? (table.target?.reason ?? null) : null,
    task: task ?? null,
    taskReason: request.task === undefined ? (inferred?.reason ?? null) : 'As chosen.',
    classes: task === undefined || task === 'regression' ? null : target.distinct,
    metric: metric?.metric ?? null,
    metricOptions: task === undefined ? [] : metricsFor(task),
    validation: validation?.validation ?? null,
    knownRows,
    ...rows,
    features: selection.features.map((column) => column.name),
    columns: rolesOf(table, target.name, selection),
    excluded: selection.excluded,
    candidates,
    warnings:
      task === undefined || !validation
        ? []
        : runWarnings({ table, target, task, selection, validation, knownRows }),
    blockers: [
      ...budget.blockers,
      ...blockersOf({ target, task, table, knownRows, selection, validation }),
      ...(metric?.blockers ?? []),
    ],
    expectedMemoryMb: Math.max(0, ...plannedMemory.map((candidate) => candidate.expectedMemoryMb)),
  };
}

function budgetOf(request: CreateRunRequest, limits: RunLimits): { seconds: number; blockers: RunBlocker[] } {
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

function targetMissing(name: string | undefined, table: TrainingTable): RunBlocker {
  const pointer = '#/target';
  if (name === undefined)
    return {
      code: 'target-missing',
      pointer,
      detail: 'No column suggests itself as the target; choose one.',
    };
  const meant = nearestName(
    name,
    table.columns.map((column) => column.name),
  );
  const hint = meant === undefined ? 'Choose one of its columns.' : `Did you mean "${meant}"?`;
  return {
    code: 'unknown-column',
    pointer,
    detail: `Version ${table.versionNumber} of "${table.datasetName}" has no column "${name}". ${hint}`,
  };
}

/** A column of two classes asked for as multi-class is the same problem as binary, with better metrics. */
function taskOf(
  wish: Task | undefined,
  inferred: Task | undefined,
  target: TrainingColumn,
): Task | undefined {
  if (wish === 'multiclass' && target.distinct === 2) return 'binary';
  return wish ?? inferred;
}

function metricOf(
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

/** As the trainer divides: small tables keep more rows for learning. */
function splitRows(knownRows: number, holdoutFraction: number): { trainRows: number; holdoutRows: number } {
  const small = Math.max(
    Math.min(holdoutFraction, 0.15),
    Math.min(holdoutFraction, 5 / Math.max(1, knownRows)),
  );
  const fraction = knownRows < SMALL_TABLE ? small : holdoutFraction;
  const holdoutRows = Math.min(knownRows, Math.max(knownRows > 2 ? 2 : 0, Math.round(knownRows * fraction)));
  return { trainRows: knownRows - holdoutRows, holdoutRows };
}

function blockersOf(situation: {
  target: TrainingColumn;
  task: Task | undefined;
  table: TrainingTable;
  knownRows: number;
  selection: ColumnSelection;
  validation: ChosenValidation | undefined;
}): RunBlocker[] {
  const { target, task, table, knownRows, selection, validation } = situation;
  const about = targetBlockers(target, task ?? 'multiclass', table.rows);
  const rows: RunBlocker[] =
    about.length === 0 && knownRows < MIN_ROWS
      ? [
          {
            code: 'too-few-rows',
            pointer: '#/datasetId',
            detail: `Only ${count(knownRows)} rows have a value of "${target.name}"; at least ${MIN_ROWS} are needed. Upload more rows.`,
          },
        ]
      : [];
  const features: RunBlocker[] =
    selection.features.length === 0
      ? [
          {
            code: 'no-features',
            pointer: '#/excludedColumns',
            detail: 'No column is left to learn from. Include one of the excluded columns or exclude fewer.',
          },
        ]
      : [];
  return [...about, ...rows, ...features, ...selection.blockers, ...(validation?.blockers ?? [])];
}

function rolesOf(table: TrainingTable, target: string, selection: ColumnSelection): RunPlan['columns'] {
  const features = new Set(selection.features.map((column) => column.name));
  return table.columns.map(({ name, type, role }) => {
    if (name === target) return { name, type, role: 'target' };
    if (features.has(name)) return { name, type, role: 'feature' };
    return { name, type, role: role === 'identifier' || role === 'time' ? role : 'ignore' };
  });
}

function withoutTarget(name: string | null, table: TrainingTable) {
  return {
    target: name,
    targetReason: null,
    task: null,
    taskReason: null,
    classes: null,
    metric: null,
    metricOptions: [],
    validation: null,
    knownRows: table.rows,
    trainRows: table.rows,
    holdoutRows: 0,
    features: [],
    columns: [],
    excluded: [],
    candidates: [],
    warnings: [],
    expectedMemoryMb: 0,
  };
}
