import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { decodeCursor, encodeCursor } from '../../platform/paging/page.js';
import { jsonNumber } from '../experiment-responses.js';
import { ExperimentsRepository } from '../experiments.repository.js';
import { trackedRunNotFound } from '../experiments.service.js';
import type { TrackedRun } from '../tracking/tracked-run.js';
import { TrackingRepository } from '../tracking/tracking.repository.js';
import { MlflowExperiments } from './mlflow-experiments.service.js';
import type {
  CreateRun,
  HistoryAnswer,
  HistoryQuery,
  MlflowRun,
  RunInfo,
  RunsAnswer,
  SearchRuns,
  UpdateRun,
} from './mlflow.dto.js';
import { MlflowLog } from './mlflow-log.service.js';
import { ownState, toMlflowRun, toRunInfo } from './mlflow-responses.js';
import { LenientCatalog } from './lenient-catalog.js';
import { decodeOffset, encodeOffset } from './page-token.js';

/** A run may have thousands of long parameters and tags, and a page a thousand runs. */
const MAX_ANSWER_BYTES = 8 * 1024 ** 2;
const ENDED = new Set(['succeeded', 'failed', 'cancelled']);
const LIFECYCLE = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' } as const;

/** Runs as clients of the MLflow protocol make, find and end them. */
@Injectable()
export class MlflowRuns {
  constructor(
    private readonly tracking: TrackingRepository,
    private readonly repository: ExperimentsRepository,
    private readonly experiments: MlflowExperiments,
    private readonly log: MlflowLog,
    private readonly people: People,
    private readonly events: DomainEvents,
  ) {}

  async create(scope: ProjectScope, request: CreateRun): Promise<MlflowRun> {
    const experiment = await this.experiments.find(scope, request.experiment_id);
    if (experiment.kind === 'training')
      throw new Problem(
        'conflict',
        'This experiment holds the trainings of the project. Choose another one.',
      );
    const id = uuid();
    const now = new Date();
    const names = await this.people.displayNames([scope.userId]);
    const named = request.tags.find(({ key }) => key === 'mlflow.runName')?.value;
    const run: TrackedRun = {
      ...EMPTY,
      id,
      projectId: scope.projectId,
      experimentId: experiment.id,
      name: request.run_name || named || `run-${id.slice(-8)}`,
      status: 'running',
      userName: names.get(scope.userId) ?? request.user_id,
      createdBy: scope.userId,
      createdAt: now,
      startedAt: request.start_time === undefined ? now : new Date(request.start_time),
      updatedAt: now,
    };
    await this.tracking.transaction((manager) => this.tracking.upsert(scope, [run], manager));
    await this.log.write(scope, run, { metrics: [], params: [], tags: request.tags });
    await this.tell(scope, id);
    return this.get(scope, id);
  }

  /** @throws Problem `experiment-run-not-found` */
  async find(scope: Scope, id: string | undefined): Promise<TrackedRun> {
    if (id === undefined || id === '')
      throw new Problem('invalid-request', 'Name the run.', {
        errors: [{ pointer: '#/run_id', detail: 'missing' }],
      });
    const run = isUuid(id) ? await this.tracking.find(scope, id) : undefined;
    if (!run) throw trackedRunNotFound(id.slice(0, 100));
    return run;
  }

  /** A run that a client may write to. */
  async writable(scope: Scope, id: string | undefined): Promise<TrackedRun> {
    const run = await this.find(scope, id);
    if (run.kind !== 'external')
      throw new Problem('conflict', `"${run.name}" is a training of the project; clients may only tag it.`);
    return run;
  }

  async get(scope: Scope, id: string | undefined): Promise<MlflowRun> {
    const run = await this.find(scope, id);
    const [values, inputs] = await Promise.all([
      this.tracking.valuesOf(scope, [run.id]),
      this.repository.inputs(run.id),
    ]);
    return toMlflowRun(run, values, inputs);
  }

  async update(scope: ProjectScope, id: string | undefined, request: UpdateRun): Promise<RunInfo> {
    const run = await this.writable(scope, id);
    const status = request.status === undefined ? undefined : ownState(request.status);
    const ends = status !== undefined && ENDED.has(status);
    const endedAt =
      request.end_time === undefined
        ? ends
          ? (run.endedAt ?? new Date())
          : undefined
        : new Date(request.end_time);
    await this.tracking.update(scope, run.id, {
      ...(status === undefined ? {} : { status }),
      ...(status !== undefined && !ends ? { endedAt: null } : {}),
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(request.run_name ? { name: request.run_name } : {}),
    });
    await this.tell(scope, run.id);
    return toRunInfo(await this.find(scope, run.id));
  }

