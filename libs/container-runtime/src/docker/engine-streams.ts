import { StringDecoder } from 'node:string_decoder';

import type { Container } from 'dockerode';

import type { CallOptions, ContainerStats, LogLine, LogOptions } from '../container.types.js';
import { ContainerRuntimeError } from '../container-runtime-error.js';
import type { EngineCalls } from './engine-calls.js';
import { toContainerStats, type EngineSample } from './engine-stats.js';
import { LogLines } from './log-frames.js';

/** Reading begins so much before the line to go on from, so that its number comes out the same. */
const RESUME_MARGIN_SECONDS = 0.2;
/** Lines read before the wanted tail, for the same reason. */
const TAIL_MARGIN_LINES = 16;

/** Lines of a container's log; see `ContainerRuntime.logs`. */
export async function* readLogs(
  container: Container,
  calls: EngineCalls,
  options: LogOptions,
  maxLineBytes: number,
): AsyncIterable<LogLine> {
  const query = {
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(options.sinceSeq ? { since: Math.max(0, options.sinceSeq / 1e6 - RESUME_MARGIN_SECONDS) } : {}),
    ...(options.tail === undefined ? {} : { tail: options.tail + TAIL_MARGIN_LINES }),
  };
  const lines = new LogLines(maxLineBytes);
  const wanted = (line: LogLine): boolean => line.seq > (options.sinceSeq ?? 0);
  if (!options.follow) {
    const content = await calls.call('read a log', options, (abortSignal) =>
      container.logs({ ...query, follow: false, abortSignal }),
    );
    const all = [...lines.push(Buffer.from(content)), ...lines.end()].filter(wanted);
    yield* options.tail === undefined ? all : all.slice(Math.max(0, all.length - options.tail));
    return;
  }
  if (options.tail !== undefined) {
    // What is there now is counted from the end; only then is the rest followed.
    let last = 0;
    for await (const line of readLogs(container, calls, { ...options, follow: false }, maxLineBytes)) {
      last = line.seq;
      yield line;
    }
    yield* readLogs(container, calls, { follow: true, signal: options.signal, sinceSeq: last }, maxLineBytes);
    return;
  }
  const stream = calls.open('read a log', options, (abortSignal) =>
    container.logs({ ...query, follow: true, abortSignal }),
  );
  for await (const chunk of piecesOf(stream, options.signal)) {
    for (const line of lines.push(chunk)) if (wanted(line)) yield line;
  }
  for (const line of lines.end()) if (wanted(line)) yield line;
}

/** Samples of a container's use; see `ContainerRuntime.stats`. */
export async function* readStats(
  container: Container,
  calls: EngineCalls,
  options: CallOptions,
): AsyncIterable<ContainerStats> {
  const stream = calls.open('measure a container', options, (abortSignal) =>
    container.stats({ stream: true, abortSignal } as { stream: true }),
  );
  for await (const line of textLines(piecesOf(stream, options.signal))) {
    const sample = JSON.parse(line) as EngineSample;
    // The engine goes on sending empty samples after the end.
    if (sample.pids_stats.current === undefined && sample.cpu_stats.system_cpu_usage === undefined) return;
    const stats = toContainerStats(sample);
    if (stats) yield stats;
  }
}

/** A line reader of the platform would throw an error of the stream at nobody in particular, and so end the process. */
async function* textLines(pieces: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.write(piece)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}

/** Bytes of an engine stream until it ends or the caller's signal aborts; a broken connection is an error. */
async function* piecesOf(
  opening: Promise<{ stream: NodeJS.ReadableStream; close: () => void }>,
  signal?: AbortSignal,
): AsyncIterable<Buffer> {
  if (signal?.aborted) return;
  const { stream, close } = await opening;
  try {
    for await (const chunk of stream) yield Buffer.from(chunk as Uint8Array);
  } catch (error) {
    if (signal?.aborted) return;
    throw new ContainerRuntimeError('runtime-unreachable', 'The container engine broke off.', {
      cause: error,
    });
  } finally {
    close();
  }
}
