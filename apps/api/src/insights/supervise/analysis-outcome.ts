import type { ExitInfo } from '@modelwright/container-runtime';
import { AnalysisResult, type AnalysisKind, type InsightEvent } from '@modelwright/contracts';
import { readUntrusted, UntrustedFileError } from '../../training/supervise/untrusted-file.js';

const MAX_RESULT_BYTES = 8 * 1024 * 1024;

export type AnalysisOutcome =
  | { readonly status: 'succeeded'; readonly result: AnalysisResult }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly reason: string };

type Finished = Extract<InsightEvent, { type: 'finished' }>;

/** How an analysis ended, from exit code, memory flag, last event and what was asked for. */
export function outcomeOf(
  exit: ExitInfo,
  finished: Finished | undefined,
  asked: { cancelled: boolean; memoryMb: number; seconds: number },
): 'succeeded' | Exclude<AnalysisOutcome, { status: 'succeeded' }> {
  const failed = (reason: string) => ({ status: 'failed', reason }) as const;
  // One that won the race against its cancellation has succeeded.
  if (exit.exitCode === 0) return 'succeeded';
  if (asked.cancelled) return { status: 'cancelled' };
  switch (exit.reason) {
    case 'out-of-memory':
      return failed(
        `The analysis ran out of memory (limit ${asked.memoryMb} MB). Look at fewer rows, or have the operator raise EXECUTION_MAX_MEMORY_MB.`,
      );
    case 'time-limit':
      return failed(`The analysis did not end within ${asked.seconds} s. Look at fewer rows or columns.`);
    case 'killed':
    case 'terminated':
      return failed('The analysis was ended from outside, by an operator or by the engine. Ask again.');
    case 'crashed':
      return failed(`The analysis crashed. ${exit.message}`);
    case 'cannot-start':
      return failed(`The analysis could not be started. ${exit.message}`);
    case 'completed':
    case 'failed':
      if (finished?.outcome === 'cancelled')
        return failed('The analysis was asked to end from outside. Ask again.');
      return failed(finished?.reason ?? `The analysis failed: ${exit.message}`);
  }
}

/** Reads what a container left as its result; it is not trusted. */
export async function readResult(path: string, kind: AnalysisKind): Promise<AnalysisOutcome> {
  const failed = (reason: string) => ({ status: 'failed', reason }) as const;
  let json: unknown;
  try {
    const text = (await readUntrusted(path, MAX_RESULT_BYTES)).toString('utf8');
    // What Postgres cannot keep in JSON: NUL, written as an escape.
    json = JSON.parse(text.toWellFormed().replaceAll('\\u0000', ''));
  } catch (error) {
    if (error instanceof UntrustedFileError) return failed(`The result of the analysis ${error.message}.`);
    if (error instanceof SyntaxError) return failed('The result of the analysis is not JSON.');
    throw error;
  }
  const parsed = AnalysisResult.safeParse(json);
  if (parsed.success && parsed.data.kind === kind) return { status: 'succeeded', result: parsed.data };
  const issue = parsed.success ? undefined : parsed.error.issues[0];
  return failed(
    `The result of the analysis is malformed at /${issue?.path.join('/') ?? 'kind'}: ${issue?.message ?? 'another kind'}.`,
  );
}
