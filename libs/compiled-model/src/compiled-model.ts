import { CompiledModelError } from './compiled-model-error.js';
import { DescriptionPart } from './description-part.js';
import { takeApart, type ArrayTable } from './file-parts.js';
import { makeLearner, type Learner } from './learners.js';
import { EMPTY_SLOT, makeStep, type SlotSpace, type Step } from './steps.js';
import { WorkLimit } from './work-limit.js';

export type InputType = 'number' | 'integer' | 'boolean' | 'category' | 'text' | 'datetime';

/** One column of a row. The code of a category is the place of its level; then come missing, and any other value. */
export interface ModelInput {
  readonly name: string;
  readonly type: InputType;
  readonly nullable: boolean;
  readonly levels: readonly string[];
}

export type ModelOutput =
  | { readonly kind: 'number' }
  | {
      readonly kind: 'class';
      readonly classes: readonly string[];
      /** Place of the positive class of two, and the probability from which it is predicted. */
      readonly positive: number | null;
      readonly threshold: number | null;
    };

export type Finish =
  | { readonly kind: 'number'; readonly exponential: boolean; readonly low: number; readonly high: number }
  | { readonly kind: 'class'; readonly places: readonly number[] };

interface Encoder {
  readonly steps: readonly Step[];
  readonly features: Float64Array;
  /** The features rounded to float32, for learners that read them so. */
  readonly rounded: Float64Array | undefined;
}

interface Member {
  readonly weight: number | null;
  readonly features: Float64Array;
  readonly learner: Learner;
  readonly values: Float64Array;
  readonly finish: Finish;
}

const FORMAT = 'modelwright-compiled-model';
const VERSION = 1;
const MAX_INPUTS = 20_000;
const MAX_LEVELS = 2_000_000;
const MAX_SLOTS = 1_000_000;
const MAX_MEMBERS = 500;
const MAX_STEPS = 100_000;
const MAX_CLASSES = 1000;
const TYPES: readonly string[] = ['number', 'integer', 'boolean', 'category', 'text', 'datetime'];

/**
 * A fitted pipeline as data. Loading checks everything there is to check, so that predicting cannot leave the model's
 * own arrays, throw, or run on without end, whatever the file holds. Not re-entrant: one row at a time.
 */
export class CompiledModel {
  readonly inputs: readonly ModelInput[];
  readonly output: ModelOutput;
  /** Numbers that `predictInto` writes: one, or a probability per class. */
  readonly outputSize: number;
  /** Bytes of the arrays: about what the model takes in memory. */
  readonly sizeBytes: number;
  private readonly slots: Float64Array;
  private readonly encoders: readonly Encoder[];
  private readonly members: readonly Member[];
  private readonly probes: { readonly inputs: Float64Array; readonly outputs: Float64Array } | undefined;
  private readonly tolerance: number;

  private constructor(description: DescriptionPart, arrays: ArrayTable, sizeBytes: number) {
    if (description.text('format') !== FORMAT) description.refuse('format', 'that of a compiled model');
    description.count('version', VERSION, VERSION);
    this.sizeBytes = sizeBytes;
    this.inputs = inputsOf(description);
    this.output = outputOf(description.part('output'));
    this.outputSize = this.output.kind === 'class' ? this.output.classes.length : 1;
    const size = description.count('slots', this.inputs.length, MAX_SLOTS);
    this.slots = new Float64Array(size).fill(EMPTY_SLOT);
    const work = new WorkLimit();
    const space = { inputs: this.inputs.length, size, levels: levelsOf(this.inputs) };
    const members = description.parts('members', MAX_MEMBERS);
    const rounding = members.map((member) => member.part('learner')).some(isRounding);
    this.encoders = description
      .parts('encoders', MAX_MEMBERS)
      .map((part) => makeEncoder(part, arrays, space, work, this.slots, rounding));
    this.members = members.map((part) => this.makeMember(part, arrays, work));
    if (this.members.length === 0) throw new CompiledModelError('The model has no members.');
    this.tolerance = description.number('tolerance');
    this.probes = description.isNull('probes')
      ? undefined
      : this.probesOf(description.part('probes'), arrays);
  }

