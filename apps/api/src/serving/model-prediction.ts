/** What a model says to one row. */
export interface ModelPrediction {
  readonly index: number;
  readonly prediction: string | number | null;
  readonly probabilities?: Record<string, number>;
}

export interface ModelServerAnswer {
  readonly predictions: readonly ModelPrediction[];
}
