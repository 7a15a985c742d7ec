/** Turns the scores of a learner (`scores[0…]`) into its outputs, in place where they are as many. */
export type Link = (scores: Float64Array, outputs: Float64Array) => void;

export function identity(scores: Float64Array, outputs: Float64Array): void {
  for (let i = 0; i < outputs.length; i++) outputs[i] = scores[i] as number;
}

/** Logistic function of one score, for two classes; `limit` bounds the score first. */
export function logistic(limit: number): Link {
  return (scores, outputs) => {
    const score = scores[0] as number;
    const margin = score > limit ? limit : score < -limit ? -limit : score;
    const positive = 1 / (1 + Math.exp(-margin));
    outputs[0] = 1 - positive;
    outputs[1] = positive;
  };
}

export function softmax(scores: Float64Array, outputs: Float64Array): void {
  const top = highest(scores);
  let sum = 0;
  for (let i = 0; i < outputs.length; i++) {
    const power = Math.exp((scores[i] as number) - top);
    outputs[i] = power;
    sum += power;
  }
  for (let i = 0; i < outputs.length; i++) outputs[i] = (outputs[i] as number) / sum;
}

/** The largest power XGBoost takes: its logistic function bounds the score there. */
const LARGEST_POWER = Math.fround(88.7);

/** As XGBoost computes it, in float32. */
export function logisticFloat32(scores: Float64Array, outputs: Float64Array): void {
  const power = Math.fround(Math.exp(Math.min(-(scores[0] as number), LARGEST_POWER)));
  const positive = Math.fround(1 / Math.fround(power + 1));
  outputs[0] = 1 - positive;
  outputs[1] = positive;
}

/** As XGBoost computes it: float32, summed in float64. */
export function softmaxFloat32(scores: Float64Array, outputs: Float64Array): void {
  const top = highest(scores);
  let sum = 0;
  for (let i = 0; i < outputs.length; i++) {
    const power = Math.fround(Math.exp(Math.fround((scores[i] as number) - top)));
    outputs[i] = power;
    sum += power;
  }
  sum = Math.fround(sum);
  for (let i = 0; i < outputs.length; i++) outputs[i] = Math.fround((outputs[i] as number) / sum);
}

function highest(scores: Float64Array): number {
  let top = scores[0] as number;
  for (let i = 1; i < scores.length; i++) if ((scores[i] as number) > top) top = scores[i] as number;
  return top;
}
