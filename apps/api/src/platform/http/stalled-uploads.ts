import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isRawUpload } from './json-body.js';

const STALLED_SECONDS = 60;
const LOOK_EVERY_MS = 1_000;

/**
 * Ends an upload whose sender has sent nothing for a minute, so that neither its place nor its half file outlive it
 * (F28). Bytes that wait here for the disk are ours to answer for, not the sender's.
 */
export function endStalledUploads(fastify: FastifyInstance, stalledSeconds = STALLED_SECONDS): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isUpload(request)) timers.set(request, watch(request, stalledSeconds * 1_000));
    done();
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    clearInterval(timers.get(request));
    done();
  });
  fastify.addHook('onRequestAbort', (request, done) => {
    clearInterval(timers.get(request));
    done();
  });
}

/** A form with a file, or a body that is one: those are read as they come, and only their reader knows an end. */
function isUpload(request: FastifyRequest): boolean {
  return request.headers['content-type']?.startsWith('multipart/') === true || isRawUpload(request);
}

function watch({ raw }: FastifyRequest, stalledMs: number): NodeJS.Timeout {
  let seen = -1;
  let movedAt = performance.now();
  const timer = setInterval(
    () => {
      if (raw.complete || raw.destroyed) return clearInterval(timer);
      const moves = raw.socket.bytesRead !== seen || raw.readableLength > 0;
      seen = raw.socket.bytesRead;
      if (moves) movedAt = performance.now();
      else if (performance.now() - movedAt >= stalledMs) raw.destroy();
    },
    Math.min(LOOK_EVERY_MS, stalledMs / 4),
  );
  return timer.unref();
}
