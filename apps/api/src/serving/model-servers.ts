import type { CellValue, ExplainAnswer } from '@modelwright/contracts';
import {
  ContainerConnectionError,
  listenForContainer,
  type ConnectionListener,
} from '@modelwright/container-runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Subject } from 'rxjs';
import { Problem } from '../platform/problems/problem.js';
import { MergedCalls } from './merged-calls.js';
import type { ModelServerAnswer } from './model-prediction.js';
import {
  readAnswer,
  readExplanation,
  saysStuck,
  STARTING,
  STARTING_RETRY_SECONDS,
  stepOf,
} from './model-server-replies.js';
import { ServingFolders } from './serving-folders.js';
import type { RowsText } from './waiting-call.js';

export type { ModelPrediction, ModelServerAnswer } from './model-prediction.js';

export type Readiness =
  | { readonly ready: true; readonly isWaiting?: false; readonly isStuck?: false }
  | {
      readonly ready: false;
      readonly detail: string;
      readonly answered: boolean;
      /** Whether it has not been told yet what to serve. */
      readonly isWaiting?: boolean;
      /** Whether it says of itself that it will not get on. */
      readonly isStuck?: boolean;
    };

const PREDICT_DEADLINE_MS = 30_000;
/** A server that is just being adopted or restarted may dial within this time. */
const CONNECT_DEADLINE_MS = 3_000;
const PROBE_DEADLINE_MS = 5_000;
/** A prediction that takes longer makes the server be asked whether it is there at all. */
const DOUBT_AFTER_MS = 2_000;
const DOUBT_DEADLINE_MS = 1_000;
/** Of calls that are not merged: explanations. */
const MAX_IN_FLIGHT = 256;
/** What a server says it is doing that has not been told what to serve. */
const WAITING_STEP = 'wait for a model';
const PREDICT_PATH = '/predict';
const JSON_BODY = { 'content-type': 'application/json' };
const ENDED =
  'The model server ended while it worked on this call and is being started again. If that happens with the same rows each time, they are too much for it: send fewer at once, and see its logs.';

/** Whether the server ended over this very call: it may be what ended it, so no other server is asked the same. */
export const endedOverCall = (problem: Problem): boolean => problem.detail === ENDED;

interface Server {
  readonly connection: Promise<ConnectionListener>;
  readonly predictions: MergedCalls;
  inFlight: number;
}

interface ServerCall {
  readonly path: string;
  /** JSON. */
  readonly text: string;
  readonly deadlineMs: number;
}

/**
 * The model servers of one room on this replica: one listening socket per owner (a deployment, a session), which the
 * container dials (containers.md §4). Each room has its own instance.
 */
@Injectable()
export class ModelServers implements OnApplicationShutdown {
  private readonly servers = new Map<string, Server>();
  /** Owners whose server did not answer a call: worth a look before the next round of the health loop. */
  readonly suspected = new Subject<string>();

  constructor(private readonly folders: ServingFolders) {}

