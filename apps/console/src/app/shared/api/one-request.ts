import { isAbort } from './problem';

/** Two clicks further apart are two intentions. */
const DOUBLE_CLICK_MS = 1_000;

interface Sent {
  readonly key: string;
  readonly startedMs: number;
  readonly signal: AbortSignal;
  readonly answer: Promise<Response>;
  isOver: boolean;
}

type Send = (request: Request) => Promise<Response>;

/**
 * Sends a change once for one gesture: the same change that is still under way, or was asked for by the first click of
 * the double click whose second one asks now, is not sent again; both callers get the one answer. A button cannot
 * prevent that by itself: it is drawn as busy a moment after the click.
 */
export class OneRequest {
  /** The latest change by address: a change, another one and the first again are three. */
  private readonly latest = new Map<string, Sent>();
  private isSecondClick = false;

  constructor(
    private readonly forward: Send,
    target: EventTarget = document,
  ) {
    target.addEventListener('click', (event) => (this.isSecondClick = (event as UIEvent).detail > 1), true);
    target.addEventListener('keydown', () => (this.isSecondClick = false), true);
  }

  async send(request: Request): Promise<Response> {
    if (!isChange(request)) return this.forward(request);
    const isSecondClick = this.isSecondClick;
    const key = `${request.method} ${request.url} ${await request.clone().text()}`;
    const known = this.latest.get(request.url);
    if (known?.key === key && !known.signal.aborted && isSame(known, isSecondClick))
      return this.share(known, request);
    const sent: Sent = {
      key,
      startedMs: Date.now(),
      signal: request.signal,
      answer: this.forward(request),
      isOver: false,
    };
    this.latest.set(request.url, sent);
    const over = (): void => this.end(request.url, sent);
    sent.answer.then(over, over);
    return (await sent.answer).clone();
  }

  /** The answer to the same change; when that one is given up by who sent it, who still wants it sends it himself. */
  private async share(known: Sent, request: Request): Promise<Response> {
    try {
      await Promise.race([known.answer, aborted(request.signal)]);
      request.signal.throwIfAborted();
      return (await known.answer).clone();
    } catch (error) {
      request.signal.throwIfAborted();
      if (!isAbort(error)) throw error;
      if (this.latest.get(request.url) === known) this.latest.delete(request.url);
      return this.send(request);
    }
  }

  private end(url: string, sent: Sent): void {
    sent.isOver = true;
    setTimeout(() => {
      if (this.latest.get(url) === sent) this.latest.delete(url);
    }, DOUBLE_CLICK_MS);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Only what has a body of JSON or none: a file is not read for this. */
function isChange(request: Request): boolean {
  const type = request.headers.get('content-type');
  return request.method !== 'GET' && (type === null || type.includes('json'));
}

function isSame(sent: Sent, isSecondClick: boolean): boolean {
  return !sent.isOver || (isSecondClick && Date.now() - sent.startedMs < DOUBLE_CLICK_MS);
}
