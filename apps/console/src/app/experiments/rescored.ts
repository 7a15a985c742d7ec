import type { RescoringResult } from '@modelwright/sdk';
import { formatScore } from '../shared/format/numbers';
import { metricLabel } from '../shared/metrics/metric-words';
import { curvesOf, type Drawing, type Marked } from './compare-charts';

export interface RescoredMetric {
  readonly name: string;
  readonly label: string;
  readonly direction: string;
  readonly cells: readonly {
    readonly letter: string;
    readonly text: string;
    readonly interval: string;
    readonly verdict: string;
  }[];
}

const WORDS = { better: 'is better than', worse: 'is worse than', tie: 'cannot be told from' } as const;

export function verdictWord(verdict: keyof typeof WORDS): string {
  return WORDS[verdict];
}

/** The metrics of all models on the same rows, with what the paired differences say about each. */
export function rescoredMetrics(result: RescoringResult, order: readonly Marked[]): RescoredMetric[] {
  const [first] = result.models;
  return (first?.metrics ?? []).map(({ name, greaterIsBetter }) => ({
    name,
    label: metricLabel(name),
    direction: greaterIsBetter ? 'higher is better' : 'lower is better',
    cells: result.models.map((model, index) => {
      const metric = model.metrics.find((one) => one.name === name);
      const difference = result.differences.find((one) => one.id === model.id && one.metric === name);
      return {
        letter: order[index]?.letter ?? '',
        text: metric ? formatScore(metric.value) : '–',
        interval:
          metric?.low == null || metric.high == null
            ? ''
            : `${formatScore(metric.low)} to ${formatScore(metric.high)}`,
        verdict: index === 0 ? 'reference' : (difference?.verdict ?? ''),
      };
    }),
  }));
}

/** The curves of a re-scoring, drawn as those of the comparison are. */
export function rescoredCurves(result: RescoringResult, order: readonly Marked[]): Drawing[] {
  const items = order.map((one, index) => {
    const { binary, regression } = result.models[index]?.curves ?? {};
    return {
      ...one,
      item: {
        ...one.item,
        curves: {
          ...(binary
            ? {
                binary: {
                  labels: [],
                  positiveClass: '',
                  thresholds: [],
                  lift: [],
                  roc: binary.roc.map(({ x, y }) => ({
                    falsePositiveRate: x,
                    truePositiveRate: y,
                    threshold: null,
                  })),
                  precisionRecall: binary.precisionRecall.map(({ x, y }) => ({
                    recall: x,
                    precision: y,
                    threshold: null,
                  })),
                  calibration: binary.calibration.map(({ x, y }) => ({
                    predicted: x,
                    observed: y,
                    count: null,
                  })),
                },
              }
            : {}),
          ...(regression ? { regression: { predictedVsActual: [], residuals: regression } } : {}),
        },
      },
    };
  });
  return curvesOf(items);
}
