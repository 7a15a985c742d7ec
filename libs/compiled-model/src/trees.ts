import { CompiledModelError } from './compiled-model-error.js';

/** Flags in the head of an inner node; the rest of the head is the number of the feature. */
export const DEFAULT_LEFT = 1 << 24;
export const IN_SET = 1 << 25;
const FEATURE_MASK = (1 << 24) - 1;

/**
 * Nodes of trees: head, right child and value each, the left child directly behind its parent. `words` and `values`
 * are views of the same bytes; a wide node is 16 bytes with a float64 value, a narrow one 12 with a float32 value.
 */
export interface Nodes {
  readonly words: Int32Array;
  readonly values: Float64Array | Float32Array;
  /** 32-bit words of a node: 4 (wide) or 3 (narrow). */
  readonly stride: number;
  readonly sets: Int32Array | undefined;
  readonly setWords: number;
}

/** Walks one tree and returns the number of its leaf's node. */
export type Walk = (root: number, features: Float64Array) => number;

/**
 * Checks that every walk over these nodes stays inside them and comes to an end.
 * @returns the steps that walking all trees takes at most
 */
export function checkNodes(
  nodes: Nodes,
  roots: Int32Array,
  width: number,
  vectors: number | undefined,
): number {
  const count = nodes.words.length / nodes.stride;
  if (!Number.isInteger(count)) throw new CompiledModelError('The nodes of a tree do not fill their place.');
  const heights = new Int32Array(count);
  // Children lie behind their parents, so no walk can go round in a circle and heights follow from behind.
  for (let node = count - 1; node >= 0; node--) {
    const head = nodes.words[node * nodes.stride] as number;
    const right = nodes.words[node * nodes.stride + 1] as number;
    if (head < 0) {
      if (vectors !== undefined && (right < 0 || right >= vectors))
        throw new CompiledModelError('A leaf has no value.');
      continue;
    }
    if (right <= node + 1 || right >= count) throw new CompiledModelError('A node leads nowhere.');
    checkTest(nodes, node, head, width);
    heights[node] = 1 + Math.max(heights[node + 1] as number, heights[right] as number);
  }
  let steps = 0;
  for (const root of roots) {
    if (root < 0 || root >= count) throw new CompiledModelError('A tree has no root.');
    steps += (heights[root] as number) + 1;
  }
  return steps;
}

function checkTest(nodes: Nodes, node: number, head: number, width: number): void {
  if ((head & FEATURE_MASK) >= width || head >= IN_SET * 2)
    throw new CompiledModelError('A node asks for a feature that is not there.');
  if (head >= IN_SET) checkSet(valueAt(nodes, node), nodes.sets ? nodes.sets.length / nodes.setWords : 0);
}

function checkSet(value: number, sets: number): void {
  if (!Number.isInteger(value) || value < 0 || value + 1 > sets)
    throw new CompiledModelError('A node asks for a set that is not there.');
}

function valueAt(nodes: Nodes, node: number): number {
  return (nodes.stride === 4 ? nodes.values[node * 2 + 1] : nodes.values[node * 3 + 2]) as number;
}

export function valueReader(nodes: Nodes): (node: number) => number {
  const { values } = nodes;
  return nodes.stride === 4
    ? (node) => values[node * 2 + 1] as number
    : (node) => values[node * 3 + 2] as number;
}

/** Adds the leaves of all trees, one after the other; for a single score. */
export function sumWide(
  words: Int32Array,
  values: Float64Array,
  roots: Int32Array,
  x: Float64Array,
  start: number,
): number {
  let sum = start;
  for (let tree = 0; tree < roots.length; tree++) {
    let node = roots[tree] as number;
    let head = words[node * 4] as number;
    while (head >= 0) {
      const value = x[head & FEATURE_MASK] as number;
      if (value <= (values[node * 2 + 1] as number)) node += 1;
      else if (value === value || head < DEFAULT_LEFT) node = words[node * 4 + 1] as number;
      else node += 1;
      head = words[node * 4] as number;
    }
    sum += values[node * 2 + 1] as number;
  }
  return sum;
}

/** The same with narrow nodes, every sum rounded to float32 as XGBoost does. */
export function sumNarrowFloat32(
  words: Int32Array,
  values: Float32Array,
  roots: Int32Array,
  x: Float64Array,
  start: number,
): number {
  let sum = Math.fround(start);
  for (let tree = 0; tree < roots.length; tree++) {
    let node = (roots[tree] as number) * 3;
    let head = words[node] as number;
    while (head >= 0) {
      const value = x[head & FEATURE_MASK] as number;
      if (value <= (values[node + 2] as number)) node += 3;
      else if (value === value || head < DEFAULT_LEFT) node = (words[node + 1] as number) * 3;
      else node += 3;
      head = words[node] as number;
    }
    sum = Math.fround(sum + (values[node + 2] as number));
  }
  return sum;
}

/** Walks trees of any kind: either width, sets of categories, missing values. */
export function walker(nodes: Nodes): Walk {
  const { words, stride, sets, setWords } = nodes;
  const valueOf = valueReader(nodes);
  return (root, features) => {
    let node = root;
    let head = words[node * stride] as number;
    while (head >= 0) {
      const value = features[head & FEATURE_MASK] as number;
      let left: boolean;
      if (value !== value) left = (head & DEFAULT_LEFT) !== 0;
      else if (head >= IN_SET)
        left = sets !== undefined && isIn(sets, valueOf(node) * setWords, setWords, value);
      else left = value <= valueOf(node);
      node = left ? node + 1 : (words[node * stride + 1] as number);
      head = words[node * stride] as number;
    }
    return node;
  };
}

function isIn(sets: Int32Array, first: number, words: number, code: number): boolean {
  if (!(code >= 0 && code < words * 32)) return false;
  const whole = Math.trunc(code);
  return (((sets[first + (whole >> 5)] as number) >>> (whole & 31)) & 1) === 1;
}
