import type { Socket } from 'node:net';
import { readHead } from './wire-head.js';
import type { WireAnswer, WireHandler, WirePlan } from './wire-connections.js';

const MAX_HEAD = 16 * 1024;
const MAX_KEPT_HEAD = 2 * 1024;
const MAX_KEPT_HEADS = 64;
/** A client that sends on before it has its answer may have so much waiting. */
const MAX_AHEAD = 1024 * 1024;
/** A little longer than answers say, so that nobody sends a call to a connection that is just ending. */
const IDLE_MS = 66_000;
/** A call that takes longer to arrive is waited for by the server, which has its rules for slow ones. */
const BODY_MS = 2_000;

interface KnownHead {
  readonly plan: WirePlan;
  readonly contentLength: number;
}

/**
 * One connection that has had nothing but requests for the handler so far: one whole request at a time, its answer, the
 * next. With the first bytes that are anything else the server gets the connection, and those bytes, for good.
 */
export class WireConnection {
  private readonly heads = new Map<string, KnownHead>();
  /** Bytes that are not answered yet. */
  private waiting: Buffer | undefined;
  private arrivedAt = 0;
  private answering = false;
  /** Whether the client leaves so much unread that it has to read on before it is answered again. */
  private isFull = false;
  /** Whether the time that bodies have was set. */
  private isShortOfBody = false;
  private ended = false;
  private stopped = false;
  /** Of the request that is being answered. */
  private leave: (() => void) | undefined;
  private readonly onData = (chunk: Buffer): void => this.take(chunk);
  private readonly onDrain = (): void => this.goOn();
  private readonly onEnd = (): void => {
    this.ended = true;
    if (!this.answering) this.finish();
    // Who sends no more does not wait for an answer either, as the server takes it too.
    this.leave?.();
  };
  private readonly onError = (): void => this.close();
  private readonly onClose = (): void => this.closed();
  private readonly onTimeout = (): void => this.timeOut();

  /**
   * @param left told when this no longer has the connection
   * @param serve gives the connection to the server
   */
  constructor(
    private readonly socket: Socket,
    private readonly handler: WireHandler,
    private readonly left: (connection: WireConnection) => void,
    private readonly serve: (socket: Socket) => void,
  ) {
    socket.on('data', this.onData);
    socket.on('drain', this.onDrain);
    socket.on('end', this.onEnd);
    socket.on('error', this.onError);
    socket.on('close', this.onClose);
    socket.on('timeout', this.onTimeout);
    socket.setTimeout(IDLE_MS);
  }

  /** Ends the connection as soon as nothing is being answered on it. */
  end(): void {
    this.stopped = true;
    if (this.answering) return;
    if (this.waiting && !this.isFull) this.handOver();
    else this.finish();
  }

  /** What was answered is sent; a client that does not end its side as well is not waited for. */
  private finish(): void {
    this.waiting = undefined;
    this.socket.setTimeout(BODY_MS);
    this.socket.destroySoon();
  }

  private take(chunk: Buffer): void {
    // Its answer has said that there is no other, or there is nobody to be answered.
    if (this.stopped && !this.answering) return;
    if (!this.waiting) this.arrivedAt = performance.now();
    this.waiting = this.waiting ? Buffer.concat([this.waiting, chunk]) : chunk;
    if (!this.answering && !this.isFull) this.answerNext();
    else if (this.waiting.length > MAX_AHEAD) this.close();
  }

  private answerNext(): void {
    const bytes = this.waiting;
    if (!bytes) return;
    const end = bytes.indexOf('\r\n\r\n');
    const head = end > 0 && end <= MAX_HEAD ? this.headOf(bytes.toString('latin1', 0, end)) : undefined;
    if (!head) return this.handOver();
    const start = end + 4;
    const whole = start + head.contentLength;
    if (bytes.length > whole) return this.handOver();
    if (bytes.length < whole) {
      if (performance.now() - this.arrivedAt > BODY_MS) return this.handOver();
      this.isShortOfBody = true;
      this.socket.setTimeout(BODY_MS);
      return;
    }
    this.answering = true;
    const address = this.socket.remoteAddress;
    const request = {
      plan: head.plan,
      body: bytes.subarray(start, whole),
      address,
      arrivedAt: this.arrivedAt,
      onLeave: (left: () => void) => (this.leave = left),
    };
    this.waiting = undefined;
    this.handler.answer(request, (answer, sent) => this.reply(answer, sent));
  }

  private headOf(text: string): KnownHead | undefined {
    const known = this.heads.get(text);
    if (known) return known;
    const head = readHead(text);
    const plan = head && this.handler.planOf(head);
    if (!plan) return undefined;
    if (this.heads.size >= MAX_KEPT_HEADS) this.heads.clear();
    const found = { plan, contentLength: head.contentLength };
    if (text.length <= MAX_KEPT_HEAD) this.heads.set(text, found);
    return found;
  }

  private reply(answer: WireAnswer | undefined, sent?: () => void): void {
    this.answering = false;
    this.leave = undefined;
    if (answer === undefined) return this.close();
    // A client that has gone away does not change what was answered.
    const isGone = this.socket.destroyed;
    if (!isGone && !this.write(answer)) this.waitForRoom();
    sent?.();
    if (isGone || this.stopped) return this.finish();
    if (this.isShortOfBody) this.socket.setTimeout(IDLE_MS);
    this.isShortOfBody = false;
    if (!this.isFull) this.goOn();
  }

  /** @returns false if the client has not read enough of what it was sent before */
  private write(answer: WireAnswer): boolean {
    return Buffer.isBuffer(answer)
      ? this.socket.write(answer)
      : this.socket.write(answer.text, answer.isAscii ? 'latin1' : 'utf8');
  }

  private waitForRoom(): void {
    this.isFull = true;
    this.socket.pause();
  }

  private goOn(): void {
    if (this.isFull) this.socket.resume();
    this.isFull = false;
    if (this.answering) return;
    if (this.waiting) this.answerNext();
    else if (this.ended) this.finish();
  }

  private closed(): void {
    this.left(this);
    this.leave?.();
  }

  private timeOut(): void {
    if (this.answering) return;
    if (this.waiting && !this.isFull) this.handOver();
    else this.close();
  }

  private close(): void {
    this.socket.destroy();
  }

  private handOver(): void {
    const { socket, waiting } = this;
    // Half of a call, and no more of it will come.
    if (this.ended || socket.destroyed) return this.finish();
    this.waiting = undefined;
    this.left(this);
    socket.off('data', this.onData);
    socket.off('drain', this.onDrain);
    socket.off('end', this.onEnd);
    socket.off('error', this.onError);
    socket.off('close', this.onClose);
    socket.off('timeout', this.onTimeout);
    socket.setTimeout(0);
    // Nothing flows until the server listens, else the bytes would go by unheard.
    socket.pause();
    if (waiting) socket.unshift(waiting);
    this.serve(socket);
    socket.resume();
  }
}
