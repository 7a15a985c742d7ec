import { Injectable } from '@nestjs/common';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { decodeCursor, encodeCursor } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { RunHistory } from '../training/run-history.js';
import { TrainingService } from '../training/training.service.js';
import { ArtifactFiles } from './tracking/artifact-files.js';
import type {
  BulkResult,
  ExperimentFieldList,
  ExperimentFieldValues,
  ExperimentRunDetail,
  ExperimentRunPage,
  ExperimentRunQuery,
  ExperimentRunSummary,
  FieldValuesQuery,
  MetricHistoryPage,
  MetricHistoryQuery,
  UpdateExperimentRunRequest,
} from './experiment-run.dto.js';
import { attributeFields, jsonNumber, keyField, toSummary, valueOf } from './experiment-responses.js';
import { ExperimentsRepository } from './experiments.repository.js';
import type { RunPageRequest } from './run-query.js';
import { fieldId, type Field, type FieldCatalog } from './search/fields.js';
import { SearchError } from './search/search-error.js';
import type { TrackedRun } from './tracking/tracked-run.js';
import { namedText, TrackingRepository } from './tracking/tracking.repository.js';

const MAX_TAGS_PER_RUN = 200;

/** The experiments table as people see it: runs of ours and of clients, with all that was measured. */
@Injectable()
export class ExperimentsService {
  constructor(
    private readonly repository: ExperimentsRepository,
    private readonly tracking: TrackingRepository,
    private readonly training: TrainingService,
    private readonly history: RunHistory,
    private readonly artifacts: ArtifactFiles,
    private readonly events: DomainEvents,
  ) {}

  /** @throws Problem `invalid-search` */
  async list(scope: Scope, query: ExperimentRunQuery): Promise<ExperimentRunPage> {
    const catalog = await this.repository.catalog(scope);
    const columns = columnsOf(query.column, catalog);
    const found = await this.repository.page(scope, pageRequest(query), catalog);
    const items = await this.summaries(scope, found.runs, columns, catalog);
    return { items, nextCursor: found.nextCursor, total: found.total };
  }

  private async summaries(
    scope: Scope,
    runs: readonly (TrackedRun & { readonly experimentName: string })[],
    columns: readonly Field[],
    catalog: FieldCatalog,
  ): Promise<ExperimentRunSummary[]> {
    const keys = new Set(columns.flatMap((field) => (field.kind === 'key' ? [field.key.id] : [])));
    for (const key of catalog.all)
      if (key.kind === 'tag' && !key.name.startsWith('mlflow.')) keys.add(key.id);
    const values = await this.tracking.valuesOf(
      scope,
      runs.map(({ id }) => id),
      [...keys],
    );
    const byRun = Map.groupBy(values, ({ runId }) => runId);
    return runs.map((run) => toSummary(run, columns, byRun.get(run.id) ?? []));
  }

  async fields(scope: Scope): Promise<ExperimentFieldList> {
    const { all } = await this.repository.catalog(scope);
    return { items: [...attributeFields(), ...all.map(keyField)], nextCursor: null };
  }

  /** @throws Problem `invalid-search` */
  async fieldValues(scope: Scope, { field: name, prefix }: FieldValuesQuery): Promise<ExperimentFieldValues> {
    const catalog = await this.repository.catalog(scope);
    const field = fieldNamed(name, catalog, '#/field');
    const found = await this.repository.fieldValues(scope, field, prefix ?? '');
    return { field: fieldId(field), ...found };
  }

  async get(scope: Scope, id: string): Promise<ExperimentRunDetail> {
    const catalog = await this.repository.catalog(scope);
    const { runs } = await this.repository.page(scope, { ids: [id], show: 'all', limit: 1 }, catalog);
    const [run] = runs;
    if (!run) throw trackedRunNotFound(id);
    const [values, inputs] = await Promise.all([
      this.tracking.valuesOf(scope, [id]),
      this.repository.inputs(id),
    ]);
    const named = (kind: 'param' | 'tag') =>
      values.filter((value) => value.kind === kind).map(({ name, text }) => ({ name, value: text ?? '' }));
    return {
      ...toSummary(run, [], values),
      notes: run.notes,
      metrics: values
        .filter(({ kind }) => kind === 'metric')
        .map((value) => ({ name: value.name, value: valueOf(value), step: value.step ?? null })),
      params: named('param'),
      allTags: named('tag'),
      inputs,
    };
  }

  /** @throws Problem `experiment-run-not-found`, `name-taken` */
  async update(
    scope: ProjectScope,
    id: string,
    request: UpdateExperimentRunRequest,
  ): Promise<ExperimentRunDetail> {
    const run = await this.find(scope, id);
    const { name, notes, tags } = request;
    if (name !== undefined && name !== run.name) await this.rename(scope, run, name);
    if (notes !== undefined) await this.tracking.update(scope, id, { notes });
    if (tags) await this.setTags(scope, [id], tags);
    await this.tell(scope, id);
    return this.get(scope, id);
  }

