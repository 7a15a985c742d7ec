import type { ModelContract } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { AnsweredRows } from '../../deployments/requests/answered-rows.js';
import { ModelsService, type JudgedModel } from '../../models/models.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { nearestName } from '../../platform/text/nearest-name.js';
import { refuseWithoutTarget } from '../truth/truth-keeper.js';
import { meanFigure, wilson, type Confusion, type Figure } from './class-figures.js';
import { searchErrors, type ErrorRow } from './error-search.js';
import { binsOf } from './input-bins.js';
import { LiveMeasurements, NEEDED_ROWS } from './live-figures.js';
import type {
  LiveCalibration,
  LiveErrorSegments,
  Performance,
  PerformanceQuery,
  PerformanceSegments,
  PerformanceSegmentsQuery,
} from './performance.dto.js';
import {
  MAX_JUDGED_ROWS,
  PerformanceRepository,
  type CalibrationBin,
  type Totals,
  type Window,
} from './performance.repository.js';
import { sentenceOf, worstLight } from './performance-words.js';

const HOUR_MS = 3_600_000;
const PAGE = 1_000;
const MAX_SEGMENT_ROWS = 20_000;
const MAX_SEARCHED_ROWS = 5_000;
const LEAST_SEGMENT_ROWS = 20;
const SAMPLE_FOR_CUTS = 1_000;
const HOURS_BY_HOUR = 72;
const SHOWN_CLASSES = 20;
const SEARCH_METHOD =
  'Bins of every input and pairs of the worst, each against the other rows (Welch 1947), after slice finder (Chung et al. 2019); adjusted for all of them (Benjamini and Hochberg 1995).';

type Deployment = Awaited<ReturnType<DeploymentsService['require']>>;

interface Subject {
  readonly deployment: Deployment;
  readonly model: JudgedModel;
  readonly window: Window;
}

