import type { ModelReproduction, ModelVersionSummary, RequiredCheck } from '@modelwright/sdk';
import type { StatusName } from '../../shared/ui/status';

interface Look {
  readonly status: StatusName;
  readonly label: string;
}

/** A check that fails without being required is worth a look, no more. */
export function checkLook({ state, required }: Pick<RequiredCheck, 'state' | 'required'>): Look {
  switch (state) {
    case 'ok':
      return { status: 'ok', label: 'Passed' };
    case 'waived':
      return { status: 'flagged', label: 'Waived' };
    case 'not-applicable':
      return { status: 'skipped', label: 'Does not apply' };
    case 'not-tried':
      return required
        ? { status: 'flagged', label: 'Not tried yet' }
        : { status: 'skipped', label: 'Not tried' };
    case 'failed':
      return required ? { status: 'failed', label: 'Failed' } : { status: 'flagged', label: 'Look at this' };
  }
}

export function reproductionLook({ verdict }: Pick<ModelReproduction, 'verdict'>): Look {
  switch (verdict) {
    case null:
      return { status: 'running', label: 'Training again' };
    case 'identical':
      return { status: 'ok', label: 'Identical' };
    case 'within_tolerance':
      return { status: 'ok', label: 'Within tolerance' };
    case 'different':
      return { status: 'flagged', label: 'Different' };
    case 'cancelled':
      return { status: 'cancelled', label: 'Cancelled' };
  }
}

/** What an alias may be called; the server has the last word. */
export function aliasProblem(alias: string): string | undefined {
  if (alias === '') return 'Give the alias a name.';
  if (/^(v\d+|latest)$/.test(alias)) return 'That reads like a version. Choose another name.';
  if (!/^[a-z][a-z0-9._-]{0,49}$/.test(alias))
    return 'Lower-case letters, digits, hyphens, dots and underscores, beginning with a letter.';
  return undefined;
}

/** The words that stand for a check in the rules, where no version is there to explain it. */
export const CHECK_NAMES: Readonly<Record<string, string>> = {
  artifact: 'Artifact is what was made',
  baseline: 'Better than always guessing',
  findings: 'No open blocking finding',
  champion: 'Not worse than the present champion',
  latency: 'Fast enough',
  agreement: 'Hold-out agrees with cross-validation',
  'holdout-rows': 'Enough held-out rows',
  reproduced: 'Comes out again when trained again',
};

/** What lists of models count: the checks that the figures of a version answer by themselves. */
export const OWN_CHECKS_MEANING =
  'Of the checks that need nothing but the version itself: artifact, baseline, hold-out against folds, number of held-out rows. The tab Checks has all of them.';

export function ownChecksText({ passed, total }: ModelVersionSummary['checksSummary']): string {
  return `${passed} of ${total} on its figures`;
}

const COUNTED: readonly (readonly [RequiredCheck['state'], string, string])[] = [
  ['ok', 'passed', 'passed'],
  ['failed', 'failed', 'failed'],
  ['waived', 'waived', 'waived'],
  ['not-tried', 'not tried', 'not tried'],
  ['not-applicable', 'does not apply', 'do not apply'],
];

/** All checks by how they came out, and how many of them lists count. */
export function checksTally(
  checks: readonly Pick<RequiredCheck, 'state'>[],
  { checksSummary: own, openFindings }: Pick<ModelVersionSummary, 'checksSummary' | 'openFindings'>,
): string {
  const parts = COUNTED.flatMap(([state, one, several]) => {
    const count = checks.filter((check) => check.state === state).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : several}`];
  });
  const tally = `${checks.length} checks: ${parts.join(', ')}.`;
  // Lists then tell of the findings instead.
  if (openFindings > 0) return tally;
  return `${tally} In lists of models the version stands with ${own.passed} of ${own.total}: only the checks that need nothing but its own figures are counted there.`;
}