  /** After the last reply is out (E10). */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.servers.keys()].map((id) => this.close(id)));
  }

  /** Opens the socket if this replica has none yet for the owner; the container finds it within a second. */
  async open(ownerId: string): Promise<ConnectionListener> {
    return this.serverOf(ownerId).connection;
  }

  async close(ownerId: string): Promise<void> {
    const server = this.servers.get(ownerId);
    this.servers.delete(ownerId);
    server?.predictions.end(this.starting());
    if (server) await (await server.connection).close();
  }

  /** Closes the lines to owners that are gone, also where another replica let them go. */
  async closeExcept(
    owners: () => Promise<ReadonlySet<string>>,
    isKept: (ownerId: string) => boolean = () => false,
  ): Promise<void> {
    // Who is opened while the owners are asked for is not judged.
    const open = [...this.servers.keys()];
    if (open.length === 0) return;
    const known = await owners();
    for (const ownerId of open) if (!known.has(ownerId) && !isKept(ownerId)) await this.close(ownerId);
  }

  async readiness(ownerId: string, deadlineMs = PROBE_DEADLINE_MS): Promise<Readiness> {
    const connection = await this.open(ownerId);
    try {
      const answer = await connection.request({ method: 'GET', path: '/health/ready', deadlineMs });
      if (answer.status === 200) return { ready: true };
      const step = stepOf(answer.body);
      const detail = `The model server is at: ${step}.`;
      const isStuck = saysStuck(answer.body);
      return { ready: false, answered: true, detail, isWaiting: step === WAITING_STEP, isStuck };
    } catch (error) {
      if (!(error instanceof ContainerConnectionError)) throw error;
      return { ready: false, answered: false, detail: 'The model server does not answer yet.' };
    }
  }

  /**
   * Tells a server that waits for a model which one it serves, by the hash of the manifest in its folder (I5).
   * @throws Problem `deployment-unavailable`, `prediction-failed`: it serves another one already, or does not wait
   */
  async assign(ownerId: string, manifestSha256: string): Promise<void> {
    const { status } = await this.ask(ownerId, '/model', { manifestSha256 });
    if (status !== 200)
      throw new Problem('prediction-failed', `The model server refused its model with status ${status}.`);
  }

  /**
   * Calls of one server that come at the same time are asked together (`MergedCalls`).
   * @param signal aborted when the caller has gone
   * @throws Problem `deployment-unavailable`, `prediction-failed`, `prediction-timeout`, `invalid-prediction-input`,
   *   `overloaded`; the reason of the signal
   */
  async predict(
    ownerId: string,
    rows: readonly Record<string, CellValue>[],
    signal?: AbortSignal,
  ): Promise<ModelServerAnswer> {
    return this.predictText(ownerId, { count: rows.length, text: JSON.stringify(rows).slice(1, -1) }, signal);
  }

  /** The same for checked rows that are JSON already. */
  async predictText(ownerId: string, rows: RowsText, signal?: AbortSignal): Promise<ModelServerAnswer> {
    const { predictions } = this.serverOf(ownerId);
    return { predictions: await predictions.predict(rows, { deadlineMs: PREDICT_DEADLINE_MS, signal }) };
  }

  /**
   * Contributions of the columns to predictions; slower, and never in the way of a prediction.
   * @param label class to explain; null: the positive one, or of each row the predicted one
   * @throws Problem as `predict`
   */
  async explain(
    ownerId: string,
    rows: readonly Record<string, CellValue>[],
    label: string | null,
  ): Promise<ExplainAnswer> {
    const { status, body } = await this.ask(ownerId, '/explain', { rows, class: label });
    return readExplanation(status, body, rows.length);
  }

  private serverOf(ownerId: string): Server {
    const known = this.servers.get(ownerId);
    if (known) return known;
    const server: Server = {
      connection: this.listen(ownerId),
      predictions: new MergedCalls(async ({ count, text }, deadlineMs) => {
        const call = { path: PREDICT_PATH, text: `{"rows":[${text}]}`, deadlineMs };
        const doubt = setTimeout(() => void this.askWhetherThere(ownerId), DOUBT_AFTER_MS);
        try {
          const { status, body } = await this.send(ownerId, server, call);
          return readAnswer(status, body, count);
        } finally {
          clearTimeout(doubt);
        }
      }),
      inFlight: 0,
    };
    this.servers.set(ownerId, server);
    // Whoever waits for it is told; the next to ask tries again.
    server.connection.catch(() => this.servers.get(ownerId) === server && this.servers.delete(ownerId));
    return server;
  }

  /** A slow model answers about itself at once; a server that is frozen or gone does not, and its callers wait. */
  private async askWhetherThere(ownerId: string): Promise<void> {
    const isThere = await this.readiness(ownerId, DOUBT_DEADLINE_MS).then(
      ({ ready }) => ready,
      () => false,
    );
    if (!isThere) this.suspected.next(ownerId);
  }

  private async ask(ownerId: string, path: string, question: unknown) {
    const server = this.serverOf(ownerId);
    if (server.inFlight >= MAX_IN_FLIGHT) {
      throw new Problem(
        'overloaded',
        `${MAX_IN_FLIGHT} calls wait for this model already; send fewer at once.`,
        { retryAfterSeconds: 1 },
      );
    }
    server.inFlight += 1;
    try {
      const text = JSON.stringify(question);
      return await this.send(ownerId, server, { path, text, deadlineMs: PREDICT_DEADLINE_MS });
    } finally {
      server.inFlight -= 1;
    }
  }

  private async send(ownerId: string, server: Server, { path, text, deadlineMs }: ServerCall) {
    const connection = await server.connection;
    try {
      return await connection.request({
        method: 'POST',
        path,
        headers: JSON_BODY,
        body: Buffer.from(text),
        deadlineMs:
          connection.state.connections === 0 ? Math.min(CONNECT_DEADLINE_MS, deadlineMs) : deadlineMs,
        // A prediction changes nothing, so one whose connection broke before the reply may be sent to the same server again.
        idempotent: true,
      });
    } catch (error) {
      throw this.translated(ownerId, error);
    }
  }

  private async listen(ownerId: string): Promise<ConnectionListener> {
    return listenForContainer({ socketPath: await this.folders.socketOf(ownerId) });
  }

  private starting(cause?: unknown): Problem {
    return new Problem('deployment-unavailable', STARTING, {
      cause,
      retryAfterSeconds: STARTING_RETRY_SECONDS,
    });
  }

  private translated(ownerId: string, error: unknown): unknown {
    if (!(error instanceof ContainerConnectionError)) return error;
    this.suspected.next(ownerId);
    switch (error.code) {
      case 'no-connection':
      case 'closed':
        return this.starting(error);
      case 'overloaded':
        return new Problem('overloaded', 'Too many calls wait for this model already; send fewer at once.', {
          cause: error,
          retryAfterSeconds: 1,
        });
      case 'deadline-exceeded':
        return new Problem(
          'prediction-timeout',
          `The model server did not answer within ${PREDICT_DEADLINE_MS / 1000} s.`,
          { cause: error },
        );
      case 'connection-lost':
        return new Problem('deployment-unavailable', ENDED, {
          cause: error,
          retryAfterSeconds: STARTING_RETRY_SECONDS,
        });
      default:
        return new Problem('prediction-failed', 'The model server broke off the call. Its logs tell more.', {
          cause: error,
        });
    }
  }
}
