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
};

export const stageWord = (stage: string): string => STAGE_WORDS[stage] ?? stage;
export const presetWord = (preset: string): string => PRESET_WORDS[preset] ?? preset;
export const validationWord = (strategy: string): string => VALIDATION_WORDS[strategy] ?? strategy;

export function isActive(run: Pick<Run, 'status'>): boolean {
  return run.status === 'queued' || run.status === 'running';
}

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
