import { ExplainAnswer, type CellValue } from '@modelwright/contracts';
import {
  ContainerConnectionError,
  listenForContainer,
  type ConnectionListener,
} from '@modelwright/container-runtime';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Subject } from 'rxjs';
import { Problem, type FieldError } from '../platform/problems/problem.js';
import { ServingFolders } from './serving-folders.js';

export interface ModelPrediction {
  readonly index: number;
  readonly prediction: string | number | null;
  readonly probabilities?: Record<string, number>;
}

export interface ModelServerAnswer {
  readonly predictions: readonly ModelPrediction[];
}

export type Readiness =
  { readonly ready: true } | { readonly ready: false; readonly detail: string; readonly answered: boolean };

const PREDICT_DEADLINE_MS = 30_000;
/** A server that is just being adopted or restarted may dial within this time. */
const CONNECT_DEADLINE_MS = 3_000;
const PROBE_DEADLINE_MS = 5_000;
const MAX_IN_FLIGHT = 256;
const STARTING = 'The model server is starting or being restarted; try again in a moment.';
const STARTING_RETRY_SECONDS = 2;
const ENDED =
  'The model server ended while it worked on this call and is being started again. If that happens with the same rows each time, they are too much for it: send fewer at once, and see its logs.';

interface Server {
  readonly connection: Promise<ConnectionListener>;
  inFlight: number;
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
    const known = this.servers.get(ownerId);
    if (known) return known.connection;
    const server: Server = { connection: this.listen(ownerId), inFlight: 0 };
    this.servers.set(ownerId, server);
    try {
      return await server.connection;
    } catch (error) {
      this.servers.delete(ownerId);
      throw error;
    }
  }

  async close(ownerId: string): Promise<void> {
    const server = this.servers.get(ownerId);
    this.servers.delete(ownerId);
    if (server) await (await server.connection).close();
  }

  /** Closes the lines to owners that are gone, also where another replica let them go. */
  async closeExcept(owners: () => Promise<ReadonlySet<string>>): Promise<void> {
    // Who is opened while the owners are asked for is not judged.
    const open = [...this.servers.keys()];
    if (open.length === 0) return;
    const known = await owners();
    for (const ownerId of open) if (!known.has(ownerId)) await this.close(ownerId);
  }

  async readiness(ownerId: string, deadlineMs = PROBE_DEADLINE_MS): Promise<Readiness> {
    const connection = await this.open(ownerId);
    try {
      const answer = await connection.request({ method: 'GET', path: '/health/ready', deadlineMs });
      if (answer.status === 200) return { ready: true };
      return { ready: false, answered: true, detail: stepOf(answer.body) };
    } catch (error) {
      if (!(error instanceof ContainerConnectionError)) throw error;
      return { ready: false, answered: false, detail: 'The model server does not answer yet.' };
    }
  }

  /** @throws Problem `deployment-unavailable`, `prediction-failed`, `prediction-timeout`, `invalid-prediction-input`, `overloaded` */
  async predict(ownerId: string, rows: readonly Record<string, CellValue>[]): Promise<ModelServerAnswer> {
    const { status, body } = await this.ask(ownerId, '/predict', { rows });
    return readAnswer(status, body, rows.length);
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

  private async ask(ownerId: string, path: string, question: unknown) {
    const connection = await this.open(ownerId);
    const server = this.servers.get(ownerId);
    if (server && server.inFlight >= MAX_IN_FLIGHT) {
      throw new Problem(
        'overloaded',
        `${MAX_IN_FLIGHT} calls wait for this model already; send fewer at once.`,
        { retryAfterSeconds: 1 },
      );
    }
    if (server) server.inFlight += 1;
    try {
      const body = Buffer.from(JSON.stringify(question));
      const headers = { 'content-type': 'application/json' };
      const deadlineMs = connection.state.connections === 0 ? CONNECT_DEADLINE_MS : PREDICT_DEADLINE_MS;
      // A prediction changes nothing, so one whose connection broke before the reply may be sent to the same server again.
      return await connection.request({
        method: 'POST',
        path,
        headers,
        body,
        deadlineMs,
        idempotent: true,
      });
    } catch (error) {
      throw this.translated(ownerId, error);
    } finally {
      if (server) server.inFlight -= 1;
    }
  }

  private async listen(ownerId: string): Promise<ConnectionListener> {
    return listenForContainer({ socketPath: await this.folders.socketOf(ownerId) });
  }

  private translated(ownerId: string, error: unknown): unknown {
    if (!(error instanceof ContainerConnectionError)) return error;
    this.suspected.next(ownerId);
    switch (error.code) {
      case 'no-connection':
      case 'closed':
        return new Problem('deployment-unavailable', STARTING, {
          cause: error,
          retryAfterSeconds: STARTING_RETRY_SECONDS,
        });
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

function stepOf(body: Buffer): string {
  const answer = parse(body);
  const step =
    isRecord(answer) && typeof answer['step'] === 'string' ? answer['step'].slice(0, 200) : 'starting';
  return `The model server is at: ${step}.`;
}

/** The container is not trusted: what it says is checked before it is passed on (T08). */
function readAnswer(status: number, body: Buffer, rowCount: number): ModelServerAnswer {
  const answer = parse(body);
  if (status === 200 && isRecord(answer) && isPredictionList(answer['predictions'], rowCount)) {
    return { predictions: answer['predictions'] };
  }
  throw refusal(status, answer);
}

/** The same for explanations. */
function readExplanation(status: number, body: Buffer, rowCount: number): ExplainAnswer {
  const answer = parse(body);
  const parsed = status === 200 ? ExplainAnswer.safeParse(answer) : undefined;
  if (parsed?.success && parsed.data.explanations.length === rowCount) return parsed.data;
  if (status === 503)
    throw new Problem('overloaded', 'Too many rows wait to be explained; try again in a moment.', {
      retryAfterSeconds: 2,
    });
  if (status === 500 && isRecord(answer) && typeof answer['error'] === 'string')
    throw new Problem('prediction-failed', text(answer['error']));
  throw refusal(status, answer);
}

function refusal(status: number, answer: unknown): Problem {
  if (status === 422 && isRecord(answer) && Array.isArray(answer['errors'])) {
    const errors = (answer['errors'] as unknown[]).filter(isRecord).slice(0, 50).map(toFieldError);
    return new Problem('invalid-prediction-input', 'The model server does not accept the rows.', { errors });
  }
  if (status === 413)
    return new Problem('request-too-large', 'The call is too large for the model server; send fewer rows.');
  if (status === 503)
    return new Problem('deployment-unavailable', STARTING, { retryAfterSeconds: STARTING_RETRY_SECONDS });
  return new Problem(
    'prediction-failed',
    `The model server answered with status ${status}. The logs of the deployment tell more.`,
  );
}

function toFieldError(error: Record<string, unknown>): FieldError {
  return { pointer: text(error['pointer']), detail: text(error['detail']) };
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 500) : '');

type Prediction = ModelServerAnswer['predictions'][number];

function isPredictionList(value: unknown, rowCount: number): value is Prediction[] {
  return Array.isArray(value) && value.length === rowCount && value.every(isPrediction);
}

function isPrediction(value: unknown): value is Prediction {
  if (!isRecord(value) || typeof value['index'] !== 'number') return false;
  const { prediction, probabilities } = value;
  const plain = prediction === null || typeof prediction === 'string' || typeof prediction === 'number';
  return (
    plain &&
    (probabilities === undefined ||
      (isRecord(probabilities) && Object.values(probabilities).every((part) => typeof part === 'number')))
  );
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
