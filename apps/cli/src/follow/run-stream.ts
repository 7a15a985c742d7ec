/** Follows a run by its server-sent events until it has ended. */
import type { RunEvent } from '@modelwright/contracts';
import { getRun, streamRunEvents, type Run, type RunSnapshot } from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { CliError } from '../cli-error.js';
import type { Session } from '../session/session.js';
import { waitUntil } from '../session/wait.js';

export type FollowedEvent =
  | { readonly type: 'snapshot'; readonly data: RunSnapshot }
  | { readonly type: 'run'; readonly data: Run }
  | { readonly type: 'end'; readonly data: { readonly status: string } }
  | {
      [T in RunEvent['type']]: { readonly type: T; readonly data: Extract<RunEvent, { type: T }> };
    }[RunEvent['type']];

const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled'];
const RECONNECTIONS = 10;

export const hasEnded = ({ status }: Run): boolean => ENDED.includes(status);

/**
 * Every event in its order; the connection is made again when it breaks.
 * @returns the run after its end, with its model when it made one
 */
export async function followRun(
  session: Session,
  runId: string,
  onEvent: (event: FollowedEvent) => void,
): Promise<Run> {
  const client = await session.client();
  const read = (): Promise<Run> => answerOf(getRun({ client, path: { runId } }));
  // Refusals are told from here: the stream itself has no words for them.
  await read();
  const ending = new AbortController();
  const { stream } = await streamRunEvents({
    client,
    path: { runId },
    signal: AbortSignal.any([ending.signal, session.io.signal]),
    sseDefaultRetryDelay: 500,
    sseMaxRetryDelay: 5000,
    sseMaxRetryAttempts: RECONNECTIONS,
    onSseEvent: ({ event, data }) => {
      if (event === undefined) return;
      onEvent({ type: event, data } as FollowedEvent);
      if (event === 'end') ending.abort();
    },
  });
  for await (const _event of stream) if (ending.signal.aborted) break;
  session.io.signal.throwIfAborted();
  // A run that succeeded has its model in the same moment; after a broken stream it may still be on its way.
  return waitUntil(session.io, read, hasEnded);
}

/** @throws CliError with the run's own words when it made no model */
export function assertSucceeded(run: Run): void {
  if (run.status === 'succeeded') return;
  throw new CliError(`The run was ${run.status === 'failed' ? 'not successful' : run.status}`, {
    code: run.failure?.reason ?? run.status,
    detail: [run.failure?.message, ...(run.failure?.lastLogLines ?? [])].filter(Boolean).join('\n'),
    advice: `look at modelwright runs show ${run.id}`,
  });
}
