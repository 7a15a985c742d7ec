import type { ModelContract } from '@modelwright/contracts';
import type { BatchResults } from '../batch-job.dto.js';
import type { AddedColumns } from '../scoring/scoring-task.js';
import type { AnswerRules } from '../../deployments/predict/answer-rules.js';

interface NamedColumn {
  readonly name: string;
  readonly role: string;
}

/** Columns of the table that go into the output, in the order of the table. */
export function keptColumns(
  table: readonly NamedColumn[],
  wanted: BatchResults['columns'],
): { readonly kept: string[]; readonly unknown: string[] } {
  if (wanted === 'all') return { kept: table.map(({ name }) => name), unknown: [] };
  if (wanted === 'none') return { kept: [], unknown: [] };
  if (wanted === 'identifiers') return { kept: identifiersOf(table), unknown: [] };
  const names = new Set(wanted);
  const kept = table.map(({ name }) => name).filter((name) => names.delete(name));
  return { kept, unknown: [...names] };
}

export function identifiersOf(table: readonly NamedColumn[]): string[] {
  return table.filter(({ role }) => role === 'identifier').map(({ name }) => name);
}

/** Names for what is added; one that the table has already gets a number. */
export function addedColumns(
  contract: ModelContract,
  rules: AnswerRules,
  wanted: BatchResults,
  kept: readonly string[],
): AddedColumns {
  const free = freeNames(kept);
  const classes = contract.output.kind === 'class' ? (contract.output.classes ?? []) : [];
  return {
    prediction: free('prediction'),
    probabilities: wanted.probabilities
      ? classes.map((label) => ({ label, name: free(`probability ${label}`) }))
      : [],
    interval:
      wanted.intervals && rules.interval !== null
        ? { low: free('prediction low'), high: free('prediction high') }
        : null,
    notes: wanted.notes ? free('notes') : null,
    error: wanted.onBadRow === 'continue' ? free('error') : null,
  };
}

/** Columns are told apart whatever their case, as the table engine does. */
function freeNames(taken: readonly string[]): (name: string) => string {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  return (name) => {
    let free = name;
    for (let number = 2; used.has(free.toLowerCase()); number++) free = `${name} ${number}`;
    used.add(free.toLowerCase());
    return free;
  };
}
