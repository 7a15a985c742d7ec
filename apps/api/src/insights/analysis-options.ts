import { createHash } from 'node:crypto';
import { ANALYSIS_OPTIONS, type AnalysisKind } from '@modelwright/contracts';
import { Problem } from '../platform/problems/problem.js';
import type { WorkKind } from './translation.js';

/**
 * Options with their defaults, so that two ways to ask the same are the same.
 * @throws Problem `invalid-request` naming the option
 */
export function completeOptions(kind: AnalysisKind, options: unknown): Record<string, unknown> {
  const parsed = ANALYSIS_OPTIONS[kind].safeParse(options ?? {});
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', `The options do not fit the analysis "${kind}".`, {
    errors: parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
      pointer: `#/options${path.map((part) => `/${String(part)}`).join('')}`,
      detail: message,
    })),
  });
}

/** Names a question: the same one about the same model is answered once. */
export function optionsHash(
  kind: WorkKind,
  options: Record<string, unknown>,
  model: { readonly artifactSha256: string; readonly runtimeVersion: string },
): string {
  const question = canonical([kind, options, model.artifactSha256, model.runtimeVersion]);
  return createHash('sha256').update(question).digest('hex');
}

/** JSON whose keys are in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
