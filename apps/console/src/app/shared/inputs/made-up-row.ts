import type { ContractInput, ModelContract } from '@modelwright/sdk';
import type { CellValue, Row } from './input-row';
import { slideTo, sliderRange } from './slider-range';

/** A number from 0 up to, but never, 1. */
export type Chance = () => number;

/**
 * A row that nobody ever sent: each value is drawn by itself as often as it came in training, so what belongs together
 * in real rows need not here. What the contract knows no distribution of keeps the value of the example.
 */
export function madeUpRow({ inputs, example }: ModelContract, chance: Chance = Math.random): Row {
  return Object.fromEntries(
    inputs.map((input) => [input.name, drawnValue(input, chance) ?? example[input.name] ?? null]),
  );
}

function drawnValue(input: ContractInput, chance: Chance): CellValue | undefined {
  switch (input.type) {
    case 'number':
    case 'integer':
      return drawnNumber(input, chance);
    case 'category':
      return drawnOne(input.categories ?? [], ({ count }) => count, chance)?.value;
    case 'boolean':
      return chance() < 0.5;
    case 'datetime':
      return drawnTime(input, chance);
    case 'text':
      return undefined;
  }
}

function drawnNumber(input: ContractInput, chance: Chance): number | undefined {
  const { edges, counts } = input.histogram ?? { edges: [], counts: [] };
  const bins = counts.map((count, index) => ({ count, low: edges[index] ?? 0, high: edges[index + 1] ?? 0 }));
  const range = sliderRange(input);
  const bin = drawnOne(bins, ({ count }) => count, chance) ?? (range && { low: range.min, high: range.max });
  if (!bin) return undefined;
  const value = bin.low + chance() * (bin.high - bin.low);
  return range ? slideTo(value, range) : input.type === 'integer' ? Math.round(value) : value;
}

/** In the writing of the example: a day stays a day. */
function drawnTime({ min, max, example }: ContractInput, chance: Chance): string | undefined {
  const [from, to] = [Date.parse(String(min)), Date.parse(String(max))];
  if (Number.isNaN(from) || Number.isNaN(to)) return undefined;
  const text = new Date(from + chance() * (to - from)).toISOString();
  return text.slice(0, typeof example === 'string' && example !== '' ? Math.min(example.length, 19) : 19);
}

function drawnOne<T>(items: readonly T[], weightOf: (item: T) => number, chance: Chance): T | undefined {
  let left = chance() * items.reduce((sum, item) => sum + weightOf(item), 0);
  return items.find((item) => (left -= weightOf(item)) < 0);
}
