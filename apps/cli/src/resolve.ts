/** Names or ids: whichever the person has. */
import { CliError, usageError } from './cli-error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isId = (text: string): boolean => UUID.test(text);

export interface Choice<T> {
  /** What is looked for, as in `dataset`. */
  readonly kind: string;
  readonly byId: (id: string) => Promise<T>;
  readonly all: () => Promise<readonly T[]>;
  readonly namesOf: (item: T) => readonly string[];
  /** One line that tells items of the same name apart. */
  readonly describe: (item: T) => string;
}

/**
 * The one thing that a reference means.
 * @throws CliError exit code 2 with the candidates when a name means several things, 1 when it means none
 */
export async function resolve<T>(reference: string, choice: Choice<T>): Promise<T> {
  if (isId(reference)) return choice.byId(reference);
  const all = await choice.all();
  const exact = all.filter((item) => choice.namesOf(item).includes(reference));
  const wanted = reference.toLowerCase();
  const found =
    exact.length > 0
      ? exact
      : all.filter((item) => choice.namesOf(item).some((name) => name.toLowerCase() === wanted));
  const [only, ...others] = found;
  if (only === undefined) throw unknown(reference, choice, all);
  if (others.length > 0) throw ambiguous(reference, choice, found);
  return only;
}

function ambiguous<T>(reference: string, choice: Choice<T>, found: readonly T[]): CliError {
  const candidates = found.map((item) => `- ${choice.describe(item)}`).join('\n');
  const error = usageError(`"${reference}" names ${found.length} ${choice.kind}s`, 'use one of the ids');
  return new CliError(error.message, { ...error.details, code: 'ambiguous-name', detail: candidates });
}

function unknown<T>(reference: string, choice: Choice<T>, all: readonly T[]): CliError {
  const names = all.slice(0, 10).map((item) => `- ${choice.describe(item)}`);
  const rest = all.length > names.length ? [`… and ${all.length - names.length} more`] : [];
  return new CliError(`There is no ${choice.kind} "${reference}"`, {
    code: 'unknown-name',
    detail:
      all.length === 0
        ? `There are no ${choice.kind}s here yet.`
        : ['There are:', ...names, ...rest].join('\n'),
    advice: 'use a name or an id from the list; --project says in which project to look',
  });
}