  async setDeleted(scope: Scope, id: string | undefined, deleted: boolean): Promise<void> {
    const run = await this.writable(scope, id);
    await this.tracking.update(scope, run.id, { deletedAt: deleted ? new Date() : null });
    await this.tell(scope, run.id);
  }

  async search(scope: Scope, request: SearchRuns): Promise<RunsAnswer> {
    const catalog = new LenientCatalog((await this.repository.catalog(scope)).all);
    const offset = decodeOffset(request.page_token);
    const limit = Math.min(request.max_results, 1_000);
    const experimentIds = await this.experimentIds(scope, request.experiment_ids);
    const found = await this.repository.page(
      scope,
      {
        show: 'runs',
        search: request.filter.trim() === '' ? undefined : request.filter,
        sort: request.order_by.length === 0 ? ['-start_time'] : request.order_by.map(sortOf),
        experimentIds,
        lifecycle: LIFECYCLE[request.run_view_type],
        limit,
        offset,
      },
      catalog,
    );
    const shown = found.runs.slice(0, await this.fitting(scope, found.runs));
    const values = Map.groupBy(
      await this.tracking.valuesOf(
        scope,
        shown.map(({ id }) => id),
      ),
      ({ runId }) => runId,
    );
    const isLast = found.nextCursor === null && shown.length === found.runs.length;
    return {
      runs: shown.map((run) => toMlflowRun(run, values.get(run.id) ?? [], [])),
      ...(isLast ? {} : { next_page_token: encodeOffset(offset + shown.length) }),
    };
  }

  /** How many runs of a page one answer holds: clients ask on for those that come with the next one. At least one. */
  private async fitting(scope: Scope, runs: readonly TrackedRun[]): Promise<number> {
    const sizes = await this.tracking.sizesOf(
      scope,
      runs.map(({ id }) => id),
    );
    let bytes = 0;
    const tooMany = runs.findIndex(({ id, notes }) => {
      bytes += (sizes.get(id) ?? 0) + notes.length;
      return bytes > MAX_ANSWER_BYTES;
    });
    return tooMany < 0 ? runs.length : Math.max(1, tooMany);
  }

  private async experimentIds(scope: Scope, ids: readonly string[]): Promise<string[] | undefined> {
    if (ids.length === 0) return undefined;
    const own = ids.includes('0') ? [(await this.experiments.find(scope, '0')).id] : [];
    return [...ids.filter((id) => isUuid(id)), ...own];
  }

  async history(scope: Scope, query: HistoryQuery): Promise<HistoryAnswer> {
    const run = await this.find(scope, query.run_id ?? query.run_uuid);
    const after = query.page_token === '' ? 0 : Number(decodeCursor(query.page_token, 1)?.[0] ?? 0);
    const points = await this.repository.history(
      scope,
      run.id,
      query.metric_key,
      Number.isSafeInteger(after) ? after : 0,
      query.max_results,
    );
    const shown = points.slice(0, query.max_results);
    const last = shown.at(-1);
    return {
      metrics: shown.map(({ step, at, value }) => ({
        key: query.metric_key,
        value: jsonNumber(value) ?? 'NaN',
        timestamp: at.getTime(),
        step,
      })),
      ...(points.length > query.max_results && last
        ? { next_page_token: encodeCursor([Number(last.seq)]) }
        : {}),
    };
  }

  private async tell(scope: Scope, id: string): Promise<void> {
    await this.events.publish({
      type: 'experiment.updated',
      projectId: scope.projectId,
      entity: { kind: 'experiment-run', id },
    });
  }
}

/** "metrics.rmse DESC" as a field of ours. */
function sortOf(order: string): string {
  const match = /^\s*(.*?)(?:\s+(asc|desc))?\s*$/i.exec(order);
  const name = (match?.[1] ?? order).replace(/[`"]/g, '');
  return match?.[2]?.toLowerCase() === 'desc' ? `-${name}` : name;
}

const EMPTY: Omit<
  TrackedRun,
  'id' | 'projectId' | 'experimentId' | 'name' | 'status' | 'createdAt' | 'updatedAt' | 'startedAt'
> = {
  parentId: null,
  kind: 'external',
  candidateId: null,
  notes: '',
  task: null,
  target: null,
  metric: null,
  score: null,
  scoreLow: null,
  scoreHigh: null,
  baseline: null,
  datasetId: null,
  datasetName: null,
  datasetVersion: null,
  modelId: null,
  modelVersionId: null,
  userName: null,
  createdBy: null,
  sourceUpdatedAt: null,
  endedAt: null,
  deletedAt: null,
};
