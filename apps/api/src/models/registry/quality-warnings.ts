import type { ModelVersionEntity } from '../model.entity.js';
import type { RequiredCheck } from './registry.dto.js';

/** What somebody who lets a version answer callers has to know first; empty when nothing speaks against it. */
export function warningsAbout(
  { number, winner }: Pick<ModelVersionEntity, 'number' | 'winner'>,
  checks: readonly Pick<RequiredCheck, 'code' | 'label' | 'state' | 'required' | 'detail'>[],
): string[] {
  const isBaseline = winner.family === 'baseline';
  const guesses = `Version ${number} is a baseline: it always guesses the same, whatever the inputs are.`;
  const failing = checks.filter(
    ({ code, state, required }) =>
      // A baseline is never better than always guessing; that is said already.
      !(isBaseline && code === 'baseline') && (state === 'failed' || (state === 'not-tried' && required)),
  );
  return [...(isBaseline ? [guesses] : []), ...failing.map(sentenceOf)];
}

/** Labels of checks say what is good, so a sentence has to say first that it is not so. */
function sentenceOf({ label, state, detail }: Pick<RequiredCheck, 'label' | 'state' | 'detail'>): string {
  return `The check “${label}” ${state === 'failed' ? 'fails' : 'was not tried'}: ${detail}`;
}
