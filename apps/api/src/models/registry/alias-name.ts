import { z } from 'zod';

/** The alias that promotion moves when no other is named. */
export const CHAMPION = 'champion';

/** 1 to 50 lower-case letters, digits, `-`, `_` or `.`, beginning with a letter. */
export const ALIAS = /^[a-z][a-z0-9._-]{0,49}$/;
/** These read as a version and would make `model@v3` mean two things. */
const READS_AS_VERSION = /^(v\d+|latest)$/;

export const ALIAS_RULE =
  '1 to 50 lower-case letters, digits, "-", "_" or ".", beginning with a letter; not "latest" and not a version such as "v3".';

export function isAlias(text: string): boolean {
  return ALIAS.test(text) && !READS_AS_VERSION.test(text);
}

export const AliasName = z
  .string()
  .refine(isAlias, `An alias is ${ALIAS_RULE}`)
  .describe(`Name of the alias: ${ALIAS_RULE}`);

/** `churn@champion` taken apart. The alias has no `@`, the name of a model may. */
export function parseModelReference(reference: string): { model: string; alias: string } | undefined {
  const at = reference.lastIndexOf('@');
  const alias = reference.slice(at + 1);
  return at > 0 && isAlias(alias) ? { model: reference.slice(0, at), alias } : undefined;
}
