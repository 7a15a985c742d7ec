import { DAYS, dateParts } from './calendar.js';
import type { DescriptionPart } from './description-part.js';
import type { ArrayTable } from './file-parts.js';
import type { WorkLimit } from './work-limit.js';

/** One step of an encoder: reads some slots, writes others. Checked when made, so running it checks nothing. */
export interface Step {
  run(slots: Float64Array): void;
}

export interface SlotSpace {
  /** Slots that hold the row; steps may not write there. */
  readonly inputs: number;
  readonly size: number;
  /** Levels of each category input, by slot. */
  readonly levels: ReadonlyMap<number, number>;
}

const DATE_PARTS = 6;
const MISSING = Number.NaN;

export function makeStep(part: DescriptionPart, arrays: ArrayTable, space: SlotSpace, work: WorkLimit): Step {
  switch (part.text('op')) {
    case 'copy':
      return new Copy(
        pairOf(part, arrays, space, work),
        part.isNull('limit') ? Infinity : part.number('limit'),
      );
    case 'date':
      return makeDate(part, arrays, space, work);
    case 'hours':
      return new Hours(
        part.count('start', 0, space.inputs - 1),
        part.count('end', 0, space.inputs - 1),
        part.count('to', space.inputs, space.size - 1),
      );
    case 'standardize':
      return makeStandardize(part, arrays, space, work);
    case 'missing':
      return new Missing(pairOf(part, arrays, space, work));
    case 'hinge': {
      const pair = pairOf(part, arrays, space, work);
      return new Hinge(pair, part.doubles('knot', arrays, pair.to.length));
    }
    case 'fill': {
      const pair = pairOf(part, arrays, space, work);
      return new Fill(pair, part.doubles('value', arrays, pair.to.length));
    }
    case 'lookup':
      return makeLookup(part, arrays, space, work);
    case 'product':
      return new Product(operandsOf(part, arrays, space, work));
    case 'difference':
      return new Difference(operandsOf(part, arrays, space, work));
    default:
      return part.refuse('op', 'a step that is known here');
  }
}

interface Pair {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

function pairOf(part: DescriptionPart, arrays: ArrayTable, space: SlotSpace, work: WorkLimit): Pair {
  const from = part.places('from', arrays, 0, space.size);
  const to = part.places('to', arrays, space.inputs, space.size);
  if (from.length !== to.length) part.refuse('to', 'as long as what it is made from');
  work.spend(to.length);
  return { from, to };
}

class Copy implements Step {
  constructor(
    private readonly pair: Pair,
    private readonly limit: number,
  ) {}

  run(slots: Float64Array): void {
    const { from, to } = this.pair;
    const { limit } = this;
    for (let i = 0; i < to.length; i++) {
      const value = slots[from[i] as number] as number;
      // Both comparisons are false for NaN, which stays.
      slots[to[i] as number] = value > limit ? limit : value < -limit ? -limit : value;
    }
  }
}

class DateParts implements Step {
  private readonly parts = new Float64Array(DATE_PARTS);

  constructor(
    private readonly from: number,
    private readonly wanted: Int32Array,
    private readonly to: Int32Array,
  ) {}

  run(slots: Float64Array): void {
    dateParts(slots[this.from] as number, this.parts);
    for (let i = 0; i < this.to.length; i++)
      slots[this.to[i] as number] = this.parts[this.wanted[i] as number] as number;
  }
}

function makeDate(part: DescriptionPart, arrays: ArrayTable, space: SlotSpace, work: WorkLimit): Step {
  const wanted = part.places('parts', arrays, 0, DAYS + 1);
  const to = part.places('to', arrays, space.inputs, space.size);
  if (wanted.length !== to.length) part.refuse('to', 'as long as its parts');
  work.spend(20 + to.length);
  return new DateParts(part.count('from', 0, space.inputs - 1), wanted, to);
}

class Hours implements Step {
  constructor(
    private readonly start: number,
    private readonly end: number,
    private readonly to: number,
  ) {}

  run(slots: Float64Array): void {
    slots[this.to] = ((slots[this.end] as number) - (slots[this.start] as number)) / 3600;
  }
}

class Standardize implements Step {
  constructor(
    private readonly pair: Pair,
    private readonly logged: Uint8Array,
    private readonly fill: Float64Array,
    private readonly mean: Float64Array,
    private readonly scale: Float64Array,
    private readonly limit: number,
  ) {}

