import type {
  ClassWeights,
  ColumnRole,
  CostMatrix,
  Engine,
  Family,
  MetricInfo,
  RunClass,
  Task,
} from '@modelwright/contracts';
import type { Preset, RunBlocker } from '../create-run.dto.js';
import type { RunWarning } from '../run.dto.js';
import type { CandidateEstimate } from './candidate-estimates.js';
import type { ExcludedColumn } from './column-selection.js';
import type { TrainingColumn } from './training-table.js';
import type { ValidationChoice } from './validation-choice.js';

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
  /** Families that are tried, in order. */
  readonly families: readonly Family[];
  /** Families that fit the task, in order. */
  readonly availableFamilies: readonly Family[];
  readonly engine: Engine;
  readonly classWeights: ClassWeights | null;
  readonly costMatrix: CostMatrix | null;
  readonly latencyBudgetMs: number | null;
  readonly limits: {
    readonly memoryMb: number;
    readonly cpus: number;
    readonly maxCandidates: number | null;
  };
  readonly runClass: RunClass;
  /** Classes as the data spells them; empty when not all are known. */
  readonly classLabels: readonly string[];
  readonly candidates: readonly CandidateEstimate[];
  readonly warnings: readonly RunWarning[];
  readonly blockers: readonly RunBlocker[];
  readonly preset: Preset;
  readonly budgetSeconds: number;
  readonly seed: number;
  readonly expectedMemoryMb: number;
}
