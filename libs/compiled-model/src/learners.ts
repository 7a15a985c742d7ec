import type { DescriptionPart } from './description-part.js';
import type { ArrayTable } from './file-parts.js';
import { identity, logistic, logisticFloat32, softmax, softmaxFloat32, type Link } from './links.js';
import {
  checkNodes,
  sumNarrowFloat32,
  sumWide,
  valueReader,
  walker,
  type Nodes,
  type Walk,
} from './trees.js';
import type { WorkLimit } from './work-limit.js';

const MAX_OUTPUTS = 1000;
const MAX_DEPTH = 20;
const MAX_PARTS = 200;

/** A model of encoded features: writes `outputs.length` numbers. */
export interface Learner {
  readonly outputs: number;
  /** Whether it reads its features as float32. */
  readonly rounds: boolean;
  run(features: Float64Array, outputs: Float64Array): void;
}

export function makeLearner(
  part: DescriptionPart,
  arrays: ArrayTable,
  width: number,
  work: WorkLimit,
): Learner {
  switch (part.text('kind')) {
    case 'constant': {
      const outputs = part.count('outputs', 1, MAX_OUTPUTS);
      return new Constant(part.doubles('values', arrays, outputs));
    }
    case 'linear':
      return makeLinear(part, arrays, width, work);
    case 'mean':
      return makeMean(part, arrays, width, work);
    case 'trees':
      return makeTrees(part, arrays, width, work);
    case 'oblivious':
      return makeOblivious(part, arrays, width, work);
    default:
      return part.refuse('kind', 'a learner that is known here');
  }
}

/** The mean of several learners of the same features. */
class Mean implements Learner {
  readonly rounds: boolean;
  readonly outputs: number;
  private readonly values: Float64Array;

  constructor(
    private readonly parts: readonly Learner[],
    first: Learner,
  ) {
    this.rounds = first.rounds;
    this.outputs = first.outputs;
    this.values = new Float64Array(first.outputs);
  }

  run(features: Float64Array, outputs: Float64Array): void {
    const { parts, values } = this;
    outputs.fill(0);
    for (const part of parts) {
      part.run(features, values);
      for (let k = 0; k < outputs.length; k++) outputs[k] = (outputs[k] as number) + (values[k] as number);
    }
    for (let k = 0; k < outputs.length; k++) outputs[k] = (outputs[k] as number) / parts.length;
  }
}

function makeMean(part: DescriptionPart, arrays: ArrayTable, width: number, work: WorkLimit): Learner {
  const parts = part.parts('parts', MAX_PARTS).map((inner) => {
    if (inner.text('kind') === 'mean') inner.refuse('kind', 'a learner that may be part of a mean');
    return makeLearner(inner, arrays, width, work);
  });
  const [first] = parts;
  if (!first) return part.refuse('parts', 'a list of learners');
  if (parts.some((one) => one.outputs !== first.outputs || one.rounds !== first.rounds))
    part.refuse('parts', 'learners that answer alike');
  return new Mean(parts, first);
}

class Constant implements Learner {
  readonly rounds = false;
  readonly outputs: number;

  constructor(private readonly values: Float64Array) {
    this.outputs = values.length;
  }

  run(_features: Float64Array, outputs: Float64Array): void {
    outputs.set(this.values);
  }
}

class Linear implements Learner {
  readonly rounds = false;
  private readonly sums: Float64Array;

  constructor(
    private readonly weights: Float64Array,
    private readonly intercept: Float64Array,
    readonly outputs: number,
    private readonly link: Link,
  ) {
    this.sums = new Float64Array(intercept.length);
  }

  run(features: Float64Array, outputs: Float64Array): void {
    const { weights, sums } = this;
    const scores = sums.length;
    sums.fill(0);
    for (let i = 0; i < features.length; i++) {
      const value = features[i] as number;
      const start = i * scores;
      for (let k = 0; k < scores; k++) sums[k] = (sums[k] as number) + value * (weights[start + k] as number);
    }
    for (let k = 0; k < scores; k++) sums[k] = (sums[k] as number) + (this.intercept[k] as number);
    this.link(sums, outputs);
  }
}

