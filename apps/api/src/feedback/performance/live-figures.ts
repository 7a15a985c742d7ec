import type { ModelContract, ModelEvaluation } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import {
  accuracyOf,
  areaFigure,
  classFigures,
  macroFigures,
  meanFigure,
  type Confusion,
  type Figure,
} from './class-figures.js';
import { holdoutFigure } from './holdout-figures.js';
import { numberFigures } from './number-figures.js';
import type { LiveMetric, LiveMetricName } from './performance.dto.js';
import { PerformanceRepository, type CellCount, type Window } from './performance.repository.js';

/** Below so many rows a figure would say more about chance than about the model. */
export const NEEDED_ROWS = 30;
/** Of each class, for an area under the curve. */
const NEEDED_OF_EACH = 10;

const WILSON = 'Score interval (Wilson 1927)';
const BOOTSTRAP = 'Percentile bootstrap of the counts (Efron and Tibshirani 1993)';
const HANLEY = 'Hanley and McNeil 1982';
const LIMIT = 'Central limit theorem';
const METHODS: Readonly<Record<LiveMetricName, string>> = {
  accuracy: WILSON,
  precision: WILSON,
  recall: WILSON,
  f1: BOOTSTRAP,
  roc_auc: HANLEY,
  log_loss: LIMIT,
  precision_macro: BOOTSTRAP,
  recall_macro: BOOTSTRAP,
  f1_macro: BOOTSTRAP,
  mae: LIMIT,
  rmse: 'Central limit theorem and delta method',
  r2: 'Ratio of means (Cochran 1977, chapter 6)',
};
const LESS_IS_BETTER: ReadonlySet<LiveMetricName> = new Set(['log_loss', 'mae', 'rmse']);

export interface LiveFigures {
  readonly metrics: readonly LiveMetric[];
  readonly confusion: Confusion | null;
}

interface Measured {
  readonly name: LiveMetricName;
  readonly rows: number;
  readonly needed?: number;
  readonly figure: Figure | undefined;
}

/** The metrics of a window, from sums, beside those of the held-out rows. */
@Injectable()
export class LiveMeasurements {
  constructor(private readonly sums: PerformanceRepository) {}

  async measure(
    window: Window,
    { output }: Pick<ModelContract, 'output'>,
    evaluation: ModelEvaluation,
  ): Promise<LiveFigures> {
    const { measured, confusion } =
      output.kind === 'number'
        ? { measured: await this.numbers(window), confusion: null }
        : await this.classes(window, output);
    const metrics = measured.map((one) => toMetric(one, holdoutFigure(one.name, evaluation, output) ?? null));
    return { metrics, confusion };
  }

  private async numbers(window: Window): Promise<Measured[]> {
    const sums = await this.sums.errorSums(window);
    const figures = numberFigures(sums);
    return (['rmse', 'mae', 'r2'] as const).map((name) => ({ name, rows: sums.rows, figure: figures[name] }));
  }

  private async classes(
    window: Window,
    output: ModelContract['output'],
  ): Promise<{ measured: Measured[]; confusion: Confusion }> {
    const confusion = confusionOf(await this.sums.confusion(window), output.classes ?? []);
    const rows = confusion.counts.flat().reduce((sum, count) => sum + count, 0);
    const positive = output.positiveClass ?? null;
    const loss = await this.sums.classSums(window);
    const measured: Measured[] = [
      { name: 'accuracy', rows, figure: accuracyOf(confusion) },
      ...(positive === null
        ? macroMeasured(confusion, rows)
        : [...positiveMeasured(confusion, positive, rows), await this.area(window, positive)]),
      {
        name: 'log_loss',
        rows: loss.lossRows,
        figure:
          loss.meanLoss === null ? undefined : meanFigure(loss.meanLoss, loss.deviationOfLoss, loss.lossRows),
      },
    ];
    return { measured, confusion };
  }

  /** From mid-ranks (Mann and Whitney 1947), so that ties count one half. */
  private async area(window: Window, positiveClass: string): Promise<Measured> {
    const { positives, negatives, positiveRanks } = await this.sums.ranks(window, positiveClass);
    const pairs = positives * negatives;
    const area = (positiveRanks - (positives * (positives + 1)) / 2) / pairs;
    return {
      name: 'roc_auc',
      // The smaller class limits what can be said.
      rows: Math.min(positives, negatives),
      needed: NEEDED_OF_EACH,
      figure: pairs > 0 ? areaFigure(area, positives, negatives) : undefined,
    };
  }
}

function positiveMeasured(confusion: Confusion, positive: string, rows: number): Measured[] {
  const { precision, recall, f1 } = classFigures(confusion, positive);
  return [
    { name: 'precision', rows, figure: precision },
    { name: 'recall', rows, figure: recall },
    { name: 'f1', rows, figure: f1 },
  ];
}

function macroMeasured(confusion: Confusion, rows: number): Measured[] {
  const { precision, recall, f1 } = macroFigures(confusion);
  return [
    { name: 'precision_macro', rows, figure: precision },
    { name: 'recall_macro', rows, figure: recall },
    { name: 'f1_macro', rows, figure: f1 },
  ];
}

function confusionOf(cells: readonly CellCount[], classes: readonly string[]): Confusion {
  const labels = [...new Set([...classes, ...cells.flatMap(({ truth, predicted }) => [truth, predicted])])];
  const place = new Map(labels.map((label, at) => [label, at]));
  const counts = labels.map(() => labels.map(() => 0));
  for (const { truth, predicted, rows } of cells) {
    const row = counts[place.get(truth) ?? -1];
    if (row) row[place.get(predicted) ?? -1] = rows;
  }
  return { labels, counts };
}

function toMetric(
  { name, rows, needed = NEEDED_ROWS, figure }: Measured,
  holdout: LiveMetric['holdout'],
): LiveMetric {
  const greaterIsBetter = !LESS_IS_BETTER.has(name);
  const shown = figure && rows >= needed ? figure : undefined;
  return {
    name,
    greaterIsBetter,
    value: shown?.value ?? null,
    low: shown?.low ?? null,
    high: shown?.high ?? null,
    rows,
    needed,
    method: METHODS[name],
    holdout,
    light: !shown ? 'not-enough-data' : isWorse(shown, holdout, greaterIsBetter) ? 'worse' : 'as-held-out',
  };
}

/** Whether even the better end of the one lies beyond the worse end of the other. */
function isWorse(live: Figure, holdout: LiveMetric['holdout'], greaterIsBetter: boolean): boolean {
  if (!holdout || live.low === null || live.high === null) return false;
  return greaterIsBetter
    ? live.high < (holdout.low ?? holdout.value)
    : live.low > (holdout.high ?? holdout.value);
}
