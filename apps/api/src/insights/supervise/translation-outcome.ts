import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CompiledModel, CompiledModelError } from '@modelwright/compiled-model';
import type { ExitInfo } from '@modelwright/container-runtime';
import { z } from 'zod';
import { MAX_COMPILED_BYTES, MAX_REPORT_BYTES } from '../../models/compiled-forms.service.js';
import { readUntrusted, UntrustedFileError } from '../../training/supervise/untrusted-file.js';

const MAX_REASON = 1000;
/** Exit codes of `python -m runtime.compiling`. */
const COMPILED = 0;
const REFUSED = 3;
const UNREADABLE = 2;

const figure = z.number().nullable();
const common = { rowsChecked: z.number(), maxDifference: figure, tolerance: figure, seconds: figure };
const Report = z.discriminatedUnion('status', [
  z.object({
    ...common,
    status: z.literal('compiled'),
    reason: z.null(),
    sizeBytes: z.number().int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  z.object({ ...common, status: z.literal('refused'), reason: z.string().min(1).max(MAX_REASON) }),
]);
type Report = z.infer<typeof Report>;

export type TranslationOutcome =
  /** It was translated and checked, or cannot be: `bytes` is null, and the report says why. */
  | { readonly status: 'succeeded'; readonly bytes: Buffer | null; readonly report: Report }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly reason: string };

const failed = (reason: string) => ({ status: 'failed', reason }) as const;

/**
 * How a translation ended, from its exit code and what it left. Nothing of that is trusted: a compiled model counts if
 * it is the one that its report names, and passes the loader that every served one has to pass.
 */
export async function translationOutcome(
  exit: ExitInfo,
  workspace: string,
  asked: { cancelled: boolean; memoryMb: number; seconds: number },
): Promise<TranslationOutcome> {
  if (exit.exitCode === COMPILED || exit.exitCode === REFUSED) return readOutcome(workspace);
  if (asked.cancelled) return { status: 'cancelled' };
  switch (exit.reason) {
    case 'out-of-memory':
      return failed(
        `The translation ran out of memory (limit ${asked.memoryMb} MB). Have the operator raise EXECUTION_MAX_MEMORY_MB, and translate again.`,
      );
    case 'time-limit':
      return failed(
        `The translation did not end within ${asked.seconds} s. Translate again when less is going on.`,
      );
    case 'killed':
    case 'terminated':
      return failed(
        'The translation was ended from outside, by an operator or by the engine. Translate again.',
      );
    case 'cannot-start':
      return failed(`The translation could not be started. ${exit.message}`);
    default:
      return failed(
        exit.exitCode === UNREADABLE
          ? 'The saved model could not be read, so there is nothing to translate. Train it again, and check the disk.'
          : `The translation crashed. ${exit.message}`,
      );
  }
}

async function readOutcome(workspace: string): Promise<TranslationOutcome> {
  try {
    const text = (await readUntrusted(join(workspace, 'compiled.json'), MAX_REPORT_BYTES)).toString('utf8');
    // What Postgres cannot keep in JSON: NUL, written as an escape.
    const parsed = Report.safeParse(JSON.parse(text.toWellFormed().replaceAll('\\u0000', '')));
    if (!parsed.success) return failed('The report of the translation is malformed.');
    const report = parsed.data;
    if (report.status === 'refused') return { status: 'succeeded', bytes: null, report };
    return await readForm(workspace, report);
  } catch (error) {
    if (error instanceof UntrustedFileError) return failed(`What the translation left ${error.message}.`);
    if (error instanceof SyntaxError) return failed('The report of the translation is not JSON.');
    throw error;
  }
}

async function readForm(
  workspace: string,
  report: Extract<Report, { status: 'compiled' }>,
): Promise<TranslationOutcome> {
  const bytes = await readUntrusted(join(workspace, 'compiled.mwc'), MAX_COMPILED_BYTES);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== report.sizeBytes || sha256 !== report.sha256)
    return failed('The compiled form is not the one that its report names.');
  try {
    CompiledModel.load(bytes);
  } catch (error) {
    if (error instanceof CompiledModelError) return failed(`The compiled form is refused: ${error.message}`);
    throw error;
  }
  return { status: 'succeeded', bytes, report };
}
