import type { ClassWeights, CostMatrix, MetricInfo, Task } from '@modelwright/contracts';
import type { CreateRunRequest, RunBlocker } from '../create-run.dto.js';
import type { TrainingColumn } from './training-table.js';

/** More classes are not asked about one by one. */
const MAX_LABELS = 50;

export interface ClassCosts {
  readonly classWeights: ClassWeights | null;
  readonly costMatrix: CostMatrix | null;
  readonly blockers: readonly RunBlocker[];
}

interface Subject {
  readonly target: TrainingColumn | undefined;
  readonly task: Task | undefined;
  readonly metric: MetricInfo | undefined;
}

/** Classes of a target as its values are spelt, in order; empty when they are too many or not all were counted. */
export function labelsOf(target: TrainingColumn): string[] {
  if (target.distinct > MAX_LABELS || target.topValues.length < target.distinct) return [];
  return target.topValues
    .map(({ value }) => String(value))
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

/** Weights and costs as asked for, and what about them does not fit the classes. */
export function classCosts(request: CreateRunRequest, subject: Subject): ClassCosts {
  const classWeights = request.classWeights ?? null;
  const costMatrix = request.costMatrix ?? null;
  return {
    classWeights,
    costMatrix,
    blockers: [...weightBlockers(classWeights, subject), ...costBlockers(costMatrix, subject)],
  };
}

function hasClasses({ task }: Subject): boolean {
  return task === 'binary' || task === 'multiclass';
}

function weightBlockers(weights: ClassWeights | null, subject: Subject): RunBlocker[] {
  const pointer = '#/classWeights';
  if (weights === null) return [];
  if (!hasClasses(subject))
    return [
      { code: 'weights-need-classes', pointer, detail: 'Class weights need classes; leave them out here.' },
    ];
  if (weights === 'balanced' || !subject.target) return [];
  const labels = labelsOf(subject.target);
  if (labels.length === 0) return [];
  return Object.keys(weights)
    .filter((label) => !labels.includes(label))
    .map((label) => ({
      code: 'unknown-class',
      pointer,
      detail: `"${subject.target?.name}" has no class "${label}"; its classes are ${some(labels)}.`,
    }));
}

function costBlockers(costs: CostMatrix | null, subject: Subject): RunBlocker[] {
  const pointer = '#/costMatrix';
  const blocker = (code: string, detail: string): RunBlocker => ({ code, pointer, detail });
  if (costs === null)
    return subject.metric?.needsCostMatrix
      ? [
          blocker(
            'costs-missing',
            'The metric "Cost per row" needs a table of costs; fill it in or choose another metric.',
          ),
        ]
      : [];
  if (!hasClasses(subject))
    return [blocker('costs-need-classes', 'A table of costs needs classes; leave it out here.')];
  const size = costs.labels.length;
  if (new Set(costs.labels).size < size)
    return [blocker('costs-do-not-fit', 'A class is named twice in the table of costs.')];
  if (costs.costs.length !== size || costs.costs.some((row) => row.length !== size))
    return [
      blocker(
        'costs-do-not-fit',
        `The table of costs names ${size} classes, so it needs ${size} rows of ${size} numbers.`,
      ),
    ];
  const labels = subject.target ? labelsOf(subject.target) : [];
  if (labels.length === 0) return [];
  const missing = labels.filter((label) => !costs.labels.includes(label));
  const unknown = costs.labels.filter((label) => !labels.includes(label));
  if (missing.length === 0 && unknown.length === 0) return [];
  const wrong = [
    ...(missing.length > 0 ? [`lacks ${some(missing)}`] : []),
    ...(unknown.length > 0 ? [`names ${some(unknown)}, which the data does not have`] : []),
  ];
  return [
    blocker(
      'costs-do-not-fit',
      `The table of costs does not fit the classes of "${subject.target?.name}": it ${wrong.join(' and ')}.`,
    ),
  ];
}

function some(labels: readonly string[]): string {
  const shown = labels.slice(0, 5).map((label) => `"${label}"`);
  return labels.length > 5 ? `${shown.join(', ')} and ${labels.length - 5} more` : shown.join(', ');
}
