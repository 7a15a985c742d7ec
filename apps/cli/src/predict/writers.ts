/** Prints predictions as a table, CSV, JSON or NDJSON. */
import type { PredictResponse } from '@modelwright/sdk';
import type { Printer } from '../output/printer.js';
import type { Cell, PlacedRow } from './rows.js';

export type PredictionFormat = 'table' | 'csv' | 'json' | 'ndjson';
type Prediction = PredictResponse['predictions'][number];

export interface PredictionWriter {
  batch(rows: readonly PlacedRow[], answer: PredictResponse): void;
  end(): void;
}

export function predictionWriter(
  print: Printer,
  format: PredictionFormat,
  withInput: boolean,
): PredictionWriter {
  switch (format) {
    case 'csv':
      return csvWriter(print, withInput);
    case 'ndjson':
      return lineWriter(print, withInput);
    case 'json':
      return documentWriter(print, withInput);
    case 'table':
      return tableWriter(print, withInput);
  }
}

/** One cell of a CSV, quoted where it has to be (RFC 4180). */
export function csvCell(value: Cell | undefined): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Head {
  readonly inputs: readonly string[];
  readonly classes: readonly string[];
}

function headOf(rows: readonly PlacedRow[], answer: PredictResponse, withInput: boolean): Head {
  return {
    inputs: withInput ? [...new Set(rows.flatMap(({ row }) => Object.keys(row)))] : [],
    classes: Object.keys(answer.predictions[0]?.probabilities ?? {}),
  };
}

/** Answers come with their place in the batch; the batch is in the order of the source. */
function inOrder(rows: readonly PlacedRow[], answer: PredictResponse): [PlacedRow, Prediction][] {
  const byIndex = new Map(answer.predictions.map((prediction) => [prediction.index, prediction]));
  return rows.map((row, index) => {
    const prediction = byIndex.get(index);
    if (!prediction) throw new Error(`The answer has no prediction for row ${row.number}`);
    return [row, prediction];
  });
}

function csvWriter(print: Printer, withInput: boolean): PredictionWriter {
  let head: Head | undefined;
  return {
    batch(rows, answer) {
      if (!head) {
        head = headOf(rows, answer, withInput);
        const names = [...head.inputs, 'prediction', ...head.classes.map((label) => `probability_${label}`)];
        print.line(names.map(csvCell).join(','));
      }
      const { inputs, classes } = head;
      for (const [{ row }, { prediction, probabilities }] of inOrder(rows, answer)) {
        const cells = [
          ...inputs.map((name) => row[name]),
          prediction,
          ...classes.map((label) => probabilities?.[label]),
        ];
        print.line(cells.map(csvCell).join(','));
      }
    },
    end: () => undefined,
  };
}

const documentOf = (
  { row, number }: PlacedRow,
  { index: _index, ...rest }: Prediction,
  withInput: boolean,
) => ({
  index: number - 1,
  ...rest,
  ...(withInput ? { input: row } : {}),
});

function lineWriter(print: Printer, withInput: boolean): PredictionWriter {
  return {
    batch(rows, answer) {
      for (const [row, prediction] of inOrder(rows, answer))
        print.event(documentOf(row, prediction, withInput));
    },
    end: () => undefined,
  };
}

/** The shape of the API's answer, with all batches in one. */
function documentWriter(print: Printer, withInput: boolean): PredictionWriter {
  const predictions: ReturnType<typeof documentOf>[] = [];
  const requestIds: string[] = [];
  let last: PredictResponse | undefined;
  return {
    batch(rows, answer) {
      last = answer;
      requestIds.push(answer.request_id);
      for (const [row, prediction] of inOrder(rows, answer))
        predictions.push(documentOf(row, prediction, withInput));
    },
    end: () =>
      print.json({
        deployment_id: last?.deployment_id,
        endpoint_slug: last?.endpoint_slug,
        model_version: last?.model_version,
        predictions,
        request_ids: requestIds,
      }),
  };
}

function tableWriter(print: Printer, withInput: boolean): PredictionWriter {
  let head: Head = { inputs: [], classes: [] };
  const lines: [PlacedRow, Prediction][] = [];
  return {
    batch(rows, answer) {
      if (lines.length === 0) head = headOf(rows, answer, withInput);
      lines.push(...inOrder(rows, answer));
    },
    end() {
      print.table(lines, [
        { title: 'row', value: ([{ number }]) => number, align: 'right' },
        ...head.inputs.map((name) => ({
          title: name,
          value: ([{ row }]: [PlacedRow, Prediction]) => row[name],
        })),
        { title: 'prediction', value: ([, { prediction }]) => prediction },
        ...head.classes.map((label) => ({
          title: label,
          value: ([, { probabilities }]: [PlacedRow, Prediction]) => probabilities?.[label],
          align: 'right' as const,
        })),
      ]);
    },
  };
}
