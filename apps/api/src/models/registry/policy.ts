import { ENOUGH_HOLDOUT_ROWS } from '../model-checks.js';
import { CHAMPION } from './alias-name.js';

/** Checks of the registry itself; rooms may add others (`ModelCheckRegistry`). */
export const BUILT_IN_CHECKS = [
  'artifact',
  'baseline',
  'findings',
  'champion',
  'latency',
  'agreement',
  'holdout-rows',
  'reproduced',
] as const;
export type BuiltInCheck = (typeof BUILT_IN_CHECKS)[number];

/** What a check has to say before a protected alias may move. */
export interface CheckRule {
  readonly code: string;
  /** Whether a version that fails it is refused. */
  readonly required: boolean;
  /** Milliseconds a row for `latency`, rows for `holdout-rows`; null or absent for none. */
  readonly limit?: number | null | undefined;
}

export interface PolicyDocument {
  /** Aliases that only move to versions whose required checks are ok or waived. */
  readonly protectedAliases: readonly string[];
  /** Rules that differ from the default. */
  readonly checks: readonly CheckRule[];
}

export type PolicyOrigin = 'default' | 'project' | 'model';

const DEFAULT_RULES: Readonly<Record<BuiltInCheck, CheckRule>> = {
  artifact: { code: 'artifact', required: true },
  baseline: { code: 'baseline', required: true },
  findings: { code: 'findings', required: true },
  champion: { code: 'champion', required: true },
  latency: { code: 'latency', required: true, limit: null },
  agreement: { code: 'agreement', required: false },
  'holdout-rows': { code: 'holdout-rows', required: false, limit: ENOUGH_HOLDOUT_ROWS },
  reproduced: { code: 'reproduced', required: false },
};

export const DEFAULT_POLICY: PolicyDocument = {
  protectedAliases: [CHAMPION],
  checks: Object.values(DEFAULT_RULES),
};

/** The rule of a check; one that nobody made a rule for is required, so that a new finding is not overlooked. */
export function ruleFor(policy: PolicyDocument, code: string): CheckRule {
  const own = policy.checks.find((rule) => rule.code === code);
  const usual = isBuiltIn(code) ? DEFAULT_RULES[code] : { code, required: true };
  return own ? { ...usual, ...own } : usual;
}

/** The policy with every built-in rule in it, in the order in which checks are shown. */
export function completePolicy(policy: PolicyDocument): PolicyDocument {
  const others = policy.checks.filter((rule) => !isBuiltIn(rule.code));
  return {
    protectedAliases: [...new Set(policy.protectedAliases)],
    checks: [...BUILT_IN_CHECKS.map((code) => ruleFor(policy, code)), ...others],
  };
}

function isBuiltIn(code: string): code is BuiltInCheck {
  return (BUILT_IN_CHECKS as readonly string[]).includes(code);
}