function makeLinear(part: DescriptionPart, arrays: ArrayTable, width: number, work: WorkLimit): Learner {
  const scores = part.count('scores', 1, MAX_OUTPUTS);
  work.spend(scores * width);
  const weights = part.doubles('weights', arrays, width * scores);
  const intercept = part.doubles('intercept', arrays, scores);
  const { link, outputs } = linkOf(part, scores);
  return new Linear(weights, intercept, outputs, link);
}

/** Trees with one score and plain numeric tests: the common case, in one tight loop. */
class SingleScoreTrees implements Learner {
  private readonly score = new Float64Array(1);

  constructor(
    private readonly sum: (features: Float64Array) => number,
    private readonly divisor: number,
    readonly rounds: boolean,
    readonly outputs: number,
    private readonly link: Link,
  ) {}

  run(features: Float64Array, outputs: Float64Array): void {
    const sum = this.sum(features);
    this.score[0] = this.divisor === 1 ? sum : sum / this.divisor;
    this.link(this.score, outputs);
  }
}

/** Trees of any kind: several scores, leaves that are vectors, sets of categories. */
class GeneralTrees implements Learner {
  private readonly scores: Float64Array;
  private readonly valueOf: (node: number) => number;

  constructor(
    private readonly nodes: Nodes,
    private readonly roots: Int32Array,
    private readonly start: Float64Array,
    private readonly vectors: Float64Array | undefined,
    private readonly divisor: number,
    private readonly float32Sums: boolean,
    readonly rounds: boolean,
    readonly outputs: number,
    private readonly link: Link,
    private readonly walk: Walk = walker(nodes),
  ) {
    this.scores = new Float64Array(start.length);
    this.valueOf = valueReader(nodes);
  }

  run(features: Float64Array, outputs: Float64Array): void {
    const { scores, roots, divisor } = this;
    scores.set(this.start);
    if (this.vectors) this.addVectors(features, this.vectors);
    else {
      for (let tree = 0, k = 0; tree < roots.length; tree++, k = k + 1 === scores.length ? 0 : k + 1) {
        const sum = (scores[k] as number) + this.valueOf(this.walk(roots[tree] as number, features));
        scores[k] = this.float32Sums ? Math.fround(sum) : sum;
      }
    }
    if (divisor !== 1) for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] as number) / divisor;
    this.link(scores, outputs);
  }

  private addVectors(features: Float64Array, vectors: Float64Array): void {
    const { scores, roots } = this;
    const { words, stride } = this.nodes;
    const count = scores.length;
    for (let tree = 0; tree < roots.length; tree++) {
      const leaf = this.walk(roots[tree] as number, features);
      const first = (words[leaf * stride + 1] as number) * count;
      for (let k = 0; k < count; k++) scores[k] = (scores[k] as number) + (vectors[first + k] as number);
    }
  }
}

function makeTrees(part: DescriptionPart, arrays: ArrayTable, width: number, work: WorkLimit): Learner {
  const scores = part.count('scores', 1, MAX_OUTPUTS);
  const wide = part.text('layout') === 'wide';
  if (!wide && part.text('layout') !== 'narrow') part.refuse('layout', 'wide or narrow');
  const setWords = part.isNull('sets') ? 0 : part.count('setWords', 1, 100_000);
  const nodes: Nodes = {
    words: arrays.get(part.raw('nodes'), 'i32'),
    values: arrays.reinterpret(part.raw('nodes'), wide ? 'f64' : 'f32'),
    stride: wide ? 4 : 3,
    sets: setWords > 0 ? arrays.get(part.raw('sets'), 'i32') : undefined,
    setWords,
  };
  const vectors = part.isNull('vectors') ? undefined : part.doubles('vectors', arrays);
  const roots = arrays.get(part.raw('roots'), 'i32');
  work.spend(nodes.words.length);
  work.spend(checkNodes(nodes, roots, width, vectors && Math.floor(vectors.length / scores)));
  const start = part.doubles('start', arrays, scores);
  const divisor = part.isNull('divisor') ? 1 : part.number('divisor');
  const rounds = part.flag('float32Features');
  const float32Sums = part.flag('float32Sums');
  const { link, outputs } = linkOf(part, scores);
  if (scores === 1 && !nodes.sets && !vectors && wide !== float32Sums) {
    const first = start[0] as number;
    const sum = wide
      ? (x: Float64Array) => sumWide(nodes.words, nodes.values as Float64Array, roots, x, first)
      : (x: Float64Array) => sumNarrowFloat32(nodes.words, nodes.values as Float32Array, roots, x, first);
    return new SingleScoreTrees(sum, divisor, rounds, outputs, link);
  }
  return new GeneralTrees(nodes, roots, start, vectors, divisor, float32Sums, rounds, outputs, link);
}

