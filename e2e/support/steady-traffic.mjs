/**
 * Callers who do not slow down when the product does: so many calls a second to each endpoint, every answer compared
 * with the right one, every acknowledged call remembered.
 */
import { Agent, request } from 'node:http';
import { isDeepStrictEqual } from 'node:util';

const TICK_MS = 20;
const CLIENT_TIMEOUT_MS = 60_000;

/**
 * @typedef {{ name: string, id: string, slug: string, key: string, rows: { body: string, answer: object }[] }} Target
 *   `answer` is the right prediction without its index
 */
export class SteadyTraffic {
  /** Ids of calls that were answered with 2xx, by name of the endpoint. @type {Map<string, string[]>} */
  acknowledged = new Map();
  /** 2xx answers that were not right. */
  wrong = [];
  /** Answers that are neither right, nor a broken connection, nor an honest "not now". */
  dishonest = [];
  /** How often which kind of failure was seen. */
  failures = {};
  #agent = new Agent({ keepAlive: true, maxSockets: 2_000 });
  #inFlight = new Set();
  #last = new Map();
  #timer;
  #awaitedAt;

  /** @param {{ url: string, targets: Target[], perSecond: number }} options `perSecond` is for all targets together */
  constructor({ url, targets, perSecond }) {
    this.url = new URL(url);
    this.targets = targets;
    this.everyMs = (1_000 * targets.length) / perSecond;
    for (const { name } of targets) {
      this.acknowledged.set(name, []);
      this.#last.set(name, { rightFrom: undefined, firstRight: undefined, lastFailure: undefined });
    }
  }

  start() {
    const startedAt = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = (performance.now() - startedAt) / this.everyMs;
      for (; sent < due; sent++) for (const target of this.targets) this.#send(target, sent);
    }, TICK_MS);
  }

  /** Sends no more and waits for the answers that are still out. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
    this.#agent.destroy();
  }

  get sent() {
    const failed = Object.values(this.failures).reduce((sum, count) => sum + count, 0);
    return [...this.acknowledged.values()].reduce((sum, ids) => sum + ids.length, failed);
  }

  /** Forgets what was seen before, so that `recovery` tells of what comes now. */
  mark() {
    this.markedAt = performance.now();
    for (const seen of this.#last.values()) {
      seen.firstRight = undefined;
      seen.lastFailure = undefined;
      seen.rightFrom = undefined;
    }
  }

  /** Recovery is counted from now: what is needed for it was not there before. What failed since `mark` is kept. */
  countFromNow() {
    this.markedAt = performance.now();
  }

  /**
   * Resolves when every endpoint has answered nothing but right for a while.
   * @returns {Promise<Record<string, { firstRightMs: number, troubleMs: number }> | undefined>} since `mark`: the first
   *   right answer to a call that was sent after it, and the end of the last call that failed (0: none); nothing after
   *   the deadline
   */
  async steady({ quietMs = 2_500, seconds = 90 } = {}) {
    const deadline = performance.now() + seconds * 1_000;
    // What was right before the fault was complete may still have come from before it.
    this.#awaitedAt = performance.now();
    for (const seen of this.#last.values()) seen.rightFrom = undefined;
    // Calls that nobody has answered yet tell nothing: what counts is when the answered ones were sent.
    const quiet = ({ rightFrom, rightUntil }) => rightFrom !== undefined && rightUntil - rightFrom >= quietMs;
    while (![...this.#last.values()].every(quiet)) {
      if (performance.now() > deadline) return undefined;
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    const since = (at) => (at === undefined ? 0 : Math.max(0, at - (this.markedAt ?? at)));
    return Object.fromEntries(
      [...this.#last].map(([name, { firstRight, lastFailure }]) => [
        name,
        { firstRightMs: since(firstRight), troubleMs: since(lastFailure) },
      ]),
    );
  }

  #send(target, number) {
    const row = target.rows[number % target.rows.length];
    const sentAt = performance.now();
    const call = this.#ask(target, row.body).then(
      (answer) => this.#judge(target, row, answer, sentAt),
      (error) => this.#failed(target, error.code ?? error.message, sentAt),
    );
    this.#inFlight.add(call);
    void call.finally(() => this.#inFlight.delete(call));
  }

  #ask({ slug, key }, body) {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: this.url.hostname,
          port: this.url.port,
          path: `/api/deployments/${slug}/predict`,
          method: 'POST',
          agent: this.#agent,
          timeout: CLIENT_TIMEOUT_MS,
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      call.on('timeout', () => call.destroy(new Error(`no answer within ${CLIENT_TIMEOUT_MS / 1_000} s`)));
      call.on('error', reject);
      call.end(body);
    });
  }

  #judge(target, row, { status, headers, text }, sentAt) {
    if (status >= 200 && status < 300) return this.#answered(target, row, text, sentAt);
    const type = headers['content-type'] ?? '';
    const isHonest =
      (status === 503 || status === 504) &&
      type.startsWith('application/problem+json') &&
      Number(headers['retry-after']) > 0;
    if (!isHonest)
      this.dishonest.push({
        endpoint: target.name,
        status,
        headers,
        text: text.slice(0, 500),
        at: new Date(),
      });
    this.#failed(target, `${status} ${isHonest ? JSON.parse(text).code : ''}`.trim(), sentAt);
  }

  #answered(target, row, text, sentAt) {
    const { request_id: id, predictions } = JSON.parse(text);
    this.acknowledged.get(target.name).push(id);
    const [{ index, prediction, probabilities }] = predictions;
    const given = { prediction, probabilities };
    if (index !== 0 || predictions.length !== 1 || !isDeepStrictEqual(given, row.answer)) {
      this.wrong.push({ endpoint: target.name, row: row.body, given, wanted: row.answer });
      return;
    }
    const seen = this.#last.get(target.name);
    if (sentAt < (this.markedAt ?? 0)) return;
    seen.firstRight ??= performance.now();
    if (sentAt < (this.#awaitedAt ?? 0)) return;
    seen.rightFrom ??= sentAt;
    seen.rightUntil = sentAt;
  }

  #failed(target, kind, sentAt) {
    const name = kind === 'socket hang up' ? 'ECONNRESET' : kind;
    this.failures[name] = (this.failures[name] ?? 0) + 1;
    const seen = this.#last.get(target.name);
    seen.rightFrom = undefined;
    if (sentAt !== undefined) seen.lastFailure = performance.now();
  }
}

/**
 * Compares what was acknowledged with the log.
 * @param {import('pg').Client} database
 * @returns {Promise<{ acknowledged: number, lost: string[], duplicates: number, countedTwice: number }>}
 */
export async function compareWithLog(database, { id }, acknowledged) {
  const { rows } = await database.query(
    `SELECT id, count(*)::int AS times FROM prediction_log WHERE deployment_id = $1 GROUP BY id`,
    [id],
  );
  const { rows: sums } = await database.query(
    `SELECT coalesce(sum(count), 0)::int AS counted FROM prediction_hour WHERE deployment_id = $1`,
    [id],
  );
  const logged = new Map(rows.map((row) => [row.id, row.times]));
  const total = rows.reduce((sum, { times }) => sum + times, 0);
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((call) => !logged.has(call)),
    duplicates: acknowledged.filter((call) => (logged.get(call) ?? 1) > 1).length,
    countedTwice: sums[0].counted - total,
  };
}
