import type { ExitInfo, ExitReason } from './container.types.js';

/** What the engine tells about an ended container, plus the limits it ran under. */
export interface ExitFacts {
  exitCode: number;
  oomKilled: boolean;
  /** The engine's own words when the process could not be started. */
  engineError?: string;
  startedAt: Date | null;
  finishedAt: Date | null;
  memoryMb: number | null;
  timeoutSeconds: number | null;
}

const SIGNAL_BASE = 128;
const SIGKILL = 9;
const SIGTERM = 15;
const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  2: 'SIGINT',
  4: 'SIGILL (illegal instruction)',
  6: 'SIGABRT (aborted)',
  7: 'SIGBUS (bus error)',
  8: 'SIGFPE (arithmetic error)',
  11: 'SIGSEGV (segmentation fault)',
  25: 'SIGXFSZ (file-size limit)',
  31: 'SIGSYS (forbidden system call)',
};

/**
 * Reads exit code, memory flag and clock together. The memory flag alone means only that *something* in the container
 * was killed for memory: a program that lost a child and then ended well has completed.
 */
export function explainExit(facts: ExitFacts): ExitInfo {
  const { exitCode, oomKilled, startedAt, finishedAt } = facts;
  const reason = exitReason(facts);
  return { exitCode, oomKilled, reason, message: exitMessage(reason, facts), startedAt, finishedAt };
}

function exitReason(facts: ExitFacts): ExitReason {
  const { exitCode, oomKilled } = facts;
  if (facts.startedAt === null || facts.engineError) return 'cannot-start';
  if (exitCode === 0) return 'completed';
  if (oomKilled) return 'out-of-memory';
  if (exitCode === SIGNAL_BASE + SIGKILL) return pastTimeLimit(facts) ? 'time-limit' : 'killed';
  if (exitCode === SIGNAL_BASE + SIGTERM) return pastTimeLimit(facts) ? 'time-limit' : 'terminated';
  if (exitCode === 126 || exitCode === 127) return 'cannot-start';
  if (exitCode > SIGNAL_BASE && exitCode <= SIGNAL_BASE + 64) return 'crashed';
  return 'failed';
}

function pastTimeLimit({ startedAt, finishedAt, timeoutSeconds }: ExitFacts): boolean {
  if (startedAt === null || finishedAt === null || timeoutSeconds === null) return false;
  return finishedAt.getTime() - startedAt.getTime() >= timeoutSeconds * 1000;
}

function exitMessage(reason: ExitReason, facts: ExitFacts): string {
  switch (reason) {
    case 'completed':
      return facts.oomKilled
        ? 'Completed, although a child process was ended because memory ran out.'
        : 'Completed.';
    case 'out-of-memory':
      return `Ended because memory ran out${limit(facts.memoryMb, 'MB')}. Scratch space (/tmp) counts as memory.`;
    case 'time-limit':
      return `Ended because the time limit was reached${limit(facts.timeoutSeconds, 's')}.`;
    case 'terminated':
      return 'Ended because it was asked to stop.';
    case 'killed':
      return 'Ended because it was killed.';
    case 'crashed':
      return `Crashed: ended by ${signalName(facts.exitCode - SIGNAL_BASE)}.`;
    case 'cannot-start':
      return facts.engineError
        ? `The program could not be started: ${facts.engineError}`
        : `The program could not be started (exit code ${facts.exitCode}).`;
    case 'failed':
      return `Ended with exit code ${facts.exitCode}.`;
  }
}

function limit(value: number | null, unit: string): string {
  return value === null ? '' : ` (limit ${value} ${unit})`;
}

function signalName(number: number): string {
  return SIGNAL_NAMES[number] ?? `signal ${number}`;
}
