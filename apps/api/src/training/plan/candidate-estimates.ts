import { CLUSTERING_FAMILIES, PREDICTIVE_FAMILIES, type Family, type Task } from '@modelwright/contracts';
import type { RunBlocker } from '../create-run.dto.js';
import { count } from './task-inference.js';
import type { TrainingColumn } from './training-table.js';

interface FamilyFacts {
  readonly label: string;
  /** Bytes per encoded cell while fitting; the trainer plans with the same figures. */
  readonly bytesPerCell: number;
  /** Fit time relative to LightGBM. */
  readonly cost: number;
  readonly encoding: 'one-hot' | 'ordinal';
}

/** Families in the order in which the trainer first tries them: cheap and telling ones first. */
const FACTS: Readonly<Record<Family, FamilyFacts>> = {
  baseline: { label: 'Baseline', bytesPerCell: 0, cost: 0, encoding: 'ordinal' },
  linear: { label: 'Linear model', bytesPerCell: 40, cost: 0.5, encoding: 'one-hot' },
  lightgbm: { label: 'LightGBM', bytesPerCell: 16, cost: 1, encoding: 'ordinal' },
  hist_gradient_boosting: {
    label: 'Histogram gradient boosting',
    bytesPerCell: 24,
    cost: 1.2,
    encoding: 'ordinal',
  },
  random_forest: { label: 'Random forest', bytesPerCell: 80, cost: 2, encoding: 'ordinal' },
  extra_trees: { label: 'Extra trees', bytesPerCell: 80, cost: 1.5, encoding: 'ordinal' },
  xgboost: { label: 'XGBoost', bytesPerCell: 16, cost: 1.5, encoding: 'one-hot' },
  catboost: { label: 'CatBoost', bytesPerCell: 24, cost: 3, encoding: 'one-hot' },
  kmeans: { label: 'K-means', bytesPerCell: 24, cost: 1, encoding: 'one-hot' },
  gaussian_mixture: { label: 'Gaussian mixture', bytesPerCell: 40, cost: 3, encoding: 'one-hot' },
  agglomerative: { label: 'Agglomerative clustering', bytesPerCell: 24, cost: 2, encoding: 'one-hot' },
  hdbscan: { label: 'HDBSCAN', bytesPerCell: 40, cost: 3, encoding: 'one-hot' },
};

/** Interpreter, libraries and buffers of an idle trainer, MiB. */
const BASE_MEMORY_MB = 450;
/** LightGBM's time for one encoded cell at 200 rounds, seconds; measured on small tables with two cores. */
const SECONDS_PER_CELL = 3e-6;
const SECONDS_PER_FIT = 0.15;
const BYTES_PER_VALUE = 8;
/** The table itself, its encoded form, and the piece that is at work. */
const COPIES = 3;
const MAX_ONE_HOT = 30;
const TEXT_COLUMNS = 64;
const DATETIME_COLUMNS = 5;

export interface CandidateEstimate {
  readonly family: Family;
  readonly label: string;
  readonly expectedMemoryMb: number;
  readonly expectedSeconds: number;
  readonly skipReason: string | null;
}

export interface Workload {
  readonly features: readonly TrainingColumn[];
  readonly trainRows: number;
  readonly rows: number;
  readonly folds: number;
  readonly memoryLimitMb: number;
  readonly budgetSeconds: number;
}

/** Families that are tried for a task, in order; predictions are always compared with the baseline. */
export function familiesInOrder(task: Task, wanted: readonly Family[] | undefined): Family[] {
  const order = Object.keys(FACTS) as Family[];
  const fitting: readonly Family[] = task === 'clustering' ? CLUSTERING_FAMILIES : PREDICTIVE_FAMILIES;
  const allowed = new Set<Family>(wanted ?? fitting);
  if (task !== 'clustering') allowed.add('baseline');
  return order.filter((family) => fitting.includes(family) && allowed.has(family));
}

