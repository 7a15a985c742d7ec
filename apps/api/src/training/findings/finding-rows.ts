import type { RunEventOf } from '@modelwright/contracts';
import type { RunWarning } from '../run.dto.js';
import type { FindingDecision, FindingPhase, FindingSeverity, RunFinding } from './finding.dto.js';

/** A doubt about the data, as it is stored. */
export interface NewFinding {
  readonly key: string;
  readonly phase: FindingPhase;
  readonly kind: string;
  readonly severity: FindingSeverity;
  readonly column: string | null;
  readonly sentence: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly foundAt: string;
}

export interface FindingRow extends NewFinding {
  readonly id: string;
}

const MAX_KEY = 1_000;

/** What is known before a run begins: the warnings of its plan that are doubts about the data. */
export function findingsOfPlan(warnings: readonly RunWarning[], at: Date): NewFinding[] {
  return warnings.flatMap((warning) =>
    warning.findingKey == null
      ? []
      : [
          {
            key: warning.findingKey.slice(0, MAX_KEY),
            phase: 'before' as const,
            kind: warning.code,
            severity: warning.severity === 'serious' ? ('blocking' as const) : warning.severity,
            column: warning.column ?? null,
            sentence: warning.detail,
            evidence: {},
            foundAt: at.toISOString(),
          },
        ],
  );
}

/** What the trainer found, as its events tell. */
export function findingOfEvent(event: RunEventOf<'finding'>): NewFinding {
  return {
    key: event.findingId.slice(0, MAX_KEY),
    phase: 'after',
    kind: event.kind,
    severity: event.severity,
    column: event.column ?? null,
    sentence: event.sentence,
    evidence: isRecord(event.evidence) ? event.evidence : {},
    foundAt: event.at,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names of the checks for people; a kind that is not listed is shown by its own name. */
const TITLES: Readonly<Record<string, string>> = {
  'target-leak': 'Gives the target away',
  identifier: 'Identifier',
  'duplicate-column': 'Repeats another column',
  'time-column-random-split': 'Folds mix past and future',
  single_feature_power: 'One column predicts almost everything',
  duplicates_across_split: 'Same rows on both sides of the split',
  time_order: 'Order in time',
  target_in_text: 'Words that give the class away',
  adversarial_validation: 'Hold-out looks different',
  holdout_gap: 'Hold-out disagrees with the folds',
  not_examined: 'Not everything was looked at',
};

export function findingTitle(kind: string): string {
  return TITLES[kind] ?? kind.replaceAll(/[_-]/g, ' ').replace(/^./, (first) => first.toUpperCase());
}

/** @param history what was decided on it, oldest first; the newest holds */
export function toFinding(row: FindingRow, history: readonly FindingDecision[]): RunFinding {
  const last = history.at(-1);
  const waiver = last?.decision === 'waived' ? last : null;
  return {
    id: row.id,
    key: row.key,
    phase: row.phase,
    kind: row.kind,
    title: findingTitle(row.kind),
    severity: row.severity,
    column: row.column,
    sentence: row.sentence,
    evidence: { ...row.evidence },
    foundAt: row.foundAt,
    state: waiver ? 'waived' : 'open',
    waiver,
    history: [...history],
  };
}

const RANKS: Readonly<Record<FindingSeverity, number>> = { blocking: 0, warning: 1, info: 2 };

export function byGravity(one: RunFinding, other: RunFinding): number {
  return RANKS[one.severity] - RANKS[other.severity] || (one.key < other.key ? -1 : 1);
}

export function isOpenAndBlocking(finding: RunFinding): boolean {
  return finding.severity === 'blocking' && finding.state === 'open';
}