  /** @throws CompiledModelError for anything but a sound file that answers its own probe rows as Python did */
  static load(bytes: Uint8Array): CompiledModel {
    const { description, arrays } = takeApart(bytes);
    const model = new CompiledModel(
      new DescriptionPart(description, 'The description'),
      arrays,
      bytes.byteLength,
    );
    model.requireProbes();
    return model;
  }

  /**
   * Predicts one encoded row, allocating nothing.
   * @param row one number per input (see `RowEncoder`)
   * @param outputs takes `outputSize` numbers: the prediction, or probabilities in the order of the classes
   */
  predictInto(row: Float64Array, outputs: Float64Array): void {
    const { slots } = this;
    for (let i = 0; i < this.inputs.length; i++) slots[i] = row[i] as number;
    for (const encoder of this.encoders) {
      for (const step of encoder.steps) step.run(slots);
      const { features, rounded } = encoder;
      if (rounded) for (let i = 0; i < rounded.length; i++) rounded[i] = Math.fround(features[i] as number);
    }
    for (let i = 0; i < this.outputSize; i++) outputs[i] = 0;
    for (const member of this.members) {
      member.learner.run(member.features, member.values);
      if (member.finish.kind === 'number') addNumber(member, member.finish, outputs);
      else addClasses(member, member.finish.places, outputs);
    }
  }

  /** The place of the predicted class among probabilities as `predictInto` gives them. */
  decide(outputs: Float64Array): number {
    if (this.output.kind === 'number') return 0;
    const { positive, threshold } = this.output;
    if (positive !== null && threshold !== null)
      return (outputs[positive] as number) >= threshold ? positive : 1 - positive;
    let best = 0;
    for (let i = 1; i < this.outputSize; i++)
      if ((outputs[i] as number) > (outputs[best] as number)) best = i;
    return best;
  }

  private makeMember(part: DescriptionPart, arrays: ArrayTable, work: WorkLimit): Member {
    const encoder = part.isNull('encoder')
      ? undefined
      : this.encoders[part.count('encoder', 0, this.encoders.length - 1)];
    const width = encoder?.features.length ?? 0;
    const learner = makeLearner(part.part('learner'), arrays, width, work);
    const features = (learner.rounds ? encoder?.rounded : encoder?.features) ?? new Float64Array(0);
    return {
      weight: part.isNull('weight') ? null : part.number('weight'),
      features,
      learner,
      values: new Float64Array(learner.outputs),
      finish: this.finishOf(part.part('finish'), learner.outputs),
    };
  }

  private finishOf(part: DescriptionPart, outputs: number): Finish {
    if (this.output.kind === 'number') {
      if (part.text('kind') !== 'number' || outputs !== 1) part.refuse('kind', 'a number');
      return {
        kind: 'number',
        exponential: part.flag('exponential'),
        low: part.number('low'),
        high: part.number('high'),
      };
    }
    const places = part.counts('places', MAX_CLASSES, this.outputSize - 1);
    if (part.text('kind') !== 'class' || places.length !== outputs)
      part.refuse('places', 'one for each output');
    return { kind: 'class', places };
  }

  private probesOf(part: DescriptionPart, arrays: ArrayTable) {
    const rows = part.count('rows', 0, 10_000);
    return {
      inputs: part.doubles('inputs', arrays, rows * this.inputs.length),
      outputs: part.doubles('outputs', arrays, rows * this.outputSize),
    };
  }

  private requireProbes(): void {
    if (!this.probes) return;
    const { inputs, outputs } = this.probes;
    const width = this.inputs.length;
    const found = new Float64Array(this.outputSize);
    for (let row = 0; row < inputs.length / width; row++) {
      this.predictInto(inputs.subarray(row * width, (row + 1) * width), found);
      const expected = outputs.subarray(row * this.outputSize, (row + 1) * this.outputSize);
      if (found.some((value, index) => this.differs(value, expected[index] as number)))
        throw new CompiledModelError('The model does not answer as it did when it was made.');
    }
  }