  run(slots: Float64Array): void {
    const { from, to } = this.pair;
    const { logged, fill, mean, scale, limit } = this;
    for (let i = 0; i < to.length; i++) {
      let value = slots[from[i] as number] as number;
      if (value !== value) value = fill[i] as number;
      else if (logged[i] !== 0) value = Math.sign(value) * Math.log1p(Math.abs(value));
      value = (value - (mean[i] as number)) / (scale[i] as number);
      slots[to[i] as number] = value > limit ? limit : value < -limit ? -limit : value;
    }
  }
}

function makeStandardize(part: DescriptionPart, arrays: ArrayTable, space: SlotSpace, work: WorkLimit): Step {
  const pair = pairOf(part, arrays, space, work);
  const count = pair.to.length;
  const logged = arrays.get(part.raw('logged'), 'u8');
  if (logged.length !== count) part.refuse('logged', 'as long as its columns');
  return new Standardize(
    pair,
    logged,
    part.doubles('fill', arrays, count),
    part.doubles('mean', arrays, count),
    part.doubles('scale', arrays, count),
    part.number('limit'),
  );
}

class Missing implements Step {
  constructor(private readonly pair: Pair) {}

  run(slots: Float64Array): void {
    const { from, to } = this.pair;
    for (let i = 0; i < to.length; i++) {
      const value = slots[from[i] as number] as number;
      slots[to[i] as number] = value !== value ? 1 : 0;
    }
  }
}

class Hinge implements Step {
  constructor(
    private readonly pair: Pair,
    private readonly knots: Float64Array,
  ) {}

  run(slots: Float64Array): void {
    const { from, to } = this.pair;
    for (let i = 0; i < to.length; i++) {
      const value = (slots[from[i] as number] as number) - (this.knots[i] as number);
      slots[to[i] as number] = value < 0 ? 0 : value;
    }
  }
}

class Fill implements Step {
  constructor(
    private readonly pair: Pair,
    private readonly values: Float64Array,
  ) {}

  run(slots: Float64Array): void {
    const { from, to } = this.pair;
    for (let i = 0; i < to.length; i++) {
      const value = slots[from[i] as number] as number;
      slots[to[i] as number] = value !== value ? (this.values[i] as number) : value;
    }
  }
}

class Lookup implements Step {
  private readonly rows: number;

  constructor(
    private readonly from: number,
    private readonly to: number,
    private readonly width: number,
    private readonly table: Float64Array,
  ) {
    this.rows = table.length / width;
  }

  run(slots: Float64Array): void {
    const { width, table, to } = this;
    const value = slots[this.from] as number;
    // Anything that is no code counts as a value that was not seen in training.
    const code = value >= 0 && value < this.rows ? Math.trunc(value) : this.rows - 1;
    const start = code * width;
    for (let i = 0; i < width; i++) slots[to + i] = table[start + i] as number;
  }
}

function makeLookup(part: DescriptionPart, arrays: ArrayTable, space: SlotSpace, work: WorkLimit): Step {
  const from = part.count('from', 0, space.inputs - 1);
  const width = part.count('width', 1, space.size);
  const to = part.count('to', space.inputs, space.size - width);
  const levels = space.levels.get(from);
  if (levels === undefined) part.refuse('from', 'a column of categories');
  work.spend(width);
  return new Lookup(from, to, width, part.doubles('table', arrays, ((levels ?? 0) + 2) * width));
}

interface Operands {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly to: Int32Array;
}

function operandsOf(part: DescriptionPart, arrays: ArrayTable, space: SlotSpace, work: WorkLimit): Operands {
  const left = part.places('left', arrays, 0, space.size);
  const right = part.places('right', arrays, 0, space.size);
  const to = part.places('to', arrays, space.inputs, space.size);
  if (left.length !== to.length || right.length !== to.length)
    part.refuse('to', 'as long as what it is made from');
  work.spend(to.length);
  return { left, right, to };
}

class Product implements Step {
  constructor(private readonly operands: Operands) {}

  run(slots: Float64Array): void {
    const { left, right, to } = this.operands;
    for (let i = 0; i < to.length; i++)
      slots[to[i] as number] = (slots[left[i] as number] as number) * (slots[right[i] as number] as number);
  }
}

class Difference implements Step {
  constructor(private readonly operands: Operands) {}

  run(slots: Float64Array): void {
    const { left, right, to } = this.operands;
    for (let i = 0; i < to.length; i++)
      slots[to[i] as number] = (slots[left[i] as number] as number) - (slots[right[i] as number] as number);
  }
}

/** What a slot holds when nothing was written to it. */
export const EMPTY_SLOT = MISSING;
