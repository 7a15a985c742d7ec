import { setImmediate } from 'node:timers/promises';
import { CompiledModel, RowEncoder } from '@modelwright/compiled-model';
import type { CellValue, ModelContract } from '@modelwright/contracts';
import { Problem, type FieldError } from '../../platform/problems/problem.js';
import type { ModelServerAnswer } from '../../serving/model-servers.js';
import { PlainRows } from './plain-rows.js';
import { MAX_LOGGED_CHARACTERS, MAX_LOGGED_ROWS, storableText } from './prediction-entry.js';

type Prediction = ModelServerAnswer['predictions'][number];

const MAX_ERRORS = 50;
/** Of a prediction in the log, besides its labels: the names of its members, and a number. */
const CHARACTERS_PER_ROW = 70;
const CHARACTERS_PER_SHARE = 30;
/** Other requests get their turn after this long. */
const TURN_MS = 5;
const ROWS_BETWEEN_LOOKS = 64;

/** A compiled model that answers like a model server, inside this process. */
export class ServedModel {
  private readonly model: CompiledModel;
  private readonly encoder: RowEncoder;
  private readonly row: Float64Array;
  private readonly outputs: Float64Array;
  /** Rows whose predictions the log keeps whole, whatever they are; none if it cannot hold the labels as they are. */
  private readonly maxPlainRows: number;

  /** @throws CompiledModelError */
  constructor(bytes: Uint8Array) {
    this.model = CompiledModel.load(bytes);
    this.encoder = new RowEncoder(this.model);
    this.row = new Float64Array(this.model.inputs.length);
    this.outputs = new Float64Array(this.model.outputSize);
    this.maxPlainRows = maxPlainRowsOf(this.model);
  }

  get sizeBytes(): number {
    return this.model.sizeBytes;
  }

  /** @throws Problem `invalid-prediction-input`, `prediction-failed` */
  async predict(rows: readonly Record<string, CellValue>[]): Promise<ModelServerAnswer> {
    const predictions: Prediction[] = [];
    const errors: FieldError[] = [];
    let turnEnds = performance.now() + TURN_MS;
    for (let index = 0; index < rows.length && errors.length < MAX_ERRORS; index++) {
      if (index % ROWS_BETWEEN_LOOKS === ROWS_BETWEEN_LOOKS - 1 && performance.now() > turnEnds) {
        await setImmediate();
        turnEnds = performance.now() + TURN_MS;
      }
      const row = rows[index] ?? {};
      const wrong = this.encoder.encode(row, this.row);
      if (wrong)
        errors.push(...wrong.map(({ field, detail }) => ({ pointer: pointerTo(index, field), detail })));
      else predictions.push(this.predictRow(index));
    }
    if (errors.length > 0)
      throw new Problem('invalid-prediction-input', 'The model does not accept the rows.', {
        errors: errors.slice(0, MAX_ERRORS),
      });
    return { predictions };
  }

  /** Reads rows of this contract without a remark; see `predictPlain`. */
  plainRowsOf(contract: ModelContract): PlainRows {
    return new PlainRows(contract, this.model.inputs);
  }

  /** Predicts rows about which there is nothing to say; undefined if there is something to say about one. */
  predictPlain(rows: readonly unknown[], reader: PlainRows): Prediction[] | undefined {
    if (rows.length === 0 || rows.length > this.maxPlainRows) return undefined;
    const predictions: Prediction[] = [];
    for (let index = 0; index < rows.length; index++) {
      if (!reader.read(rows[index], this.row)) return undefined;
      predictions.push(this.predictRow(index));
    }
    return predictions;
  }

  private predictRow(index: number): Prediction {
    const { model, outputs } = this;
    model.predictInto(this.row, outputs);
    if (model.output.kind === 'number') {
      const value = outputs[0] ?? Number.NaN;
      return { index, prediction: Number.isFinite(value) ? value : null };
    }
    const { classes } = model.output;
    const probabilities: Record<string, number> = {};
    for (let place = 0; place < classes.length; place++) {
      const share = outputs[place] ?? Number.NaN;
      if (!Number.isFinite(share))
        throw new Problem('prediction-failed', 'The model answered with probabilities that are not numbers.');
      probabilities[classes[place] ?? ''] = share;
    }
    return { index, prediction: classes[model.decide(outputs)] ?? null, probabilities };
  }
}

function maxPlainRowsOf({ output }: CompiledModel): number {
  if (output.kind === 'number') return MAX_LOGGED_ROWS;
  const labels = output.classes.map((label) => JSON.stringify(label).length);
  const characters =
    CHARACTERS_PER_ROW +
    labels.reduce((sum, length) => sum + length + CHARACTERS_PER_SHARE, Math.max(0, ...labels));
  return output.classes.every((label) => storableText(label) === label)
    ? Math.min(MAX_LOGGED_ROWS, Math.floor(MAX_LOGGED_CHARACTERS / characters))
    : 0;
}

/** RFC 6901. */
function pointerTo(index: number, field: string): string {
  return `/rows/${index}/${field.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
