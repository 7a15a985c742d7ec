import type { AnalysisResult } from '@modelwright/contracts';
import type { ModelRegistry } from '../../models/registry/registry.service.js';
import type { CardBlock } from './card-document.js';

/** What people have looked into after training; each part only where somebody has. */
export interface CardTrust {
  readonly required: Awaited<ReturnType<ModelRegistry['promotion']>>['checks'];
  readonly analyses: readonly AnalysisResult[];
}

type ResultOf<K extends AnalysisResult['kind']> = Extract<AnalysisResult, { kind: K }>;

const MAX_SEGMENTS = 10;
const MAX_GROUPS = 20;

const STATE_WORDS: Readonly<Record<CardTrust['required'][number]['state'], string>> = {
  ok: 'passed',
  failed: 'failed',
  'not-tried': 'not tried',
  waived: 'waived',
  'not-applicable': 'does not apply',
};

/** Those that say something about this version. */
export function checksOf(required: CardTrust['required']): CardTrust['required'] {
  return required.filter(({ state }) => state !== 'not-applicable');
}

/** Checks of the registry with the reasons for which one was waived. */
export function requiredChecks({ required }: CardTrust): CardBlock[] {
  const known = checksOf(required);
  if (known.length === 0) return [];
  return [
    { kind: 'heading', text: 'Checks' },
    {
      kind: 'table',
      columns: ['Check', 'Result', 'Required to be champion', 'What was found'],
      numbersFrom: 4,
      rows: known.map(({ label, state, required: asked, detail }) => [
        label,
        STATE_WORDS[state],
        asked ? 'yes' : 'no',
        detail,
      ]),
    },
    ...known.flatMap(({ label, waiver }) =>
      waiver
        ? [
            {
              kind: 'text',
              text: `“${label}” was waived by ${waiver.by ?? 'somebody who has left'} on ${waiver.at.slice(0, 10)}: ${waiver.reason}`,
            } as const,
          ]
        : [],
    ),
  ];
}

/** Where it is worse than elsewhere. */
export function segments({ analyses }: CardTrust): CardBlock[] {
  const found = analyses.find((result): result is ResultOf<'segments'> => result.kind === 'segments');
  if (!found) return [];
  const confirmed = found.segments.filter((segment) => segment.confirmed).slice(0, MAX_SEGMENTS);
  const measure = found.measure === 'error_rate' ? 'share of wrong rows' : 'mean absolute error';
  return [
    { kind: 'heading', text: 'Where it fails' },
    {
      kind: 'text',
      text:
        confirmed.length === 0
          ? `${found.searched.toLocaleString('en')} segments were searched; none is clearly worse than the other rows.`
          : `Of ${found.searched.toLocaleString('en')} segments these are clearly worse, measured on ${found.confirmationRows.toLocaleString('en')} other rows than those they were found on (Holm, 5 %). Over all of them the ${measure} is ${figure(found.overall.value)}.`,
    },
    ...(confirmed.length === 0
      ? []
      : [
          {
            kind: 'table',
            columns: ['Segment', measure, '95 % interval', 'Rows measured'],
            numbersFrom: 1,
            rows: confirmed.map(({ text, value, low, high, confirmationRows }) => [
              text,
              figure(value),
              between(low, high),
              confirmationRows.toLocaleString('en'),
            ]),
          } as const,
        ]),
  ];
}

/** How it treats groups, for each column that was asked about. */
export function fairness({ analyses }: CardTrust): CardBlock[] {
  const found = analyses.filter((result): result is ResultOf<'fairness'> => result.kind === 'fairness');
  if (found.length === 0) return [];
  return [{ kind: 'heading', text: 'How it treats groups' }, ...found.flatMap(groupsOf)];
}

function groupsOf(result: ResultOf<'fairness'>): CardBlock[] {
  const gaps = result.widest.filter(({ ratio }) => ratio !== null);
  return [
    {
      kind: 'text',
      text: `Groups of ${result.column}, which the model ${result.usedByModel ? 'looks at' : 'does not see'}${result.positiveClass === null ? '' : `; selected means ${result.positiveClass}`}. Groups with fewer than ${result.minGroupSize} rows are listed and not compared.`,
    },
    {
      kind: 'table',
      columns: ['Group', 'Rows', ...result.measures.map(words)],
      numbersFrom: 1,
      rows: result.groups
        .slice(0, MAX_GROUPS)
        .map(({ group, rows, tooSmall, measures }) => [
          tooSmall ? `${group} (too few rows)` : group,
          rows.toLocaleString('en'),
          ...result.measures.map((name) =>
            figure(measures.find(({ measure }) => measure === name)?.value ?? null),
          ),
        ]),
    },
    ...gaps.map(
      ({ measure, lowest, highest, ratio }) =>
        ({
          kind: 'text',
          text: `Widest gap in ${words(measure)}: ${lowest} is at ${figure(ratio)} of ${highest}.`,
        }) as const,
    ),
  ];
}

function words(name: string): string {
  return name.replaceAll('_', ' ');
}

function between(low: number | null, high: number | null): string {
  return low === null || high === null ? 'unknown' : `${figure(low)} to ${figure(high)}`;
}

function figure(value: number | null): string {
  return value === null
    ? 'unknown'
    : Number(value.toPrecision(4)).toLocaleString('en', { maximumSignificantDigits: 4 });
}
