import type { ModelContract } from '@modelwright/contracts';
import type { TableColumn } from '@modelwright/table-engine';
import type { AnswerRules } from '../../deployments/predict/answer-rules.js';

/**
 * How a cell of the table becomes a value of the model: as it is; a text or truth value as a number; a text as true or false;
 * anything as text; true and false in the spelling that the model has seen.
 */
export type Reading = 'as-is' | 'number' | 'boolean' | 'text' | 'word';

/** An input of the model and the column of the table that it is read from. */
export interface InputSource {
  readonly input: string;
  readonly column: string;
  readonly reading: Reading;
}

/** Names of the columns that are added to those of the table; null: not wanted or not to be had. */
export interface AddedColumns {
  readonly prediction: string;
  /** In the order of the classes. */
  readonly probabilities: readonly { readonly label: string; readonly name: string }[];
  readonly interval: { readonly low: string; readonly high: string } | null;
  readonly notes: string | null;
  readonly error: string | null;
}

/** All that is needed to turn rows of a table into rows of the output; decided when the job is made, and kept with it. */
export interface ScoringTask {
  readonly contract: ModelContract;
  readonly rules: AnswerRules;
  readonly sources: readonly InputSource[];
  /** Columns to read: those of `sources` and those that are kept. */
  readonly columns: readonly TableColumn[];
  /** Names of columns that go into the output as they are. */
  readonly kept: readonly string[];
  readonly added: AddedColumns;
}

/** Names of the output's columns, in their order. */
export function outputColumns({ kept, added }: Pick<ScoringTask, 'kept' | 'added'>): string[] {
  return [
    ...kept,
    added.prediction,
    ...added.probabilities.map(({ name }) => name),
    ...(added.interval ? [added.interval.low, added.interval.high] : []),
    ...(added.notes === null ? [] : [added.notes]),
    ...(added.error === null ? [] : [added.error]),
  ];
}
