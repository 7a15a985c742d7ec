import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ModelsService } from '../../models/models.service.js';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { decodeIdCursor, toPage, type Page, type PageQuery } from '../../platform/paging/page.js';
import { Problem } from '../../platform/problems/problem.js';
import { DeploymentsService } from '../deployments.service.js';
import type { CreateRehearsalRequest, Rehearsal, RehearsalResult } from './rehearsal.dto.js';
import { RehearsalsRepository, type RehearsalRow } from './rehearsals.repository.js';

const NONE_LACKING = { lacking: 0, lackingInputs: [] };

/** Asks for rehearsals and tells how they are; `RehearsalRun` does them. */
@Injectable()
export class RehearsalsService {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly models: ModelsService,
    private readonly repository: RehearsalsRepository,
  ) {}

  async create(
    scope: ProjectScope,
    deploymentId: string,
    request: CreateRehearsalRequest,
  ): Promise<Rehearsal> {
    const deployment = await this.deployments.require(scope, deploymentId);
    const { modelVersionId } = await this.deployments.chosenVersion(scope, request);
    const model = await this.models.getServable(scope, modelVersionId);
    const id = uuidv7();
    const created = await this.repository.create(scope, {
      id,
      deploymentId,
      modelVersionId,
      modelVersionNumber: model.versionNumber,
      modelName: model.modelName,
      againstVersionNumber: deployment.modelVersionNumber,
      wantedCalls: request.calls,
      createdBy: scope.userId,
    });
    if (!created)
      throw new Problem(
        'switch-refused',
        'A rehearsal of this deployment is running. Let it end, or cancel it first.',
      );
    return this.get(scope, deploymentId, id);
  }

  async list(scope: Scope, deploymentId: string, query: PageQuery): Promise<Page<Rehearsal>> {
    await this.deployments.require(scope, deploymentId);
    const rows = await this.repository.page(
      scope,
      deploymentId,
      query.limit + 1,
      decodeIdCursor(query.cursor),
    );
    return toPage(rows, query.limit, (row) => [row.id], describe);
  }

  async get(scope: Scope, deploymentId: string, id: string): Promise<Rehearsal> {
    const row = await this.repository.find(scope, deploymentId, id);
    if (!row) throw new Problem('rehearsal-not-found', 'This deployment has no such rehearsal.');
    return describe(row);
  }

  async cancel(scope: Scope, deploymentId: string, id: string): Promise<Rehearsal> {
    await this.get(scope, deploymentId, id);
    await this.repository.requestCancel(scope, deploymentId, id);
    return this.get(scope, deploymentId, id);
  }
}

function describe(row: RehearsalRow): Rehearsal {
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    modelVersionId: row.model_version_id,
    modelVersionNumber: row.model_version_number,
    modelName: row.model_name,
    againstVersionNumber: row.against_version_number,
    status: row.status,
    wantedCalls: row.wanted_calls,
    callsDone: row.calls_done,
    callsTotal: row.calls_total,
    result: row.result && withLacking(row.result),
    reason: row.reason,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

/** Results that were stored before it was counted know of none. */
function withLacking(result: RehearsalResult): RehearsalResult {
  return { ...result, leftOut: { ...NONE_LACKING, ...result.leftOut } };
}
