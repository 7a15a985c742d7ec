import { setImmediate } from 'node:timers/promises';
import { CompiledModel, RowEncoder } from '@modelwright/compiled-model';
import type { CellValue, ModelContract } from '@modelwright/contracts';
import { Problem, type FieldError } from '../../platform/problems/problem.js';
import type { ModelServerAnswer } from '../../serving/model-servers.js';
import { PlainRows } from './plain-rows.js';

type Prediction = ModelServerAnswer['predictions'][number];

const MAX_ERRORS = 50;
/** As many as the log keeps of one call. */
const MAX_PLAIN_ROWS = 100;
/** Other requests get their turn after this long. */
const TURN_MS = 5;
const ROWS_BETWEEN_LOOKS = 64;

/** A compiled model that answers like a model server, inside this process. */
export class ServedModel {
  private readonly model: CompiledModel;
  private readonly encoder: RowEncoder;
  private readonly row: Float64Array;
  private readonly outputs: Float64Array;

  /** @throws CompiledModelError */
  constructor(bytes: Uint8Array) {
    this.model = CompiledModel.load(bytes);
    this.encoder = new RowEncoder(this.model);
    this.row = new Float64Array(this.model.inputs.length);
    this.outputs = new Float64Array(this.model.outputSize);
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
    if (rows.length === 0 || rows.length > MAX_PLAIN_ROWS) return undefined;
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

/** RFC 6901. */
function pointerTo(index: number, field: string): string {
  return `/rows/${index}/${field.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
