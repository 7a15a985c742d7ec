import type { PredictionWarning } from '@modelwright/sdk';

export interface RemarkGroup {
  readonly title: string;
  /** A line for each column; those about training data name its range or categories. */
  readonly warnings: readonly PredictionWarning[];
}

const OUTSIDE: ReadonlySet<string> = new Set(['out_of_range', 'unseen_category', 'missing']);

/** What is unusual about a predicted row: values that training never saw first, then the rest. */
export function remarkGroups(warnings: readonly PredictionWarning[]): RemarkGroup[] {
  const outside = warnings.filter(({ code }) => OUTSIDE.has(code));
  const rest = warnings.filter(({ code }) => !OUTSIDE.has(code));
  return [
    { title: 'Outside the training data', warnings: outside },
    { title: 'About this row', warnings: rest },
  ].filter((group) => group.warnings.length > 0);
}