  private differs(value: number, expected: number): boolean {
    if (value === expected || (Number.isNaN(value) && Number.isNaN(expected))) return false;
    const scale = this.output.kind === 'class' ? 1 : Math.max(Math.abs(value), Math.abs(expected));
    return !(Math.abs(value - expected) <= Math.max(this.tolerance, 1e-9) * scale);
  }
}

function addNumber(member: Member, finish: Finish & { kind: 'number' }, outputs: Float64Array): void {
  let value = member.values[0] as number;
  if (finish.exponential) value = Math.expm1(Math.min(value, 700));
  if (value < finish.low) value = finish.low;
  if (value > finish.high) value = finish.high;
  outputs[0] = (outputs[0] as number) + (member.weight === null ? value : member.weight * value);
}

function addClasses(member: Member, places: readonly number[], outputs: Float64Array): void {
  const { weight, values } = member;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    const value = values[i] as number;
    outputs[place] = (outputs[place] as number) + (weight === null ? value : weight * value);
  }
}

/** Whether it reads float32; of a mean, whether its parts do, which are no means themselves. */
function isRounding(learner: DescriptionPart): boolean {
  const parts = learner.raw('kind') === 'mean' ? learner.parts('parts', MAX_MEMBERS) : [learner];
  return parts.some(roundsItself);
}

function roundsItself(learner: DescriptionPart): boolean {
  return learner.raw('float32Features') === true || learner.raw('kind') === 'oblivious';
}

function makeEncoder(
  part: DescriptionPart,
  arrays: ArrayTable,
  space: SlotSpace,
  work: WorkLimit,
  slots: Float64Array,
  rounding: boolean,
): Encoder {
  const width = part.count('width', 0, space.size - space.inputs);
  const first = part.count('first', space.inputs, space.size - width);
  work.spend(width);
  const steps = part.parts('steps', MAX_STEPS).map((step) => makeStep(step, arrays, space, work));
  return {
    steps,
    features: slots.subarray(first, first + width),
    rounded: rounding ? new Float64Array(width) : undefined,
  };
}

function inputsOf(description: DescriptionPart): ModelInput[] {
  const names = new Set<string>();
  const inputs = description.parts('inputs', MAX_INPUTS).map((part) => {
    const name = part.text('name');
    const type = part.text('type');
    if (names.has(name) || !isInputType(type)) return part.refuse('type', 'a column that is known here');
    names.add(name);
    return {
      name,
      type,
      nullable: part.flag('nullable'),
      levels: type === 'category' ? part.texts('levels', MAX_LEVELS) : [],
    };
  });
  if (inputs.length === 0) description.refuse('inputs', 'a list with columns');
  return inputs;
}

function isInputType(type: string): type is InputType {
  return TYPES.includes(type);
}

function levelsOf(inputs: readonly ModelInput[]): Map<number, number> {
  return new Map(
    inputs.flatMap((input, slot) =>
      input.type === 'category' ? [[slot, input.levels.length] as const] : [],
    ),
  );
}

function outputOf(part: DescriptionPart): ModelOutput {
  if (part.text('kind') === 'number') return { kind: 'number' };
  if (part.text('kind') !== 'class') part.refuse('kind', 'class or number');
  const classes = part.texts('classes', MAX_CLASSES);
  if (classes.length < 2) part.refuse('classes', 'at least two');
  const positive = part.isNull('positive') ? null : part.count('positive', 0, classes.length - 1);
  const threshold = part.isNull('threshold') ? null : part.number('threshold');
  if (threshold !== null && (positive === null || classes.length !== 2))
    part.refuse('threshold', 'of a positive class');
  return { kind: 'class', classes, positive, threshold };
}
