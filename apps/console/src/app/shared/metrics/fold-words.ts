/** How rows are judged by cross-validation; a clustering is judged on resamples. */
interface Validation {
  readonly folds: number;
  readonly repeats?: number | null;
}

/** `5 folds`, or `5 folds, drawn 3 times`: the one way in which the console says it. */
export function foldsText({ folds, repeats }: Validation): string {
  const text = folds === 1 ? '1 fold' : `${folds} folds`;
  return (repeats ?? 1) > 1 ? `${text}, drawn ${repeats} times` : text;
}

/** The same of a model, whose folds are counted over all draws. */
export function judgedFoldsText({ folds, repeats }: Validation): string {
  const draws = repeats ?? 1;
  return draws > 1 && folds % draws === 0
    ? foldsText({ folds: folds / draws, repeats: draws })
    : foldsText({ folds });
}

/** Whether there is a spread to tell: `± 0` is none, and would read as a certainty. */
export function hasSpread(std: number | null | undefined): std is number {
  return std !== null && std !== undefined && std > 1e-12;
}
