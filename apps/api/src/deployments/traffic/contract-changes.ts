import type { ContractInput, ModelContract } from '@modelwright/contracts';

export const CONTRACT_CHANGE_KINDS = [
  'input-added',
  'input-removed',
  'type-changed',
  'input-now-required',
  'missing-now-refused',
  'output-changed',
  'classes-changed',
] as const;

export interface ContractChange {
  readonly kind: (typeof CONTRACT_CHANGE_KINDS)[number];
  /** The input; null for what is predicted. */
  readonly field: string | null;
  readonly before: string | null;
  readonly after: string | null;
  /** Whether callers that were served until now may be refused, or may not understand the answer. */
  readonly breaks: boolean;
  readonly sentence: string;
}

/** What is different for callers between two versions; in the order of the contracts, what breaks first. */
export function contractChanges(before: ModelContract, after: ModelContract): ContractChange[] {
  const known = new Map(before.inputs.map((input) => [input.name, input]));
  const next = new Set(after.inputs.map(({ name }) => name));
  const changes = [
    ...after.inputs.flatMap((input) => {
      const old = known.get(input.name);
      return old ? inputChanges(old, input) : [added(input)];
    }),
    ...before.inputs.filter(({ name }) => !next.has(name)).map(removed),
    ...outputChanges(before, after),
  ];
  return changes.sort((one, other) => Number(other.breaks) - Number(one.breaks));
}

function added(input: ContractInput): ContractChange {
  const must = input.required ? 'every row must have it' : 'rows may leave it out';
  return {
    kind: 'input-added',
    field: input.name,
    before: null,
    after: input.type,
    breaks: input.required,
    sentence: `"${input.name}" (${input.type}) is new; ${must}.`,
  };
}

function removed(input: ContractInput): ContractChange {
  return {
    kind: 'input-removed',
    field: input.name,
    before: input.type,
    after: null,
    breaks: false,
    sentence: `"${input.name}" is not used any more; rows that still have it are answered with a note.`,
  };
}

function inputChanges(before: ContractInput, after: ContractInput): ContractChange[] {
  const field = after.name;
  const changes: ContractChange[] = [];
  if (before.type !== after.type)
    changes.push({
      kind: 'type-changed',
      field,
      before: before.type,
      after: after.type,
      breaks: !isWider(before.type, after.type),
      sentence: `"${field}" was ${before.type} and is ${after.type}.`,
    });
  if (!before.required && after.required)
    changes.push({
      kind: 'input-now-required',
      field,
      before: 'optional',
      after: 'required',
      breaks: true,
      sentence: `"${field}" could be left out and has to be there now.`,
    });
  if (before.nullable && !after.nullable)
    changes.push({
      kind: 'missing-now-refused',
      field,
      before: 'may be null',
      after: 'may not be null',
      breaks: true,
      sentence: `"${field}" could be null and may not be now.`,
    });
  return changes;
}

/** Whatever was a legal value of the one is a legal value of the other. */
function isWider(before: string, after: string): boolean {
  return before === 'integer' && after === 'number';
}

function outputChanges(before: ModelContract, after: ModelContract): ContractChange[] {
  const [old, next] = [before.output, after.output];
  const change = { field: null, breaks: true } as const;
  if (old.kind !== next.kind)
    return [
      {
        ...change,
        kind: 'output-changed',
        before: old.kind,
        after: next.kind,
        sentence: `Answers were a ${old.kind} and are a ${next.kind}.`,
      },
    ];
  const [was, is] = [classesOf(before), classesOf(after)];
  const same = was.length === is.length && was.every((label) => is.includes(label));
  if (same) return [];
  const [wasText, isText] = [was.join(', '), is.join(', ')];
  return [
    {
      ...change,
      kind: 'classes-changed',
      before: wasText,
      after: isText,
      sentence: `Answers were one of ${wasText} and are one of ${isText}.`,
    },
  ];
}

function classesOf({ output }: ModelContract): readonly string[] {
  return output.classes ?? [];
}
