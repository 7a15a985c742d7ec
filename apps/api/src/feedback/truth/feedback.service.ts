import { Injectable } from '@nestjs/common';
import { CallDoor } from '../../deployments/access/call-door.js';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { Authorizer } from '../../platform/authorization/authorizer.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { SystemScope, type Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { invalidRequest } from '../../platform/http/validation.pipe.js';
import { decodeCursor, toPage, type Page, type PageQuery } from '../../platform/paging/page.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { FeedbackLimit } from './feedback-limit.js';
import { SendFeedbackRequest, withOurNames, type FeedbackAnswer, type KnownTruth } from './feedback.dto.js';
import { TruthKeeper } from './truth-keeper.js';
import { TruthRepository, type TruthRow } from './truth.repository.js';

export interface Sender {
  readonly principal: Principal;
  readonly idOrSlug: string;
  readonly clientAddress: string | null;
}

/** Outcomes one by one: sent by whoever calls the endpoint, read by people. */
@Injectable()
export class FeedbackService {
  constructor(
    private readonly door: CallDoor,
    private readonly authorizer: Authorizer,
    private readonly deployments: DeploymentsService,
    private readonly keeper: TruthKeeper,
    private readonly truths: TruthRepository,
    private readonly people: People,
    private readonly limit: FeedbackLimit,
  ) {}

  /** Keys of the deployment may, and members who may change it; nobody else, however open the endpoint is. */
  async send(sender: Sender, sent: unknown): Promise<FeedbackAnswer> {
    const { principal } = sender;
    const { endpoint, caller, key } = await this.door.enter(sender);
    if (principal.kind === 'anonymous')
      throw new Problem(
        'unauthenticated',
        'Outcomes are taken with a key of this deployment as "Authorization: Bearer <key>".',
      );
    const scope: Scope =
      principal.kind === 'user'
        ? await this.authorizer.onResource(principal, 'deployment', endpoint.id, 'deployment:write')
        : SystemScope.forBackgroundWork(endpoint.projectId);
    await this.limit.take(endpoint, key, principal);
    const body = withOurNames(sent);
    const parsed = SendFeedbackRequest.safeParse(body);
    if (!parsed.success) throw invalidRequest(issuesOf(body));
    const items = 'items' in parsed.data ? parsed.data.items : [parsed.data];
    const deployment = await this.deployments.require(scope, endpoint.id);
    const toldBy =
      principal.kind === 'user'
        ? ((await this.people.displayNames([principal.userId])).get(principal.userId) ?? null)
        : caller.name;
    return this.keeper.keep(scope, deployment, items, { source: 'api', toldBy });
  }

  async list(scope: Scope, deploymentId: string, query: PageQuery): Promise<Page<KnownTruth>> {
    await this.deployments.require(scope, deploymentId);
    const rows = await this.truths.page(scope, deploymentId, query.limit + 1, positionOf(query.cursor));
    return toPage(
      rows,
      query.limit,
      (row) => [row.receivedAt.toISOString(), row.requestId, row.rowIndex],
      describe,
    );
  }
}

/** A union says only that nothing fits; the form that was meant says what is wrong. */
function issuesOf(body: unknown): Parameters<typeof invalidRequest>[0] {
  const [single, many] = SendFeedbackRequest.options;
  const isMany = typeof body === 'object' && body !== null && 'items' in body;
  return (isMany ? many : single).safeParse(body).error?.issues ?? [];
}

function positionOf(cursor: string | undefined): readonly [string, string, number] | undefined {
  const position = decodeCursor(cursor, 3);
  if (!position) return undefined;
  const [at, id, row] = position;
  if (typeof at === 'string' && !Number.isNaN(Date.parse(at)) && typeof id === 'string' && isUuid(id))
    if (typeof row === 'number' && Number.isInteger(row)) return [at, id, row];
  throw new Problem(
    'invalid-request',
    'The cursor is not one that this list gave out. Start again without a cursor.',
  );
}

function describe(row: TruthRow): KnownTruth {
  const { requestId, rowIndex, modelVersionNumber, confidence, times, source, toldBy } = row;
  return {
    requestId,
    rowIndex,
    modelVersionNumber,
    predictedAt: row.predictedAt.toISOString(),
    prediction: row.predictedLabel ?? row.predictedNumber,
    truth: row.truthLabel ?? row.truthNumber,
    confidence,
    observedAt: row.observedAt.toISOString(),
    receivedAt: row.receivedAt.toISOString(),
    times,
    source,
    toldBy,
  };
}
