import type { Run } from '@modelwright/sdk';
import { gainOver } from '../shared/metrics/metric-words';

const STAGE_WORDS: Readonly<Record<string, string>> = {
  queue: 'Waiting for a free place',
  prepare: 'Preparing the container',
  load: 'Loading the table',
  split: 'Splitting off the hold-out',
  search: 'Trying candidates',
  ensemble: 'Combining the best',
  refit: 'Fitting the winner on all rows',
  evaluate: 'Evaluating on the hold-out',
  check: 'Looking for leaks',
  explain: 'Measuring importance',
  save: 'Saving the model',
  store: 'Storing and registering the model',
};
const PRESET_WORDS: Readonly<Record<string, string>> = {
  quick: 'Quick',
  balanced: 'Balanced',
  thorough: 'Thorough',
  custom: 'Custom',
};
const VALIDATION_WORDS: Readonly<Record<string, string>> = {
  random: 'Random rows',
  stratified: 'Random rows, same share of classes',
  grouped: 'Whole groups',
  time: 'Past to future',
  given: 'As a column says',
};

/** From the wish to stop until the run has ended. */
export const STOPPING = 'Stopping, keeping the best …';

export const stageWord = (stage: string): string => STAGE_WORDS[stage] ?? stage;
export const presetWord = (preset: string): string => PRESET_WORDS[preset] ?? preset;
export const validationWord = (strategy: string): string => VALIDATION_WORDS[strategy] ?? strategy;

export function isActive(run: Pick<Run, 'status'>): boolean {
  return run.status === 'queued' || run.status === 'running' || run.status === 'paused';
}

/** Whether the run has begun and not ended; a paused one has. */
export function isUnderWay(run: Pick<Run, 'status'> | undefined): boolean {
  return run?.status === 'running' || run?.status === 'paused';
}

const CLASS_WORDS: Readonly<Record<string, string>> = {
  interactive: 'Interactive',
  standard: 'Standard',
  batch: 'Batch',
};
const ENGINE_WORDS: Readonly<Record<string, string>> = {
  builtin: 'Built-in',
  flaml: 'FLAML',
  autogluon: 'AutoGluon',
};
const ORIGIN_WORDS: Readonly<Record<string, string>> = {
  extend: 'More time for',
  'fit-candidate': 'Fits a candidate of',
  reproduce: 'Repeats',
  study: 'Tunes a candidate of',
  'study-apply': 'Applies a trial of',
  import: 'Imported with',
};

export const classWord = (name: string): string => CLASS_WORDS[name] ?? name;
export const engineWord = (name: string): string => ENGINE_WORDS[name] ?? name;
/** How a run came about, before the name of the run it came from; empty for one that somebody set up. */
export const originWord = (origin: string): string => ORIGIN_WORDS[origin] ?? '';

/** How much the best candidate improves on always guessing; positive is better. */
export function gainOfBest(run: Run): number | null {
  return gainOver(run.bestScore, run.baselineScore, run.metric.greaterIsBetter);
}

const MIB_PER_GIB = 1024;

/** Memory as limits are spoken of: `485 MB`, `4 GB`, counted in powers of two like the limit itself. */
export function memoryText(mebibytes: number): string {
  if (mebibytes < MIB_PER_GIB) return `${Math.round(mebibytes)}\u202fMB`;
  return `${Number((mebibytes / MIB_PER_GIB).toPrecision(3))}\u202fGB`;
}

/** The next shorter preset, for another try after a failure. */
export function smallerPreset(preset: Run['preset']): Run['preset'] {
  return preset === 'thorough' ? 'balanced' : 'quick';
}
