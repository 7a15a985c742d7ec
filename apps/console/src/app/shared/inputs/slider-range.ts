import type { ContractInput } from '@modelwright/sdk';

export interface SliderRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

const STEPS = 200;

/** The training range with a round step; undefined where there is no range to slide in. */
export function sliderRange(input: ContractInput): SliderRange | undefined {
  const { min, max } = input;
  if (input.type !== 'number' && input.type !== 'integer') return undefined;
  if (typeof min !== 'number' || typeof max !== 'number' || !(max > min)) return undefined;
  if (input.type === 'integer') return { min, max, step: Math.max(1, roundStep((max - min) / STEPS)) };
  return { min, max, step: roundStep((max - min) / STEPS) };
}

/** The power of ten at or below `width`. */
function roundStep(width: number): number {
  return 10 ** Math.floor(Math.log10(width));
}

/** A slider's position as a value: on the step's grid, inside the range, without floating-point dust. */
export function slideTo(value: number, { min, max, step }: SliderRange): number {
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Math.min(max, Math.max(min, Number((Math.round(value / step) * step).toFixed(digits))));
}