/** How a served version does, judged by what turned out to be true. */
@Injectable()
export class PerformanceService {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly models: ModelsService,
    private readonly sums: PerformanceRepository,
    private readonly measurements: LiveMeasurements,
    private readonly rows: AnsweredRows,
  ) {}

  /** @throws Problem `deployment-not-found`, `model-not-found` */
  async look(scope: Scope, deploymentId: string, query: PerformanceQuery): Promise<Performance> {
    const { deployment, model, window } = await this.subject(scope, deploymentId, query);
    const { output, inputs } = model.contract;
    const step = query.windowHours <= HOURS_BY_HOUR ? 'hour' : 'day';
    const [totals, predicted, versions, trend, figures] = await Promise.all([
      this.sums.totals(window),
      this.sums.predictedRows(window),
      this.sums.versions(deploymentId),
      this.sums.trend(window, step, output.kind),
      this.measurements.measure(window, model.contract, model.evaluation),
    ]);
    const { metrics, confusion } = figures;
    const number = versions.find((version) => version.modelVersionId === window.modelVersionId)?.number;
    return {
      deploymentId,
      modelVersionId: window.modelVersionId,
      modelVersionNumber: number ?? deployment.modelVersionNumber,
      kind: output.kind,
      positiveClass: output.positiveClass ?? null,
      unit: output.unit ?? null,
      from: window.from.toISOString(),
      to: new Date().toISOString(),
      windowHours: query.windowHours,
      ...coverageOf(totals, predicted),
      neededRows: NEEDED_ROWS,
      light: worstLight(metrics),
      sentence: sentenceOf({ metrics, totals, neededRows: NEEDED_ROWS, unit: output.unit ?? null }),
      metrics: [...metrics],
      confusion: confusion && shownClasses(confusion),
      calibration: await this.calibration(window, output, totals),
      trend: {
        step,
        metric: output.kind === 'class' ? 'accuracy' : 'mae',
        points: trend.map(({ at, rows, mean, deviation }) => ({
          at: at.toISOString(),
          rows,
          ...(figureOf(output.kind, mean, deviation, rows) ?? { value: mean, low: null, high: null }),
        })),
      },
      labelDelay: delayOf(totals),
      versions,
      columns: inputs.map(({ name }) => name).filter((name) => !deployment.maskedColumns.includes(name)),
      maskedColumns: deployment.maskedColumns,
    };
  }

  /** Sums row by row over the newest rows, in memory that does not grow with them. */
  async segments(
    scope: Scope,
    deploymentId: string,
    query: PerformanceSegmentsQuery,
  ): Promise<PerformanceSegments> {
    const { model, window } = await this.subject(scope, deploymentId, query);
    const { output, inputs } = model.contract;
    const input = inputOf(inputs, query.column);
    const sample = await this.readRows(window, 0, SAMPLE_FOR_CUTS);
    const binned = binsOf(
      input,
      sample.map(({ values }) => values),
    );
    const groups = binned.bins.map(() => ({ rows: 0, sum: 0, squares: 0 }));
    let missingRows = 0;
    for (let offset = 0; offset < MAX_SEGMENT_ROWS; offset += PAGE) {
      const page = offset === 0 ? sample : await this.readRows(window, offset, PAGE);
      for (const { values, loss } of page) {
        const group = groups[binned.binOf(values)];
        if (!group) missingRows += 1;
        else {
          group.rows += 1;
          group.sum += loss;
          group.squares += loss * loss;
        }
      }
      missingRows += page.lost;
      if (page.asked < PAGE) break;
    }
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    const sum = groups.reduce((total, group) => total + group.sum, 0);
    const isClass = output.kind === 'class';
    return {
      column: input.name,
      metric: isClass ? 'accuracy' : 'mae',
      rows,
      missingRows,
      overall: rows > 0 ? (isClass ? 1 - sum / rows : sum / rows) : null,
      neededRows: NEEDED_ROWS,
      segments: groups.flatMap((group, at) => {
        if (group.rows === 0) return [];
        const figure = group.rows >= NEEDED_ROWS ? groupFigure(output.kind, group) : undefined;
        const { value = null, low = null, high = null } = figure ?? {};
        return [{ label: binned.bins[at]?.label ?? '', rows: group.rows, value, low, high }];
      }),
    };
  }

  /** Where the newest rows went wrong more often than elsewhere. */
  async errorSegments(
    scope: Scope,
    deploymentId: string,
    query: PerformanceQuery,
  ): Promise<LiveErrorSegments> {
    const { deployment, model, window } = await this.subject(scope, deploymentId, query);
    const { output, inputs } = model.contract;
    const rows: ErrorRow[] = [];
    for (let offset = 0; offset < MAX_SEARCHED_ROWS; offset += PAGE) {
      const page = await this.readRows(window, offset, PAGE);
      rows.push(...page);
      if (page.asked < PAGE) break;
    }
    const neededRows = 4 * LEAST_SEGMENT_ROWS;
    const base = {
      measure: output.kind === 'class' ? ('error_rate' as const) : ('mean_absolute_error' as const),
      rows: rows.length,
      neededRows,
      method: SEARCH_METHOD,
    };
    if (rows.length < neededRows) return { ...base, overall: null, searched: 0, segments: [] };
    const sample = rows.slice(0, SAMPLE_FOR_CUTS).map(({ values }) => values);
    const binned = inputs
      .filter(({ name }) => !deployment.maskedColumns.includes(name))
      .map((input) => binsOf(input, sample));
    const { overall, searched, segments } = searchErrors(rows, binned, LEAST_SEGMENT_ROWS);
    const told = segments.map((one) => ({ ...one, conditions: [...one.conditions] }));
    return { ...base, overall, searched, segments: told };
  }

  private async subject(
    scope: Scope,
    deploymentId: string,
    { windowHours, modelVersionId }: PerformanceQuery,
  ): Promise<Subject> {
    const deployment = await this.deployments.require(scope, deploymentId);
    const id = modelVersionId ?? deployment.modelVersionId;
    const model = await this.models.getJudged(scope, id);
    refuseWithoutTarget(model.contract);
    // Predicted rows are counted by the hour: the window begins with a full one.
    const from = new Date(Math.floor((Date.now() - windowHours * HOUR_MS) / HOUR_MS + 1) * HOUR_MS);
    return { deployment, model, window: { deploymentId, modelVersionId: id, from, by: 'predicted_at' } };
  }

  private async calibration(
    window: Window,
    output: ModelContract['output'],
    { labelled }: Totals,
  ): Promise<LiveCalibration | null> {
    if (labelled < NEEDED_ROWS) return null;
    const positive = output.positiveClass ?? null;
    const bins =
      output.kind === 'number'
        ? await this.sums.numberCalibration(window)
        : await this.sums.calibration(window, positive);
    if (bins.length === 0) return null;
    const kind = output.kind === 'number' ? 'number' : positive === null ? 'confidence' : 'positive-class';
    return {
      kind,
      error: kind === 'number' ? null : calibrationError(bins),
      bins: bins.map((bin) => toBin(bin, kind)),
    };
  }

  private async readRows(window: Window, offset: number, limit: number): Promise<ErrorPage> {
    const keys = await this.sums.judgedRows(window, limit, offset);
    const judged = keys.filter(({ loss }) => loss !== null);
    const inputs = await this.rows.inputs(window.deploymentId, judged);
    const found = new Map(inputs.map((row) => [`${row.requestId}:${row.rowIndex}`, row.values]));
    const rows = judged.flatMap(({ requestId, rowIndex, loss }) => {
      const values = found.get(`${requestId}:${rowIndex}`);
      return values && loss !== null ? [{ values, loss }] : [];
    });
    return Object.assign(rows, { asked: keys.length, lost: judged.length - rows.length });
  }
}

