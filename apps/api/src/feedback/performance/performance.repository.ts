import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ErrorSums } from './number-figures.js';

/** At most so many rows of a window are counted, the newest ones: what one look costs stays bounded. */
export const MAX_JUDGED_ROWS = 200_000;

/** Outcomes of one version in a window. */
export interface Window {
  readonly deploymentId: string;
  readonly modelVersionId: string;
  readonly from: Date;
  /** Which time has to lie in the window: that of the prediction, or that at which the outcome came. */
  readonly by: 'predicted_at' | 'received_at';
}

export interface Totals {
  readonly labelled: number;
  readonly abstained: number;
  readonly medianDelaySeconds: number | null;
  readonly p90DelaySeconds: number | null;
}

export interface CellCount {
  readonly truth: string;
  readonly predicted: string;
  readonly rows: number;
}

export interface ClassSums {
  readonly lossRows: number;
  readonly meanLoss: number | null;
  readonly deviationOfLoss: number | null;
}

export interface RankSum {
  readonly positives: number;
  readonly negatives: number;
  /** Mid-ranks of the positive rows, from 1 for the lowest probability. */
  readonly positiveRanks: number;
}

export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly predicted: number;
  readonly observed: number;
}

export interface TrendPoint {
  readonly at: Date;
  readonly rows: number;
  readonly mean: number;
  readonly deviation: number | null;
}

/** As scikit-learn keeps probabilities away from 0 (float64 machine epsilon). */
const EPSILON = '2.220446049250313e-16';
const BINS = 10;

/** Sums over known outcomes, made by the database: nothing is read row by row. */
@Injectable()
export class PerformanceRepository {
  constructor(private readonly dataSource: DataSource) {}

  async totals(window: Window): Promise<Totals> {
    const delay = `greatest(0, extract(epoch FROM observed_at - predicted_at))`;
    const [row] = await this.query<Totals>(
      window,
      `SELECT count(*)::integer AS labelled,
         count(*) FILTER (WHERE predicted_label IS NULL AND predicted_number IS NULL)::integer AS abstained,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY ${delay})::double precision AS "medianDelaySeconds",
         percentile_cont(0.9) WITHIN GROUP (ORDER BY ${delay})::double precision AS "p90DelaySeconds" FROM w`,
    );
    return row ?? { labelled: 0, abstained: 0, medianDelaySeconds: null, p90DelaySeconds: null };
  }

  confusion(window: Window): Promise<CellCount[]> {
    return this.query(
      window,
      `SELECT truth_label AS truth, predicted_label AS predicted, count(*)::integer AS rows FROM w
       WHERE truth_label IS NOT NULL AND predicted_label IS NOT NULL GROUP BY 1, 2`,
    );
  }

  async classSums(window: Window): Promise<ClassSums> {
    const loss = `-ln(least(1 - ${EPSILON}, greatest(${EPSILON}, truth_probability)))`;
    const [row] = await this.query<ClassSums>(
      window,
      `SELECT count(*)::integer AS "lossRows", avg(${loss}) AS "meanLoss", stddev_samp(${loss}) AS "deviationOfLoss"
       FROM w WHERE truth_probability IS NOT NULL`,
    );
    return row ?? { lossRows: 0, meanLoss: null, deviationOfLoss: null };
  }

  async ranks(window: Window, positiveClass: string): Promise<RankSum> {
    const [row] = await this.query<RankSum>(
      window,
      `SELECT count(*) FILTER (WHERE positive)::integer AS positives,
         count(*) FILTER (WHERE NOT positive)::integer AS negatives,
         coalesce(sum(midrank) FILTER (WHERE positive), 0)::double precision AS "positiveRanks"
       FROM (SELECT truth_label = $5 AS positive,
           rank() OVER (ORDER BY positive_probability) + (count(*) OVER (PARTITION BY positive_probability) - 1) / 2.0 AS midrank
         FROM w WHERE positive_probability IS NOT NULL) ranked`,
      [positiveClass],
    );
    return row ?? { positives: 0, negatives: 0, positiveRanks: 0 };
  }

  /** Ten bins of equal width: of the probability of the positive class, or without one of that of the predicted class. */
  calibration(window: Window, positiveClass: string | null): Promise<CalibrationBin[]> {
    const probability = positiveClass === null ? 'confidence' : 'positive_probability';
    const happened = positiveClass === null ? 'truth_label = predicted_label' : 'truth_label = $5';
    return this.query(
      window,
      `SELECT bin / ${BINS}.0::double precision AS low, (bin + 1) / ${BINS}.0::double precision AS high, count(*)::integer AS rows,
         avg(p) AS predicted, avg(happened::integer)::double precision AS observed
       FROM (SELECT ${probability} AS p, ${happened} AS happened,
           least(${BINS - 1}, greatest(0, floor(${probability} * ${BINS})))::integer AS bin
         FROM w WHERE ${probability} IS NOT NULL) binned GROUP BY bin ORDER BY bin`,
      positiveClass === null ? [] : [positiveClass],
    );
  }

