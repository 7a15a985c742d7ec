import type { FastifyInstance, FastifyRequest } from 'fastify';

const STALLED_SECONDS = 60;
const LOOK_EVERY_MS = 1_000;

/**
 * Ends an upload whose sender has sent nothing for a minute, so that neither its place nor its half file outlive it
 * (F28). Bytes that wait here for the disk are ours to answer for, not the sender's.
 */
export function endStalledUploads(fastify: FastifyInstance, stalledSeconds = STALLED_SECONDS): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-type']?.startsWith('multipart/') === true)
      timers.set(request, watch(request, stalledSeconds * 1_000));
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