/** Memory for reading the table, MiB: interpreter and libraries, and three copies of every cell. */
export function tableMemoryMb({ rows, features }: Pick<Workload, 'rows' | 'features'>): number {
  return Math.round(BASE_MEMORY_MB + (rows * features.length * BYTES_PER_VALUE * COPIES) / 1024 ** 2);
}

/** What makes a run pointless before it starts: a table that cannot be read, or no candidate that fits. */
export function memoryBlockers(work: Workload, candidates: readonly CandidateEstimate[]): RunBlocker[] {
  const { memoryLimitMb } = work;
  const blocker = (code: string, detail: string): RunBlocker => ({
    code,
    pointer: '#/limits/memoryMb',
    detail,
  });
  const wayOut =
    'Exclude columns, use fewer rows, raise the limit of the run, or have the operator raise EXECUTION_MAX_MEMORY_MB.';
  const table = tableMemoryMb(work);
  if (table > memoryLimitMb)
    return [
      blocker(
        'table-too-large',
        `${count(work.rows)} rows of ${count(work.features.length)} columns need about ${gigabytes(table)} of memory, the limit is ${gigabytes(memoryLimitMb)}. ${wayOut}`,
      ),
    ];
  const models = candidates.filter(({ family }) => family !== 'baseline');
  if (models.length === 0 || models.some(({ expectedMemoryMb }) => expectedMemoryMb <= memoryLimitMb))
    return [];
  const least = Math.min(...models.map(({ expectedMemoryMb }) => expectedMemoryMb));
  return [
    blocker(
      'no-candidate-fits',
      `The smallest of the chosen families needs about ${gigabytes(least)} of memory, the limit is ${gigabytes(memoryLimitMb)}. ${wayOut}`,
    ),
  ];
}

/** A rough forecast for the page that sets a run up; the trainer measures and decides for itself. */
export function estimateCandidates(families: readonly Family[], work: Workload): CandidateEstimate[] {
  return families.map((family) => estimate(family, work));
}

function estimate(family: Family, work: Workload): CandidateEstimate {
  const { label, bytesPerCell, cost, encoding } = FACTS[family];
  const encoded = work.features.reduce((sum, column) => sum + encodedColumns(column, encoding), 0);
  const memory = tableMemoryMb(work) + (work.trainRows * encoded * bytesPerCell) / 1024 ** 2;
  const perFold = SECONDS_PER_FIT + work.trainRows * encoded * SECONDS_PER_CELL * cost;
  const expectedMemoryMb = Math.round(memory);
  const expectedSeconds = Math.round(perFold * work.folds * 10) / 10;
  return {
    family,
    label,
    expectedMemoryMb,
    expectedSeconds,
    skipReason: skipReason(expectedMemoryMb, perFold, work),
  };
}

function skipReason(memoryMb: number, secondsPerFold: number, work: Workload): string | null {
  if (memoryMb > work.memoryLimitMb)
    return `Needs about ${gigabytes(memoryMb)}, the limit is ${gigabytes(work.memoryLimitMb)}.`;
  if (secondsPerFold > work.budgetSeconds)
    return `One fit takes about ${Math.round(secondsPerFold)} s, the budget is ${work.budgetSeconds} s.`;
  return null;
}

function encodedColumns(column: TrainingColumn, encoding: FamilyFacts['encoding']): number {
  if (column.type === 'text') return TEXT_COLUMNS;
  if (column.type === 'datetime') return DATETIME_COLUMNS;
  if (column.type === 'category' && encoding === 'one-hot') return Math.min(column.distinct, MAX_ONE_HOT);
  return 1;
}

/** As limits are spoken of: `485 MB`, `4.0 GB`. */
export function gigabytes(megabytes: number): string {
  return megabytes < 1024 ? `${megabytes} MB` : `${(megabytes / 1024).toFixed(1)} GB`;
}
