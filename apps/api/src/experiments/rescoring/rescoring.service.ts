import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { ModelsService } from '../../models/models.service.js';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { toPage } from '../../platform/paging/page.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import type {
  CreateRescoringRequest,
  RescoringListQuery,
  RescoringPage,
  RescoringResponse,
} from './rescoring.dto.js';
import { RESCORE, RescoringDriver } from './rescoring-driver.js';
import { RescoringRepository, type RescoringRow } from './rescoring.repository.js';

const MAX_ACTIVE = 5;

/** Models scored again on the same rows, as people ask for it. */
@Injectable()
export class RescoringService {
  constructor(
    private readonly rows: RescoringRepository,
    private readonly models: ModelsService,
    private readonly datasets: DatasetsService,
    private readonly people: People,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
    private readonly driver: RescoringDriver,
  ) {}

  /**
   * @param id one that exists already is what an earlier try of the same request made
   * @throws Problem `model-not-found`, `dataset-not-found`, `dataset-not-ready`, `unsuitable-data`, `conflict`
   */
  async create(
    scope: ProjectScope,
    request: CreateRescoringRequest,
    id: string = uuid(),
  ): Promise<RescoringResponse> {
    const earlier = await this.rows.find(scope, id);
    if (earlier) return this.respond(earlier);
    const modelVersionIds = [...new Set(request.modelVersionIds)];
    if (modelVersionIds.length < 2)
      throw new Problem('invalid-request', 'Name two to six different model versions.', {
        errors: [{ pointer: '#/modelVersionIds', detail: 'at least two different ones' }],
      });
    const target = await this.commonTarget(scope, modelVersionIds);
    const table = await this.datasets.getVersionForTraining(
      scope,
      request.datasetId,
      request.datasetVersion === undefined ? {} : { version: request.datasetVersion },
    );
    if (
      !table.columns.some(({ name }) => name === target) &&
      !table.profile.columns.some(({ name }) => name === target)
    )
      throw new Problem(
        'unsuitable-data',
        `The dataset has no column "${target}" to compare predictions with.`,
        {
          errors: [{ pointer: '#/datasetId', detail: `no column "${target}"` }],
        },
      );
    const row: RescoringRow = {
      id,
      projectId: scope.projectId,
      modelVersionIds,
      datasetId: request.datasetId,
      datasetName: table.datasetName,
      datasetVersion: table.versionNumber,
      dataSha256: table.parquetSha256,
      rows: request.rows,
      status: 'queued',
      stage: null,
      progress: null,
      result: null,
      failure: null,
      generation: 0,
      cancelRequestedAt: null,
      createdBy: scope.userId,
      createdAt: new Date(),
      startedAt: null,
      finishedAt: null,
    };
    await this.rows.transaction(async (manager) => {
      if ((await this.rows.countActive(scope, manager)) >= MAX_ACTIVE)
        throw new Problem(
          'conflict',
          `The project has ${MAX_ACTIVE} re-scorings at work already. Wait for one to end.`,
        );
      await this.rows.insert(scope, row, manager);
      await this.queue.enqueue(RESCORE, id, { manager });
      await this.tell(scope, id, manager);
    });
    return this.respond(row);
  }

  private async commonTarget(scope: Scope, ids: readonly string[]): Promise<string> {
    const versions = await Promise.all(ids.map((id) => this.models.getScorable(scope, id)));
    const [first] = versions;
    if (!first) throw new Error('There are versions.');
    const other = versions.find(({ task, target }) => task !== first.task || target !== first.target);
    if (other)
      throw new Problem(
        'unsuitable-data',
        `${first.name} predicts "${first.target}" (${first.task}), ${other.name} "${other.target}" (${other.task}). Only models of the same task and target can be scored on the same rows.`,
        { errors: [{ pointer: '#/modelVersionIds', detail: 'different tasks or targets' }] },
      );
    if (first.target === null) {
      throw new Problem(
        'unsuitable-data',
        `${first.name} groups rows without a target, so there is no truth to score it against.`,
      );
    }
    return first.target;
  }

  async get(scope: Scope, id: string): Promise<RescoringResponse> {
    return this.respond(await this.find(scope, id));
  }

  async list(scope: Scope, query: RescoringListQuery): Promise<RescoringPage> {
    const rows = await this.rows.list(scope, query);
    const page = toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => row,
    );
    const names = await this.people.displayNames(page.items.map((row) => row.createdBy));
    return { items: page.items.map((row) => toResponse(row, names)), nextCursor: page.nextCursor };
  }

  /** One that waits ends at once; one at work is asked to end; one that has ended stays as it is. */
  async cancel(scope: Scope, id: string): Promise<RescoringResponse> {
    await this.find(scope, id);
    await this.rows.transaction(async (manager) => {
      const row = await this.rows.find(scope, id, manager);
      const now = new Date();
      const ended =
        row?.startedAt === null &&
        (await this.rows.move(
          scope,
          id,
          ['queued'],
          'cancelled',
          { cancelRequestedAt: now, finishedAt: now },
          manager,
        ));
      if (!ended && row?.finishedAt === null && row.cancelRequestedAt === null)
        await this.rows.update(scope, id, { cancelRequestedAt: now }, manager);
      await this.tell(scope, id, manager);
    });
    return this.get(scope, id);
  }

  /** Ends and removes all of a project that is being deleted. */
  async deleteProject(projectId: string): Promise<void> {
    for (const id of await this.rows.ofProject(projectId)) await this.driver.cleanUp(id);
  }

  private async find(scope: Scope, id: string): Promise<RescoringRow> {
    const row = await this.rows.find(scope, id);
    if (!row) throw new Problem('rescoring-not-found', `There is no re-scoring ${id} that you can see.`);
    return row;
  }

  private async respond(row: RescoringRow): Promise<RescoringResponse> {
    return toResponse(row, await this.people.displayNames([row.createdBy]));
  }

  private tell(scope: Scope, id: string, manager: Parameters<DomainEvents['publish']>[1]): Promise<void> {
    return this.events.publish(
      { type: 'rescoring.updated', projectId: scope.projectId, entity: { kind: 'rescoring', id } },
      manager,
    );
  }
}

function toResponse(row: RescoringRow, names: ReadonlyMap<string, string>): RescoringResponse {
  return {
    id: row.id,
    projectId: row.projectId,
    modelVersionIds: row.modelVersionIds,
    datasetId: row.datasetId,
    datasetName: row.datasetName,
    datasetVersion: row.datasetVersion,
    rows: row.rows,
    status: row.status,
    stage: row.stage,
    progress: row.progress,
    result: row.result,
    failure: row.failure,
    createdBy: row.createdBy === null ? null : (names.get(row.createdBy) ?? null),
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