type ErrorPage = ErrorRow[] & { readonly asked: number; readonly lost: number };

function inputOf(inputs: ModelContract['inputs'], column: string): ModelContract['inputs'][number] {
  const input = inputs.find(({ name }) => name === column);
  if (input) return input;
  const suggestion = nearestName(
    column,
    inputs.map(({ name }) => name),
  );
  throw new Problem('invalid-request', `"${column}" is no input of this model.`, {
    errors: [
      {
        pointer: '#/column',
        detail: 'is no input of this model',
        got: column,
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    ],
  });
}

function coverageOf({ labelled, abstained }: Totals, predicted: number) {
  // What was predicted is counted within a second of the call; outcomes may be known sooner.
  const predictedRows = Math.max(predicted, labelled);
  return {
    predictedRows,
    labelledRows: labelled,
    labelledShare: predictedRows > 0 ? labelled / predictedRows : null,
    abstainedRows: abstained,
    isCut: labelled >= MAX_JUDGED_ROWS,
  };
}

function delayOf({ medianDelaySeconds, p90DelaySeconds }: Totals): Performance['labelDelay'] {
  return medianDelaySeconds === null || p90DelaySeconds === null
    ? null
    : { medianSeconds: medianDelaySeconds, p90Seconds: p90DelaySeconds };
}

function figureOf(
  kind: 'class' | 'number',
  mean: number,
  deviation: number | null,
  rows: number,
): Figure | undefined {
  return kind === 'class' ? wilson(Math.round(mean * rows), rows) : meanFigure(mean, deviation, rows);
}

/** Of losses: the share of right answers, or their mean. */
function groupFigure(
  kind: 'class' | 'number',
  { rows, sum, squares }: { readonly rows: number; readonly sum: number; readonly squares: number },
): Figure | undefined {
  const variance = Math.max(0, (squares - (sum * sum) / rows) / Math.max(1, rows - 1));
  return kind === 'class' ? wilson(rows - sum, rows) : meanFigure(sum / rows, Math.sqrt(variance), rows);
}

/** Naeini, Cooper and Hauskrecht 2015. */
function calibrationError(bins: readonly CalibrationBin[]): number {
  const total = bins.reduce((sum, { rows }) => sum + rows, 0);
  return bins.reduce((sum, bin) => sum + Math.abs(bin.predicted - bin.observed) * bin.rows, 0) / total;
}

function toBin(bin: CalibrationBin, kind: LiveCalibration['kind']): LiveCalibration['bins'][number] {
  const { low, high, rows, predicted, observed } = bin;
  const interval = kind === 'number' ? undefined : wilson(Math.round(observed * rows), rows);
  return {
    from: low,
    to: high,
    rows,
    predicted,
    observed,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
  };
}

function shownClasses({ labels, counts }: Confusion): { labels: string[]; counts: number[][] } {
  const rowsOf = (at: number): number => (counts[at] ?? []).reduce((sum, count) => sum + count, 0);
  const shown = [...labels.keys()]
    .sort((one, other) => rowsOf(other) - rowsOf(one))
    .slice(0, SHOWN_CLASSES)
    .sort((one, other) => one - other);
  return {
    labels: shown.map((at) => labels[at] ?? ''),
    counts: shown.map((row) => shown.map((column) => counts[row]?.[column] ?? 0)),
  };
}
