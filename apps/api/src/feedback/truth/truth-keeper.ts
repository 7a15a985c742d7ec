import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelContract } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { AnsweredRows, type AnsweredRow, type RowKey } from '../../deployments/requests/answered-rows.js';
import { PredictionLogger } from '../../deployments/predict/prediction-logger.js';
import { ModelsService } from '../../models/models.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { Problem } from '../../platform/problems/problem.js';
import type { FeedbackAnswer, FeedbackItem, FeedbackStatus } from './feedback.dto.js';
import { judged } from './judged-row.js';
import { TruthRepository, type NewTruth, type Origin } from './truth.repository.js';
import { readTruth } from './truth-value.js';

type Output = ModelContract['output'];
type ItemAnswer = FeedbackAnswer['items'][number];

/** The log is written beside the call, within a quarter of a second on any replica. */
const LOG_LAG_MS = 5_000;
const OTHER_REPLICA_MS = 400;
const FUTURE_TOLERANCE_MS = 5 * 60_000;

/** Deployment whose rows are told about. */
export interface Told {
  readonly id: string;
  readonly contract: ModelContract;
}

/** Takes in what turned out to be true: finds the predicted row (M14), reads the outcome, and keeps both side by side. */
@Injectable()
export class TruthKeeper {
  constructor(
    private readonly rows: AnsweredRows,
    private readonly log: PredictionLogger,
    private readonly models: ModelsService,
    private readonly truths: TruthRepository,
    private readonly events: DomainEvents,
  ) {}

  /**
   * Each item stands for itself; of two for the same row the last one counts.
   * @throws Problem `invalid-request` for a model that has no outcome to compare with
   */
  async keep(
    scope: Scope,
    deployment: Told,
    items: readonly FeedbackItem[],
    by: Omit<Origin, 'deploymentId'>,
  ): Promise<FeedbackAnswer> {
    refuseWithoutTarget(deployment.contract);
    const found = await this.find(deployment.id, items);
    const outputs = await this.outputs(scope, deployment, [...found.values()]);
    const truths = new Map<string, NewTruth>();
    const answers = items.map((item, index): ItemAnswer => {
      const row = found.get(nameOf(item));
      const checked = row ? check(item, row, outputs) : missing(item);
      if (!('truth' in checked)) return answerTo(item, index, checked);
      // The last of several stands at the end, where a batch is written in one go.
      truths.set(nameOf(item), checked.truth);
      return answerTo(item, index, { status: 'unchanged' });
    });
    const changed = await this.truths.upsert(scope, { deploymentId: deployment.id, ...by }, [
      ...truths.values(),
    ]);
    if (changed.length > 0) await this.announce(scope, deployment.id);
    return tally(withChanges(items, answers, changed));
  }

  /** Calls of a moment ago may still be on their way into the log. */
  private async find(
    deploymentId: string,
    items: readonly FeedbackItem[],
  ): Promise<Map<string, AnsweredRow>> {
    const keys = [...new Map(items.filter(canBeKey).map((item) => [nameOf(item), keyOf(item)])).values()];
    const found = new Map<string, AnsweredRow>();
    const look = async (): Promise<boolean> => {
      const wanted = keys.filter((key) => !found.has(nameOf(key)));
      for (const row of await this.rows.answers(deploymentId, wanted)) found.set(nameOf(row), row);
      return keys.some((key) => !found.has(nameOf(key)) && isFresh(key.requestId));
    };
    if (!(await look())) return found;
    await this.log.settle();
    if (!(await look())) return found;
    await sleep(OTHER_REPLICA_MS);
    await look();
    return found;
  }

  /** What each version that answered can say; of a version that is gone what the deployment says now. */
  private async outputs(
    scope: Scope,
    { contract }: Told,
    rows: readonly AnsweredRow[],
  ): Promise<ReadonlyMap<string, Output>> {
    const outputs = new Map<string, Output>();
    for (const id of new Set(rows.map(({ modelVersionId }) => modelVersionId)))
      outputs.set(id, await this.outputOf(scope, id, contract.output));
    return outputs;
  }

  private async outputOf(scope: Scope, modelVersionId: string, otherwise: Output): Promise<Output> {
    try {
      return (await this.models.getServable(scope, modelVersionId)).contract.output;
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return otherwise;
      throw error;
    }
  }

