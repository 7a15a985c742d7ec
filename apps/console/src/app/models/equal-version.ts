import type { ModelVersionSummary } from '@modelwright/sdk';

/** The newest earlier version that has the same winner with the same figures to the last digit, if there is one. */
export function equalEarlier(
  versions: readonly ModelVersionSummary[],
  number: number,
): ModelVersionSummary | undefined {
  const own = versions.find((version) => version.number === number);
  if (!own || own.crossValidationScore === null) return undefined;
  return versions
    .filter((version) => version.number < number)
    .sort((left, right) => right.number - left.number)
    .find((version) => figuresOf(version) === figuresOf(own));
}

function figuresOf({ winner, crossValidationScore, metric, inputs }: ModelVersionSummary): string {
  const { name, value, low, high } = metric;
  return JSON.stringify([winner.label, crossValidationScore, name, value, low, high, inputs]);
}
