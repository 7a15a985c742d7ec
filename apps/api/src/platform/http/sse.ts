import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import '../authorization/access.guard.js';
import { LiveAccess, type AccessLoss } from '../authorization/live-access.js';
import { messageOf } from '../database/data-source.js';
import { Problem } from '../problems/problem.js';
import { pathOf, toProblemResponse } from '../problems/problem.filter.js';
import { problemOf } from '../problems/problem-of.js';

const KEEP_ALIVE_MS = 15_000;
const STALLED_READER_MS = 30_000;
const MAX_EVENT_BYTES = 1024 * 1024;

export interface StreamEvent {
  /** What `Last-Event-ID` brings back; give one to every event that can be replayed. */
  readonly id?: string | number;
  /** Name of the event, `message` when left out. */
  readonly event?: string;
  /** Sent as JSON. */
  readonly data: unknown;
}

export interface StreamContext {
  /** `id` of the last event that the reader has, when it comes back. */
  readonly lastEventId: string | undefined;
  /** Aborts when the reader is gone, may no longer read, or the process ends. Stop producing then. */
  readonly signal: AbortSignal;
}

/** What can fail is tried in here, while a status can still be sent; the events follow one by one as the reader takes them. */
export type OpenStream = (context: StreamContext) => Promise<AsyncIterable<StreamEvent>>;

/**
 * Server-sent events for one-way flows. The next event is asked for only when the reader has taken the last one, so
 * a slow reader costs one event of memory; one that takes nothing for 30 s is cut off.
 */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger('EventStreams');
  private readonly stopping = new AbortController();

  constructor(private readonly access: LiveAccess) {}

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** Answers the request with a stream and resolves when it has ended. Errors of `open` reject, with nothing sent yet. */
  async stream(request: FastifyRequest, reply: FastifyReply, open: OpenStream): Promise<void> {
    const response = reply.raw;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const watched =
      request.authentication && request.credential
        ? this.access.watch(request.authentication, request.credential, request.projectScope?.projectId)
        : undefined;
    const signals = [gone.signal, this.stopping.signal, ...(watched ? [watched.signal] : [])];
    const signal = AbortSignal.any(signals);
    try {
      const events = await open({ lastEventId: lastEventIdOf(request), signal });
      reply.hijack();
      this.begin(reply);
      await this.send(request, response, events, signal);
      if (watched?.signal.aborted)
        writeProblem(request, response, accessProblem(watched.signal.reason as AccessLoss));
    } finally {
      watched?.close();
      if (reply.sent || response.headersSent) response.end();
    }
  }

  private begin(reply: FastifyReply): void {
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      Connection: 'keep-alive',
      // nginx must not collect events until its buffer is full (S3).
      'X-Accel-Buffering': 'no',
    });
    reply.raw.write('retry: 2000\n\n');
  }

  private async send(
    request: FastifyRequest,
    response: ServerResponse,
    events: AsyncIterable<StreamEvent>,
    signal: AbortSignal,
  ): Promise<void> {
    const keepAlive = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': keep-alive\n\n');
    }, KEEP_ALIVE_MS).unref();
    try {
      for await (const event of untilAborted(events, signal)) await writeEvent(response, event, signal);
    } catch (error) {
      if (signal.aborted) return;
      // The status is long sent, so the reader learns of it as the last event.
      this.logger.warn({ requestId: request.id, reason: messageOf(error) });
      writeProblem(request, response, problemOf(error));
    } finally {
      clearInterval(keepAlive);
    }
  }
}

function lastEventIdOf(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header.length <= 200 ? header : undefined;
}

/** Text of one event in the wire format; line ends inside JSON are escaped already. */
export function formatEvent({ id, event, data }: StreamEvent): string {
  const clean = (text: string): string => text.replace(/[\r\n\0]/g, ' ');
  const lines = [
    ...(id === undefined ? [] : [`id: ${clean(String(id))}`]),
    ...(event === undefined ? [] : [`event: ${clean(event)}`]),
    `data: ${JSON.stringify(data)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

async function writeEvent(response: ServerResponse, event: StreamEvent, signal: AbortSignal): Promise<void> {
  const text = formatEvent(event);
  if (text.length > MAX_EVENT_BYTES)
    throw new Problem('internal-error', 'An event of the stream was too large to send.');
  if (response.write(text)) return;
  const stalled = setTimeout(() => response.destroy(), STALLED_READER_MS).unref();
  try {
    await once(response, 'drain', { signal });
  } finally {
    clearTimeout(stalled);
  }
}

function writeProblem(request: FastifyRequest, response: ServerResponse, problem: Problem): void {
  if (response.destroyed) return;
  response.write(
    formatEvent({ event: 'problem', data: toProblemResponse(problem, pathOf(request.url), request.id) }),
  );
}

function accessProblem(reason: AccessLoss): Problem {
  return reason === 'expired'
    ? new Problem('session-expired', 'The access token has expired. Connect again with a fresh one.')
    : new Problem('session-expired', 'The access to this was taken away, or the session was ended.');
}

/** Passes events on until `signal` aborts, even while the source is waiting. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  try {
    while (true) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next === 'aborted' || next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that waits for something hears of the end by its signal.
    void iterator.return?.().catch(() => undefined);
  }
}
