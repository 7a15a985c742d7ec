import type { CallOptions } from '../container.types.js';
import { ContainerRuntimeError } from '../container-runtime-error.js';

const CONNECTION_ERRORS = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
]);
/** Nobody listens: that is told at once, so asking again costs nothing, and an engine that comes back is found soon. */
const REFUSED_AT_ONCE = new Set(['ENOENT', 'ECONNREFUSED']);
/** So many unanswered calls in a row open the circuit. */
const FAILURES_TO_OPEN = 3;
/** How long an open circuit refuses at once before one call may try again. */
const OPEN_MS = 5_000;

/**
 * Puts every call to the engine under a time limit, translates its errors, and stops asking an engine that does not
 * answer: after three unanswered calls the next ones fail at once for five seconds, so that callers do not pile up.
 */
export class EngineCalls {
  private failures = 0;
  private openUntil = 0;

  constructor(
    private readonly engine: string,
    private readonly timeoutMs = 10_000,
  ) {}

  /**
   * @param what the call in words, for errors: `start a container`
   * @param work gets the signal to hand to the client
   * @throws `runtime-unreachable`, `engine-error`; an {@link EngineAnswer} for 3xx and 4xx, to be judged by the caller
   */
  async call<T>(
    what: string,
    options: CallOptions | undefined,
    work: (signal: AbortSignal) => Promise<T>,
    timeoutMs: number | null = this.timeoutMs,
  ): Promise<T> {
    options?.signal?.throwIfAborted();
    if (performance.now() < this.openUntil) throw this.unreachable(`It has not answered lately.`);
    const limit = new AbortController();
    const timer = timeoutMs === null ? undefined : setTimeout(() => limit.abort(), timeoutMs);
    const signal = options?.signal ? AbortSignal.any([options.signal, limit.signal]) : limit.signal;
    const aborted = rejectOnAbort(signal);
    try {
      // The race is for a client that misses the signal: while it connects, or when an answer breaks off.
      const result = await Promise.race([work(signal), aborted.promise]);
      this.failures = 0;
      return result;
    } catch (error) {
      options?.signal?.throwIfAborted();
      throw this.translate(error, what, limit.signal.aborted ? timeoutMs : null);
    } finally {
      clearTimeout(timer);
      aborted.forget();
    }
  }

  /**
   * Opens a stream: the time limit is for its beginning only. `close` ends it; the caller's signal ends it too.
   */
  async open(
    what: string,
    options: CallOptions | undefined,
    work: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>,
  ): Promise<{ stream: NodeJS.ReadableStream; close: () => void }> {
    const closing = new AbortController();
    const lifetime = options?.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
    try {
      const stream = await this.call(what, options, () => work(lifetime));
      return { stream, close: () => closing.abort() };
    } catch (error) {
      closing.abort();
      throw error;
    }
  }

  private translate(error: unknown, what: string, timedOutMs: number | null): Error {
    if (error instanceof ContainerRuntimeError) return error;
    const { statusCode, code, message } = describe(error);
    if (timedOutMs !== null) {
      this.countFailure();
      return this.unreachable(`It did not ${what} within ${timedOutMs / 1000} s.`, error);
    }
    if (statusCode === null && (code === null || CONNECTION_ERRORS.has(code))) {
      if (code === null || !REFUSED_AT_ONCE.has(code)) this.countFailure();
      return this.unreachable(message, error);
    }
    if (code === 'EACCES') return this.unreachable('The server may not use its socket.', error);
    this.failures = 0;
    if (statusCode !== null && statusCode < 500) return new EngineAnswer(statusCode, message);
    return new ContainerRuntimeError('engine-error', `The engine could not ${what}: ${message}`, {
      cause: error,
    });
  }

  private countFailure(): void {
    this.failures += 1;
    if (this.failures >= FAILURES_TO_OPEN) this.openUntil = performance.now() + OPEN_MS;
  }

  private unreachable(detail: string, cause?: unknown): ContainerRuntimeError {
    return new ContainerRuntimeError(
      'runtime-unreachable',
      `The container engine at ${this.engine} does not answer. ${detail} Check that Docker runs and that this user may use it.`,
      { cause },
    );
  }
}

/** A 3xx or 4xx answer of the engine: it works, but says no. */
export class EngineAnswer extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Whether the engine answered with one of these status codes. */
export function isAnswer(error: unknown, ...statuses: number[]): error is EngineAnswer {
  return error instanceof EngineAnswer && statuses.includes(error.status);
}

function describe(error: unknown): { statusCode: number | null; code: string | null; message: string } {
  if (typeof error !== 'object' || error === null)
    return { statusCode: null, code: 'UNKNOWN', message: String(error) };
  const { statusCode, code, json, message } = error as Partial<Record<string, unknown>>;
  return {
    statusCode: typeof statusCode === 'number' ? statusCode : null,
    // An answer cut in the middle has neither a status nor a code.
    code: typeof code === 'string' ? code : null,
    message: messageOf(json) ?? String(message),
  };
}

/** The engine's own words in an error body. */
function messageOf(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !('message' in json)) return null;
  return String(json.message);
}

function rejectOnAbort(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  let forget = (): void => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', fail, { once: true });
    forget = () => signal.removeEventListener('abort', fail);
  });
  return { promise, forget };
}