  private announce({ projectId }: Scope, id: string): Promise<void> {
    return this.events.publish({ type: 'feedback.updated', projectId, entity: { kind: 'deployment', id } });
  }
}

export function refuseWithoutTarget({ target }: Pick<ModelContract, 'target'>): void {
  if (target === null)
    throw new Problem(
      'invalid-request',
      'This model groups rows; there is no true outcome to compare its answers with.',
    );
}

type Checked =
  | { readonly truth: NewTruth }
  | { readonly status: FeedbackStatus; readonly detail?: string; readonly suggestion?: string };

function check(item: FeedbackItem, row: AnsweredRow, outputs: ReadonlyMap<string, Output>): Checked {
  if (row.status >= 400 || row.rowCount === 0)
    return { status: 'unknown', detail: 'The call was refused or failed, so nothing was predicted.' };
  if (item.rowIndex >= row.rowCount)
    return {
      status: 'unknown',
      detail: `The call had ${row.rowCount === 1 ? '1 row, at index 0' : `${row.rowCount} rows, at index 0 to ${row.rowCount - 1}`}.`,
    };
  if (row.output === null || row.output === undefined)
    return {
      status: 'unknown',
      detail: 'The call was too long for the log, which kept its first rows only. Send fewer rows in a call.',
    };
  const observedAt = item.observedAt === undefined ? null : new Date(item.observedAt);
  if (observedAt && observedAt.getTime() > Date.now() + FUTURE_TOLERANCE_MS)
    return { status: 'invalid', detail: '`observedAt` lies in the future.' };
  const output = outputs.get(row.modelVersionId);
  if (!output) throw new Error(`Version ${row.modelVersionId} was not looked up.`);
  const reading = readTruth(item.truth, output);
  if (reading.ok) return { truth: { ...judged(row, reading.truth, output), observedAt } };
  const { detail, suggestion } = reading;
  return { status: 'invalid', detail, ...(suggestion === undefined ? {} : { suggestion }) };
}

function missing({ requestId }: FeedbackItem): Checked {
  return {
    status: 'unknown',
    detail: isUuid(requestId)
      ? 'The log of this deployment has no such request. It may be of another deployment, or older than the log is kept.'
      : 'This is no request id. Send `request_id` of the answer, as in "0190a000-0000-7000-8000-000000000000".',
  };
}

function answerTo(
  { requestId, rowIndex }: FeedbackItem,
  index: number,
  { status, detail, suggestion }: Exclude<Checked, { truth: NewTruth }>,
): ItemAnswer {
  return { index, requestId, rowIndex, status, detail: detail ?? null, suggestion: suggestion ?? null };
}

/** Whatever was written is told at the last item of its row. */
function withChanges(
  items: readonly FeedbackItem[],
  answers: readonly ItemAnswer[],
  changed: readonly (RowKey & { readonly isNew: boolean })[],
): ItemAnswer[] {
  const told = [...answers];
  const lastOf = new Map<string, number>();
  for (const [index, item] of items.entries())
    if (answers[index]?.status === 'unchanged') lastOf.set(nameOf(item), index);
  for (const { isNew, ...key } of changed) {
    const index = lastOf.get(nameOf(key));
    const answer = index === undefined ? undefined : told[index];
    if (index !== undefined && answer) told[index] = { ...answer, status: isNew ? 'recorded' : 'replaced' };
  }
  return told;
}

function tally(items: ItemAnswer[]): FeedbackAnswer {
  const count = (status: FeedbackStatus): number => items.filter((item) => item.status === status).length;
  return {
    recorded: count('recorded'),
    replaced: count('replaced'),
    unchanged: count('unchanged'),
    unknown: count('unknown'),
    invalid: count('invalid'),
    items,
  };
}

const canBeKey = ({ requestId }: RowKey): boolean => isUuid(requestId);
const keyOf = ({ requestId, rowIndex }: RowKey): RowKey => ({ requestId: requestId.toLowerCase(), rowIndex });
const nameOf = ({ requestId, rowIndex }: RowKey): string => `${requestId.toLowerCase()}:${rowIndex}`;

/** The time is in the id (RFC 9562, version 7). */
function isFresh(requestId: string): boolean {
  const at = Number.parseInt(requestId.replaceAll('-', '').slice(0, 12), 16);
  return Math.abs(Date.now() - at) < LOG_LAG_MS;
}