  /** Ten bins with as many rows each, by the predicted number. */
  numberCalibration(window: Window): Promise<CalibrationBin[]> {
    return this.query(
      window,
      `SELECT min(predicted_number) AS low, max(predicted_number) AS high, count(*)::integer AS rows,
         avg(predicted_number) AS predicted, avg(truth_number) AS observed
       FROM (SELECT predicted_number, truth_number, ntile(${BINS}) OVER (ORDER BY predicted_number) AS bin FROM w
         WHERE predicted_number IS NOT NULL AND truth_number IS NOT NULL) binned GROUP BY bin ORDER BY bin`,
    );
  }

  async errorSums(window: Window): Promise<ErrorSums> {
    const [row] = await this.query<ErrorSums>(
      window,
      `SELECT count(*)::integer AS rows, avg(abs(e)) AS "meanAbsolute", stddev_samp(abs(e)) AS "deviationOfAbsolute",
         avg(e * e) AS "meanSquared", stddev_samp(e * e) AS "deviationOfSquared", avg(d * d) AS spread,
         avg(e * e * d * d) AS "meanProduct", avg(e * e * e * e) AS "meanFourth", avg(d * d * d * d) AS "meanFourthDeviation"
       FROM (SELECT predicted_number - truth_number AS e, truth_number - avg(truth_number) OVER () AS d FROM w
         WHERE predicted_number IS NOT NULL AND truth_number IS NOT NULL) errors`,
    );
    if (!row) throw new Error('A sum without a group has one row.');
    return row;
  }

  /** Share of right answers, or mean absolute error, by the time of the prediction. */
  trend(window: Window, step: 'hour' | 'day', kind: 'class' | 'number'): Promise<TrendPoint[]> {
    const value =
      kind === 'class'
        ? '(truth_label = predicted_label)::integer::double precision'
        : 'abs(predicted_number - truth_number)';
    return this.query(
      window,
      `SELECT date_trunc('${step}', predicted_at, 'UTC') AS at, count(*)::integer AS rows, avg(${value}) AS mean,
         stddev_samp(${value}) AS deviation FROM w WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY 1`,
    );
  }

  /** Versions with known outcomes, the newest first. */
  async versions(
    deploymentId: string,
  ): Promise<{ modelVersionId: string; number: number; labelled: number }[]> {
    return this.dataSource.query(
      `SELECT model_version_id AS "modelVersionId", max(model_version_number) AS number, count(*)::integer AS labelled
       FROM prediction_truth WHERE deployment_id = $1 GROUP BY 1 ORDER BY 2 DESC LIMIT 50`,
      [deploymentId],
    );
  }

  /** Rows that the versions of a deployment predicted since a full hour, from the sums that drift is counted by. */
  async predictedRows({ deploymentId, modelVersionId, from }: Window): Promise<number> {
    const rows = await this.dataSource.query<{ rows: number }[]>(
      `SELECT coalesce(sum(row_count), 0)::double precision AS rows FROM drift_hour
       WHERE deployment_id = $1 AND model_version_id = $2 AND segment_column = '' AND hour >= $3`,
      [deploymentId, modelVersionId, from],
    );
    return rows[0]?.rows ?? 0;
  }

  /** Keys and judgements of the newest rows, page by page, so that their inputs can be read beside them. */
  judgedRows(
    { deploymentId, modelVersionId, from }: Window,
    limit: number,
    offset: number,
  ): Promise<JudgedKey[]> {
    return this.dataSource.query<JudgedKey[]>(
      `SELECT request_id AS "requestId", row_index AS "rowIndex", truth_label AS "truthLabel", truth_number AS "truthNumber",
         CASE WHEN truth_label IS NOT NULL THEN (truth_label <> predicted_label)::integer::double precision
           ELSE abs(predicted_number - truth_number) END AS loss
       FROM prediction_truth WHERE deployment_id = $1 AND model_version_id = $2 AND predicted_at >= $3
       ORDER BY predicted_at DESC, request_id DESC, row_index DESC LIMIT $4 OFFSET $5`,
      [deploymentId, modelVersionId, from, limit, offset],
    );
  }

  /** `w` in the text is the window; its own values begin at $5. */
  private query<T>(window: Window, text: string, values: readonly unknown[] = []): Promise<T[]> {
    // The column is one of two constants.
    return this.dataSource.query<T[]>(
      `WITH w AS (SELECT truth_label, truth_number, predicted_label, predicted_number, truth_probability,
           positive_probability, confidence, predicted_at, observed_at FROM prediction_truth
         WHERE deployment_id = $1 AND model_version_id = $2 AND ${window.by} >= $3 ORDER BY ${window.by} DESC LIMIT $4)
       ${text}`,
      [window.deploymentId, window.modelVersionId, window.from, MAX_JUDGED_ROWS, ...values],
    );
  }
}

export interface JudgedKey {
  readonly requestId: string;
  readonly rowIndex: number;
  readonly truthLabel: string | null;
  readonly truthNumber: number | null;
  /** 1 for a wrong class, 0 for the right one, the absolute error of a number; null where nothing was predicted. */
  readonly loss: number | null;
}