/** Symmetric trees of CatBoost: the same test for a whole level, so that a leaf is found without branches. */
class Oblivious implements Learner {
  readonly rounds = true;
  private readonly sums: Float64Array;

  constructor(
    private readonly depths: Uint8Array,
    private readonly tests: Int32Array,
    private readonly borders: Float32Array,
    private readonly leaves: Float64Array,
    private readonly factor: number,
    private readonly bias: Float64Array,
    readonly outputs: number,
    private readonly link: Link,
  ) {
    this.sums = new Float64Array(bias.length);
  }

  run(features: Float64Array, outputs: Float64Array): void {
    const { depths, tests, borders, leaves, sums, bias, factor } = this;
    const scores = sums.length;
    sums.fill(0);
    for (let tree = 0, test = 0, first = 0; tree < depths.length; tree++) {
      const depth = depths[tree] as number;
      let index = 0;
      for (let bit = 0; bit < depth; bit++, test++)
        if ((features[tests[test] as number] as number) > (borders[test] as number)) index |= 1 << bit;
      const leaf = first + index * scores;
      for (let k = 0; k < scores; k++) sums[k] = (sums[k] as number) + (leaves[leaf + k] as number);
      first += scores << depth;
    }
    for (let k = 0; k < scores; k++) sums[k] = (sums[k] as number) * factor + (bias[k] as number);
    this.link(sums, outputs);
  }
}

function makeOblivious(part: DescriptionPart, arrays: ArrayTable, width: number, work: WorkLimit): Learner {
  const scores = part.count('scores', 1, MAX_OUTPUTS);
  const depths = arrays.get(part.raw('depths'), 'u8');
  const tests = part.places('features', arrays, 0, width);
  const borders = arrays.get(part.raw('borders'), 'f32');
  let testCount = 0;
  let leafCount = 0;
  for (const depth of depths) {
    if (depth > MAX_DEPTH) part.refuse('depths', `at most ${MAX_DEPTH}`);
    testCount += depth;
    leafCount += scores * 2 ** depth;
  }
  if (testCount !== tests.length || testCount !== borders.length)
    part.refuse('features', 'as many as its trees need');
  work.spend(testCount + depths.length * scores);
  const leaves = part.doubles('leaves', arrays, leafCount);
  const { link, outputs } = linkOf(part, scores);
  const bias = part.doubles('bias', arrays, scores);
  return new Oblivious(depths, tests, borders, leaves, part.number('factor'), bias, outputs, link);
}

function linkOf(part: DescriptionPart, scores: number): { link: Link; outputs: number } {
  const outputs = part.count('outputs', 1, MAX_OUTPUTS);
  const float32 = part.raw('float32Link') === true;
  switch (part.text('link')) {
    case 'identity':
      if (outputs !== scores) part.refuse('outputs', 'as many as its scores');
      return { link: identity, outputs };
    case 'logistic':
      if (outputs !== 2 || scores !== 1) part.refuse('outputs', 'two of one score');
      if (float32) return { link: logisticFloat32, outputs };
      return { link: logistic(part.isNull('limit') ? Infinity : part.number('limit')), outputs };
    case 'softmax':
      if (outputs !== scores) part.refuse('outputs', 'as many as its scores');
      return { link: float32 ? softmaxFloat32 : softmax, outputs };
    default:
      return part.refuse('link', 'a link that is known here');
  }
}
