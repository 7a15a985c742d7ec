import { metricsFor, type Family, type Task } from '@modelwright/contracts';
import type { CreateRunRequest, EngineChoice, RunBlocker } from '../create-run.dto.js';
import { estimateCandidates, memoryBlockers, tableMemoryMb } from './candidate-estimates.js';
import { classCosts, labelsOf } from './class-costs.js';
import { selectColumns, type ColumnSelection } from './column-selection.js';
import { BUILTIN_ONLY, engineOf } from './engine-choice.js';
import { blockersOf, featureBlockers, rowBlockers, targetMissing } from './plan-blockers.js';
import { budgetOf, classOf } from './run-budget.js';
import { limitsOf } from './run-limits.js';
import type { RunLimits, RunPlan } from './run-plan.js';
import { runWarnings, sizeWarnings } from './run-warnings.js';
import { inferTask } from './task-inference.js';
import type { TrainingColumn, TrainingTable } from './training-table.js';
import { chooseValidation } from './validation-choice.js';
import { familiesFor, metricOf } from './wishes.js';

const CLUSTERING_RESAMPLES = 5;
const DEFAULT_HOLDOUT = 0.2;
const DEFAULT_SEED = 42;
const SMALL_TABLE = 100;

/** Plans a run; what stands in the way is listed in `blockers`, never thrown. Preview and creation share it. */
export function planRun(
  table: TrainingTable,
  request: CreateRunRequest,
  installation: RunLimits,
  engines: readonly EngineChoice[] = BUILTIN_ONLY,
): RunPlan {
  const common = commonPlan(request, installation, engines);
  if (request.task === 'clustering') return planClustering(table, request, common);
  const name = request.target ?? table.target?.column;
  const target = table.columns.find((column) => column.name === name);
  if (!target)
    return {
      ...withoutTarget(name ?? null, table),
      ...common.plan,
      ...familiesFor(request, 'binary'),
      blockers: [...common.blockers, targetMissing(name, table)],
    };
  return planPrediction(table, target, request, common);
}

interface CommonPlan {
  readonly plan: Pick<
    RunPlan,
    | 'preset'
    | 'budgetSeconds'
    | 'seed'
    | 'holdoutFraction'
    | 'engine'
    | 'latencyBudgetMs'
    | 'limits'
    | 'runClass'
  >;
  readonly blockers: readonly RunBlocker[];
}

/** What does not depend on the data. */
function commonPlan(
  request: CreateRunRequest,
  installation: RunLimits,
  engines: readonly EngineChoice[],
): CommonPlan {
  const budget = budgetOf(request, installation);
  const queue = classOf(request, budget.seconds);
  const limits = limitsOf(request, installation);
  const engine = engineOf(request, engines);
  return {
    plan: {
      preset: request.preset,
      budgetSeconds: budget.seconds,
      seed: request.seed ?? DEFAULT_SEED,
      holdoutFraction: request.holdoutFraction ?? DEFAULT_HOLDOUT,
      engine: engine.engine,
      latencyBudgetMs: request.latencyBudgetMs ?? null,
      limits: limits.limits,
      runClass: queue.runClass,
    },
    blockers: [...budget.blockers, ...queue.blockers, ...limits.blockers, ...engine.blockers],
  };
}

function planPrediction(
  table: TrainingTable,
  target: TrainingColumn,
  request: CreateRunRequest,
  common: CommonPlan,
): RunPlan {
  const inferred = inferTask(target, table.rows);
  const task = taskOf(request.task, inferred?.task, target);
  const knownRows = table.rows - target.missing - (task === 'regression' ? (target.infinite ?? 0) : 0);
  const rows = splitRows(knownRows, common.plan.holdoutFraction);
  const selection = selectColumns(table, target.name, withoutSplitColumn(request));
  const metric = task === undefined ? undefined : metricOf(request.metric, task);
  const validation =
    task === undefined
      ? undefined
      : chooseValidation({ table, target, task, wish: request.validation ?? {}, trainRows: rows.trainRows });
  const families = familiesFor(request, task ?? 'binary');
  const work = workOf(
    common,
    families.families,
    selection,
    { knownRows, ...rows },
    validation?.validation.folds,
  );
  const costs = classCosts(request, { target, task, metric: metric?.metric });
  return {
    ...common.plan,
    ...families,
    ...rows,
    ...work.plan,
    target: target.name,
    targetReason: request.target === undefined ? (table.target?.reason ?? null) : null,
    task: task ?? null,
    taskReason: request.task === undefined ? (inferred?.reason ?? null) : 'As chosen.',
    classes: task === undefined || task === 'regression' ? null : target.distinct,
    classLabels: task === 'regression' ? [] : labelsOf(target),
    classWeights: costs.classWeights,
    costMatrix: costs.costMatrix,
    metric: metric?.metric ?? null,
    metricOptions: task === undefined ? [] : metricsFor(task),
    validation: validation?.validation ?? null,
    knownRows,
    features: selection.features.map((column) => column.name),
    columns: rolesOf(table, target.name, selection),
    excluded: selection.excluded,
    warnings:
      task === undefined || !validation
        ? []
        : runWarnings({ table, target, task, selection, validation, knownRows, size: work.size }),
    blockers: [
      ...common.blockers,
      ...blockersOf({ target, task, table, knownRows, selection, validation }),
      ...families.blockers,
      ...work.blockers,
      ...(metric?.blockers ?? []),
      ...costs.blockers,
    ],
  };
}

