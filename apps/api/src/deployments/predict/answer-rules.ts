import type { ModelServerAnswer } from '../../serving/model-servers.js';
import type { RowWarning } from '../../serving/rows/row-validator.js';

/** What an endpoint does to the answers of its model, whichever way they were asked for. */
export interface AnswerRules {
  /** A class whose probability is lower is not given out; null: every class is. */
  readonly abstainBelow: number | null;
  /** Half the width of the intervals around numbers, and how often they hold; null: there are none. */
  readonly interval: PredictionIntervalRule | null;
}

export interface PredictionIntervalRule {
  readonly coverage: number;
  readonly radius: number;
}

/** Where the true number lies with the stated probability. */
export interface PredictionInterval {
  readonly low: number;
  readonly high: number;
  readonly coverage: number;
}

/** A prediction as it is given out and logged. */
export type Prediction = ModelServerAnswer['predictions'][number] & {
  readonly abstained?: true;
  readonly interval?: PredictionInterval;
  readonly warnings?: readonly RowWarning[];
};

export const NO_RULES: AnswerRules = { abstainBelow: null, interval: null };

export function applyRules(predictions: readonly Prediction[], rules: AnswerRules): readonly Prediction[] {
  const { abstainBelow, interval } = rules;
  if (abstainBelow === null && interval === null) return predictions;
  return predictions.map((answer) => {
    const { prediction, probabilities } = answer;
    if (abstainBelow !== null && typeof prediction === 'string' && probabilities)
      return (probabilities[prediction] ?? 0) < abstainBelow
        ? { ...answer, prediction: null, abstained: true }
        : answer;
    if (interval !== null && typeof prediction === 'number')
      return { ...answer, interval: intervalAround(prediction, interval) };
    return answer;
  });
}

function intervalAround(value: number, { radius, coverage }: PredictionIntervalRule): PredictionInterval {
  return { low: value - radius, high: value + radius, coverage };
}
