import type { RunEvent } from '@modelwright/contracts';
import type { ExitInfo } from '@modelwright/container-runtime';

const EXIT_CANCELLED = 3;

export type RunOutcome =
  | { readonly status: 'succeeded' }
  | { readonly status: 'cancelled' }
  | {
      readonly status: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly stage: string | null;
    };

interface Circumstances {
  readonly exit: ExitInfo;
  readonly finished: Extract<RunEvent, { type: 'finished' }> | undefined;
  readonly cancelRequested: boolean;
  readonly stage: string | null;
  readonly memoryMb: number;
  readonly budgetSeconds: number;
  /** Whether the disk of the workspaces has no room left. */
  readonly diskIsFull?: boolean;
  /** Why we ended the container ourselves, if we did. */
  readonly endedBecause: { readonly reason: string; readonly message: string } | undefined;
}

/** How a run ended, from exit code, memory flag, last event and what was asked for. The first that fits wins. */
export function outcomeOf(circumstances: Circumstances): RunOutcome {
  const { exit, finished, cancelRequested, stage, endedBecause } = circumstances;
  const failed = (reason: string, message: string, at = stage): RunOutcome => ({
    status: 'failed',
    reason,
    message,
    stage: at,
  });
  // A run that won the race against its cancellation has succeeded (R1).
  if (exit.exitCode === 0 && finished?.outcome === 'succeeded') return { status: 'succeeded' };
  if (endedBecause) return failed(endedBecause.reason, endedBecause.message);
  if (cancelRequested) return { status: 'cancelled' };
  if (exit.exitCode === EXIT_CANCELLED)
    return failed(
      'interrupted',
      'The trainer was asked to end from outside, probably because the engine was stopped. Start the run again.',
    );
  if (circumstances.diskIsFull && ['failed', 'crashed', 'completed'].includes(exit.reason))
    return failed('out-of-space', OUT_OF_SPACE);
  switch (exit.reason) {
    case 'out-of-memory':
      return failed('out-of-memory', outOfMemory(circumstances));
    case 'time-limit':
      return failed('time-limit', timeLimit(circumstances));
    case 'killed':
    case 'terminated':
      return failed(
        'killed',
        'The training container was ended from outside, by an operator or by the engine. Start the run again.',
      );
    case 'crashed':
      return failed(
        'crashed',
        `The trainer crashed. ${exit.message} Try fewer model families; the log says which was at work.`,
      );
    case 'cannot-start':
      return failed('cannot-start', `The training container could not be started. ${exit.message}`);
    case 'completed':
      return failed('no-result', 'The trainer ended without a result.');
    case 'failed':
      return failed(
        'trainer',
        finished?.reason ?? `The trainer failed: ${exit.message}`,
        finished?.stage ?? stage,
      );
  }
}

const OUT_OF_SPACE =
  'The disk is full, so the trainer could not go on. What it had found is kept below; make room and start the run again.';

function outOfMemory({ memoryMb }: Circumstances): string {
  return (
    `Training ran out of memory (limit ${memoryMb} MB). Use fewer columns, rows or model families, ` +
    'or have the operator raise EXECUTION_MAX_MEMORY_MB.'
  );
}

export function timeLimit({ budgetSeconds }: { budgetSeconds: number }): string {
  return `Training did not end within its budget of ${budgetSeconds} s and the time allowed on top. Choose a longer budget or fewer model families.`;
}