/** Looks for groups of similar rows: every column may be a feature, and nothing is predicted. */
function planClustering(table: TrainingTable, request: CreateRunRequest, common: CommonPlan): RunPlan {
  const selection = selectColumns(table, null, request);
  const knownRows = table.rows;
  const rows = splitRows(knownRows, common.plan.holdoutFraction);
  const metric = metricOf(request.metric, 'clustering');
  const families = familiesFor(request, 'clustering');
  const work = workOf(common, families.families, selection, { knownRows, ...rows }, CLUSTERING_RESAMPLES);
  const targetBlocker: RunBlocker[] =
    request.target === undefined
      ? []
      : [
          {
            code: 'clustering-has-no-target',
            pointer: '#/target',
            detail:
              'Clustering predicts no column; leave the target out, or choose another kind of prediction.',
          },
        ];
  return {
    ...common.plan,
    ...families,
    ...rows,
    ...work.plan,
    target: null,
    targetReason: null,
    task: 'clustering',
    taskReason: 'As chosen.',
    classes: null,
    classLabels: [],
    classWeights: null,
    costMatrix: null,
    metric: metric.metric ?? null,
    metricOptions: metricsFor('clustering'),
    validation: { strategy: 'random', folds: CLUSTERING_RESAMPLES, column: null, repeats: 1 },
    knownRows,
    features: selection.features.map((column) => column.name),
    columns: rolesOf(table, null, selection),
    excluded: selection.excluded,
    warnings: sizeWarnings({ knownRows, selection, size: work.size }),
    blockers: [
      ...common.blockers,
      ...targetBlocker,
      ...rowBlockers(knownRows, null),
      ...featureBlockers(selection),
      ...selection.blockers,
      ...families.blockers,
      ...work.blockers,
      ...metric.blockers,
      ...classCosts(request, { target: undefined, task: 'clustering', metric: metric.metric }).blockers,
    ],
  };
}

/** Memory and time of the candidates, and whether the table fits at all. */
function workOf(
  common: CommonPlan,
  families: readonly Family[],
  selection: ColumnSelection,
  { knownRows, trainRows }: { knownRows: number; trainRows: number },
  folds = 5,
) {
  const work = {
    features: selection.features,
    rows: knownRows,
    trainRows,
    folds,
    memoryLimitMb: common.plan.limits.memoryMb,
    budgetSeconds: common.plan.budgetSeconds,
  };
  const candidates = estimateCandidates(families, work);
  const planned = candidates.filter((candidate) => candidate.skipReason === null);
  return {
    plan: {
      candidates,
      expectedMemoryMb: Math.max(0, ...planned.map((candidate) => candidate.expectedMemoryMb)),
    },
    blockers: memoryBlockers(work, candidates),
    size: { tableMb: tableMemoryMb(work), limitMb: work.memoryLimitMb },
  };
}

/** The column of a given split says which rows are for training: it is no feature. */
function withoutSplitColumn(request: CreateRunRequest): CreateRunRequest {
  const { validation } = request;
  const column = validation?.strategy === 'given' ? validation.column : undefined;
  if (column == null || request.includedColumns?.includes(column)) return request;
  return { ...request, excludedColumns: [...new Set([...(request.excludedColumns ?? []), column])] };
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

function rolesOf(
  table: TrainingTable,
  target: string | null,
  selection: ColumnSelection,
): RunPlan['columns'] {
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
    classLabels: [],
    classWeights: null,
    costMatrix: null,
  };
}
