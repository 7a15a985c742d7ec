import type { IncomingMessage } from 'node:http';

const PATIENCE_MS = 60_000;
const LOOK_MS = 5_000;

/** Requests whose body is still coming; looked through now and then instead of a timer for each. */
export class RequestBodies {
  private readonly waiting = new Map<IncomingMessage, number>();
  private readonly timer = setInterval(() => this.endSlow(), LOOK_MS).unref();

  stop(): void {
    clearInterval(this.timer);
  }

  /** Calls `done` with the whole body; a client that goes away, or is too slow, is not heard of again (T55). */
  read(request: IncomingMessage, done: (body: Buffer) => void): void {
    const chunks: Buffer[] = [];
    this.waiting.set(request, Date.now());
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      this.waiting.delete(request);
      const [only] = chunks;
      done(chunks.length === 1 && only ? only : Buffer.concat(chunks));
    });
    request.once('close', () => this.waiting.delete(request));
    request.once('error', () => this.waiting.delete(request));
  }

  private endSlow(): void {
    const limit = Date.now() - PATIENCE_MS;
    for (const [request, since] of this.waiting) if (since < limit) request.destroy();
  }
}
