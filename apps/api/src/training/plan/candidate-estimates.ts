import { PREDICTIVE_FAMILIES, type Family } from '@modelwright/contracts';
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

interface Workload {
  readonly features: readonly TrainingColumn[];
  readonly trainRows: number;
  readonly rows: number;
  readonly folds: number;
  readonly memoryLimitMb: number;
  readonly budgetSeconds: number;
}

export function familiesInOrder(wanted: readonly Family[] | undefined): Family[] {
  const order = Object.keys(FACTS) as Family[];
  const allowed = new Set<Family>(wanted ?? PREDICTIVE_FAMILIES);
  allowed.add('baseline');
  return order.filter((family) => allowed.has(family));
}

/** A rough forecast for the page that sets a run up; the trainer measures and decides for itself. */
export function estimateCandidates(families: readonly Family[], work: Workload): CandidateEstimate[] {
  return families.map((family) => estimate(family, work));
}

function estimate(family: Family, work: Workload): CandidateEstimate {
  const { label, bytesPerCell, cost, encoding } = FACTS[family];
  const encoded = work.features.reduce((sum, column) => sum + encodedColumns(column, encoding), 0);
  const table = work.rows * work.features.length * 8 * 3;
  const memory = BASE_MEMORY_MB + (table + work.trainRows * encoded * bytesPerCell) / 1024 ** 2;
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

function gigabytes(megabytes: number): string {
  return megabytes < 1024 ? `${megabytes} MB` : `${(megabytes / 1024).toFixed(1)} GB`;
}
