const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 10_000;

/** One server-sent event as the generated client hands it over. */
export interface StreamEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data: unknown;
}

/** What every generated stream function takes; each attempt is ours, so that a gap can be shown. */
export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  readonly sseMaxRetryAttempts: 1;
  readonly onSseEvent: (event: StreamEvent) => void;
  readonly onSseError: (error: unknown) => void;
}

export interface StreamHooks {
  /** Returns `end` when nothing more will come. */
  readonly take: (event: StreamEvent) => 'end' | undefined;
  readonly connected: () => void;
  /** The connection was lost or refused; the next attempt follows by itself. */
  readonly lost: () => void;
}

/**
 * Reads a stream until it says that it has ended, or until `signal` aborts. After a gap it goes on behind the last
 * event that came, by `Last-Event-ID`.
 */
export async function followStream(
  open: (options: StreamOptions) => Promise<{ readonly stream: AsyncIterable<unknown> }>,
  hooks: StreamHooks,
  signal: AbortSignal,
): Promise<void> {
  let lastId: string | undefined;
  let delayMs = FIRST_DELAY_MS;
  let ended = false;
  const isEnded = (): boolean => ended;
  while (!signal.aborted) {
    const attempt = new AbortController();
    const { stream } = await open({
      signal: AbortSignal.any([signal, attempt.signal]),
      headers: lastId === undefined ? {} : { 'Last-Event-ID': lastId },
      sseMaxRetryAttempts: 1,
      onSseEvent: (event) => {
        if (event.data === undefined || ended) return;
        if (event.event === 'problem') return;
        lastId = event.id ?? lastId;
        delayMs = FIRST_DELAY_MS;
        hooks.connected();
        ended = hooks.take(event) === 'end';
        if (ended) attempt.abort();
      },
      onSseError: () => undefined,
    });
    await drain(stream);
    if (isEnded() || signal.aborted) return;
    hooks.lost();
    await pause(delayMs, signal);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
