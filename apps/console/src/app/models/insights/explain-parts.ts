import type { ModelVersion } from '@modelwright/sdk';

/** The inputs of a model, most important first where that was measured. */
export function inputsByImportance(version: ModelVersion): readonly string[] {
  const measured = new Map(
    (version.evaluation.importance?.items ?? []).map(({ column, mean }) => [column, mean]),
  );
  const names = version.contract.inputs.map(({ name }) => name);
  return [...names].sort((one, other) => (measured.get(other) ?? -1) - (measured.get(one) ?? -1));
}

/** The column that the URL names, where it is an input of the model; else the most important one. */
export function chosenColumn(version: ModelVersion, text: string | undefined): string {
  const names = inputsByImportance(version);
  return text !== undefined && names.includes(text) ? text : (names[0] ?? '');
}

/** What the model predicts, in a word. */
export function targetName(version: ModelVersion): string {
  return version.target ?? 'the group';
}