  private async rename(scope: ProjectScope, run: TrackedRun, name: string): Promise<void> {
    if (run.kind === 'candidate')
      throw new Problem('conflict', 'A candidate is called after its model. Rename its run instead.');
    if (run.kind === 'run') await this.history.rename(scope, run.id, name);
    else await this.setTags(scope, [run.id], { 'mlflow.runName': name });
    await this.tracking.update(scope, run.id, { name });
  }

  async tag(
    scope: ProjectScope,
    ids: readonly string[],
    tags: Readonly<Record<string, string | null>>,
  ): Promise<BulkResult> {
    const runs = await this.tracking.findMany(scope, ids);
    await this.setTags(
      scope,
      runs.map(({ id }) => id),
      tags,
    );
    for (const { id } of runs) await this.tell(scope, id);
    return { done: runs.map(({ id }) => id), refused: [] };
  }

  private async setTags(
    scope: Scope,
    ids: readonly string[],
    tags: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const entries = Object.entries(tags);
    const set = entries.flatMap(([name, value]) => (value === null ? [] : [namedText('tag', name, value)]));
    const removed = entries.flatMap(([name, value]) => (value === null ? [name] : []));
    await this.tracking.transaction(async (manager) => {
      for (const id of ids) await this.tracking.putValues(scope, id, set, manager);
      await this.tracking.removeValues(scope, ids, 'tag', removed, manager);
    });
    for (const id of ids) {
      const own = (await this.tracking.valuesOf(scope, [id])).filter(({ kind }) => kind === 'tag');
      if (own.length > MAX_TAGS_PER_RUN)
        throw new Problem('invalid-request', `A run has at most ${MAX_TAGS_PER_RUN} tags. Remove some.`);
    }
  }

  /** Deletes what may go; of our own trainings the run itself. */
  async delete(scope: ProjectScope, ids: readonly string[]): Promise<BulkResult> {
    const result: BulkResult = { done: [], refused: [] };
    for (const run of await this.tracking.findMany(scope, ids)) {
      const reason = await this.deleteOne(scope, run);
      if (reason === undefined) result.done.push(run.id);
      else result.refused.push({ id: run.id, name: run.name, reason });
    }
    return result;
  }

  /** @returns why it stays */
  private async deleteOne(scope: ProjectScope, run: TrackedRun): Promise<string | undefined> {
    if (run.kind === 'candidate') return 'A candidate goes with its run. Delete the run.';
    try {
      if (run.kind === 'run') await this.training.deleteRun(scope, run.id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code !== 'run-not-found') return error.detail;
    }
    await this.artifacts.removeAll(scope, run.id);
    await this.tracking.remove(scope, [run.id]);
    await this.tell(scope, run.id);
    return undefined;
  }

  async metricHistory(scope: Scope, id: string, query: MetricHistoryQuery): Promise<MetricHistoryPage> {
    await this.find(scope, id);
    const after = Number(decodeCursor(query.cursor, 1)?.[0] ?? 0);
    const points = await this.repository.history(
      scope,
      id,
      query.metric,
      Number.isSafeInteger(after) ? after : 0,
      query.limit,
    );
    const shown = points.slice(0, query.limit);
    const last = shown.at(-1);
    return {
      items: shown.map(({ step, at, value }) => ({ step, at: at.toISOString(), value: jsonNumber(value) })),
      nextCursor: points.length > query.limit && last ? encodeCursor([Number(last.seq)]) : null,
    };
  }

  async find(scope: Scope, id: string): Promise<TrackedRun> {
    const run = await this.tracking.find(scope, id);
    if (!run) throw trackedRunNotFound(id);
    return run;
  }

  private async tell(scope: Scope, id: string): Promise<void> {
    await this.events.publish({
      type: 'experiment.updated',
      projectId: scope.projectId,
      entity: { kind: 'experiment-run', id },
    });
  }
}

export function trackedRunNotFound(id: string): Problem {
  return new Problem('experiment-run-not-found', `There is no tracked run ${id} that you can see.`);
}

/** @throws Problem `invalid-search` */
export function columnsOf(names: readonly string[] | undefined, catalog: FieldCatalog): Field[] {
  const fields = (names ?? []).flatMap((name) => catalog.find(name) ?? []);
  return [...new Map(fields.map((field) => [fieldId(field), field])).values()];
}

function fieldNamed(name: string, catalog: FieldCatalog, pointer: string): Field {
  try {
    return catalog.resolve({ name, start: 0, end: name.length });
  } catch (error) {
    if (error instanceof SearchError) throw error.toProblem(pointer, name);
    throw error;
  }
}

export function pageRequest(query: ExperimentRunQuery): RunPageRequest {
  return {
    search: query.search,
    show: query.show,
    ...(query.sort === undefined ? {} : { sort: [query.sort] }),
    ids: query.id?.filter((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)),
    limit: query.limit,
    cursor: query.cursor,
    offset: query.offset,
    count: query.count,
  };
}
