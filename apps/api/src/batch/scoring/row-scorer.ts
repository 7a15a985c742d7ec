import type { CellValue } from '@modelwright/contracts';
import { applyRules, type Prediction } from '../../deployments/predict/answer-rules.js';
import type { Answer } from '../../serving/compiled-answers.js';
import { RowValidator, type RowWarning } from '../../serving/rows/row-validator.js';
import type { BatchBadRow } from '../batch-job.dto.js';
import type { Reading, ScoringTask } from './scoring-task.js';

/** Asks the model for rows in its own columns and types; one answer a row, in their order. */
export type Ask = (rows: readonly Record<string, CellValue>[]) => Promise<readonly Answer[]>;

export interface ScoredRows {
  /** Rows of the output. */
  readonly cells: CellValue[][];
  readonly failed: number;
  readonly noted: number;
  /** How often each class was predicted. */
  readonly counts: Map<string, number>;
  /** The first rows that do not fit. */
  readonly badRows: BatchBadRow[];
}

export const MAX_BAD_ROWS = 20;
const MAX_DETAIL_CHARACTERS = 500;
const MAX_NOTES = 10;

interface Source {
  readonly input: string;
  readonly place: number;
  readonly read: (value: CellValue) => CellValue;
}

interface CheckedRow {
  /** In the columns of the model; null when it does not fit. */
  readonly row: Record<string, CellValue> | null;
  readonly warnings: readonly RowWarning[] | undefined;
  readonly error: string | null;
}

/** Turns rows of a table into rows of the output, with the same checks that a call to an endpoint goes through. */
export class RowScorer {
  private readonly validator: RowValidator;
  private readonly sources: readonly Source[];
  private readonly kept: readonly number[];

  constructor(
    private readonly task: ScoringTask,
    private readonly ask: Ask,
  ) {
    this.validator = new RowValidator(task.contract, 1);
    const places = new Map(task.columns.map(({ name }, place) => [name, place]));
    this.sources = task.sources.map(({ input, column, reading }) => ({
      input,
      place: places.get(column) ?? -1,
      read: readerOf(reading, categoriesOf(task, input)),
    }));
    this.kept = task.kept.map((name) => places.get(name) ?? -1);
  }

  /** @param firstRow place of the first row in the table, from 0 */
  async score(rows: readonly CellValue[][], firstRow: number): Promise<ScoredRows> {
    const checked = rows.map((cells) => this.check(cells));
    const fit = checked.flatMap(({ row }) => (row ? [row] : []));
    const answers = fit.length > 0 ? await this.ask(fit) : [];
    const result = {
      cells: [] as CellValue[][],
      failed: 0,
      noted: 0,
      counts: new Map<string, number>(),
      badRows: [] as BatchBadRow[],
    };
    let next = 0;
    for (const [index, { row, warnings, error }] of checked.entries()) {
      const answer = row ? answers[next++] : undefined;
      const refused = error ?? (answer && 'refused' in answer ? answer.refused : null);
      const prediction =
        answer && !('refused' in answer) ? applyRules([answer], this.task.rules)[0] : undefined;
      if (prediction === undefined) {
        result.failed += 1;
        if (result.badRows.length < MAX_BAD_ROWS)
          result.badRows.push({ row: firstRow + index + 1, detail: refused ?? 'The model gave no answer.' });
      } else if (typeof prediction.prediction === 'string') {
        result.counts.set(prediction.prediction, (result.counts.get(prediction.prediction) ?? 0) + 1);
      }
      const notes = prediction ? notesOf(prediction, warnings) : null;
      if (notes !== null) result.noted += 1;
      result.cells.push(this.outputRow(rows[index] ?? [], prediction, notes, refused));
    }
    return result;
  }

  private check(cells: readonly CellValue[]): CheckedRow {
    const row: Record<string, CellValue> = {};
    for (const { input, place, read } of this.sources) row[input] = read(cells[place] ?? null);
    const check = this.validator.check({ rows: [row] });
    if (check.ok) return { row: check.rows[0] ?? null, warnings: check.warnings[0], error: null };
    const error = check.errors.map(({ detail }) => detail).join(' ');
    return { row: null, warnings: undefined, error: error.slice(0, MAX_DETAIL_CHARACTERS) };
  }

  private outputRow(
    cells: readonly CellValue[],
    prediction: Prediction | undefined,
    notes: string | null,
    error: string | null,
  ): CellValue[] {
    const { added } = this.task;
    const row = this.kept.map((place) => cells[place] ?? null);
    row.push(prediction?.prediction ?? null);
    for (const { label } of added.probabilities) row.push(prediction?.probabilities?.[label] ?? null);
    if (added.interval) row.push(prediction?.interval?.low ?? null, prediction?.interval?.high ?? null);
    if (added.notes !== null) row.push(notes);
    if (added.error !== null) row.push(prediction ? null : (error ?? 'The model gave no answer.'));
    return row;
  }
}

function notesOf(prediction: Prediction, warnings: readonly RowWarning[] | undefined): string | null {
  const notes = (warnings ?? []).slice(0, MAX_NOTES).map(({ field, detail }) => `${field}: ${detail}`);
  if (prediction.abstained) notes.unshift('No class is probable enough.');
  return notes.length > 0 ? notes.join(' ').slice(0, MAX_DETAIL_CHARACTERS) : null;
}

function categoriesOf({ contract }: ScoringTask, name: string): string[] {
  const input = contract.inputs.find((candidate) => candidate.name === name);
  return (input?.categories ?? []).map(({ value }) => value);
}

function readerOf(reading: Reading, categories: readonly string[]): (value: CellValue) => CellValue {
  switch (reading) {
    case 'as-is':
      return (value) => value;
    case 'number':
      return asNumber;
    case 'boolean':
      return asTruth;
    case 'text':
      return (value) => (value === null ? null : String(value));
    case 'word':
      return spelledAs(categories);
  }
}

/** What is no number stays as it is, so that the check can name it. */
function asNumber(value: CellValue): CellValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' || value.trim() === '') return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}

function asTruth(value: CellValue): CellValue {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

function spelledAs(categories: readonly string[]): (value: CellValue) => CellValue {
  const spelling = (word: string): string =>
    categories.find((category) => category.toLowerCase() === word) ?? word;
  const [yes, no] = [spelling('true'), spelling('false')];
  return (value) => (value === null ? null : value === true ? yes : no);
}
