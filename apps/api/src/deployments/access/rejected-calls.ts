import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Problem } from '../../platform/problems/problem.js';
import type { Caller } from '../predict/caller-check.js';
import type { Endpoint } from '../predict/endpoint.js';
import { storableText } from '../predict/prediction-entry.js';
import { PredictionLogger } from '../predict/prediction-logger.js';

const MINUTE_MS = 60_000;
/** So many are logged a minute, deployment and replica: whoever is turned away cannot fill the disk by trying again. */
const LOGGED_PER_MINUTE = 60;
const MAX_KNOWN = 20_000;

interface Turned {
  readonly minute: number;
  count: number;
}

/** Calls that were turned away at the door: in the log and in the counts, without what was sent (M11). */
@Injectable()
export class RejectedCalls {
  private readonly log = new Logger(RejectedCalls.name);
  private readonly turned = new Map<string, Turned>();

  constructor(private readonly logger: PredictionLogger) {}

  /** Beside the answer: the caller learns nothing from how long it takes. */
  note(
    endpoint: Endpoint,
    caller: Caller,
    { clientAddress, arrivedAt }: { readonly clientAddress: string | null; readonly arrivedAt: number },
    problem: Problem,
  ): void {
    if (!this.isToBeLogged(endpoint.id, Math.floor(Date.now() / MINUTE_MS))) return;
    const latencyMs = performance.now() - arrivedAt;
    const entry = {
      id: uuidv7(),
      projectId: endpoint.projectId,
      deploymentId: endpoint.id,
      modelVersionId: endpoint.modelVersionId,
      modelVersionNumber: endpoint.modelVersionNumber,
      at: new Date(Date.now() - latencyMs).toISOString(),
      status: problem.status,
      rowCount: 0,
      latencyMs,
      inputs: [],
      outputs: [],
      truncated: false,
      error: storableText(problem.detail),
      errorCode: problem.code,
      callerKind: caller.kind,
      callerId: caller.id,
      callerName: caller.name,
      clientAddress,
    };
    this.logger.record(entry).catch((error: unknown) => {
      this.log.warn({ err: error }, 'A call that was turned away could not be logged.');
    });
  }

  private isToBeLogged(deploymentId: string, minute: number): boolean {
    const known = this.turned.get(deploymentId);
    if (known?.minute === minute) return ++known.count <= LOGGED_PER_MINUTE;
    if (this.turned.size >= MAX_KNOWN) this.turned.clear();
    this.turned.set(deploymentId, { minute, count: 1 });
    return true;
  }
}
