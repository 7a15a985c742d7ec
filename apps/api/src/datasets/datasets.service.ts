import type { ColumnType } from '@modelwright/contracts';
import { targetProblem, type QualityFlag, type TableProfile } from '@modelwright/table-engine';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { decodeCursor, toPage, type PageQuery } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { DatasetFiles } from './dataset-files.js';
import { DatasetIngest } from './dataset-ingest.js';
import {
  effectiveColumns,
  flagsFor,
  toDatasetResponse,
  toVersionResponse,
  type EffectiveColumn,
} from './dataset-mapping.js';
import { DatasetTables } from './dataset-tables.js';
import { DatasetTask } from './dataset-task.js';
import { DatasetUsage } from './dataset-usage.js';
import type {
  DatasetPage,
  DatasetResponse,
  DatasetVersionPage,
  ListDatasetsQuery,
  UpdateDatasetRequest,
} from './dataset.dto.js';
import type { ColumnOverrides, DatasetWithVersion } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';

/** What a training run takes from a dataset; the snapshot that the run stores (D4). */
export interface TrainingTable {
  readonly datasetId: string;
  readonly datasetName: string;
  readonly datasetVersionId: string;
  readonly versionNumber: number;
  /** Path of the Parquet file on this machine, its hash just compared. */
  readonly parquetPath: string;
  readonly parquetSha256: string;
  /** Hash of the file as uploaded. */
  readonly contentSha256: string;
  readonly rows: number;
  readonly columns: EffectiveColumn[];
  readonly profile: TableProfile;
  /** Flags that hold for `target`. */
  readonly flags: QualityFlag[];
  /** The target asked for, else the chosen one, else the suggested one. */
  readonly target: string | null;
  /** Why that target cannot be trained on; null when it can or when there is none. */
  readonly targetProblem: string | null;
}

/** A version whose rows another room reads. */
export type StoredTable = Pick<
  TrainingTable,
  | 'datasetId'
  | 'datasetName'
  | 'datasetVersionId'
  | 'versionNumber'
  | 'parquetPath'
  | 'rows'
  | 'columns'
  | 'profile'
> & {
  /** Lines of the file that were no whole rows, and are not in the table. */
  readonly badRows: number;
};

/** Types that a column may be used as besides the one found; the stored table stays as it is. */
const OTHER_TYPES: Record<ColumnType, readonly ColumnType[]> = {
  number: ['category'],
  integer: ['number', 'category'],
  boolean: ['category'],
  category: ['text'],
  text: ['category'],
  datetime: [],
};

@Injectable()
export class DatasetsService {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
    private readonly tables: DatasetTables,
    private readonly ingest: DatasetIngest,
    private readonly usage: DatasetUsage,
    private readonly tasks: DatasetTask,
    private readonly events: DomainEvents,
  ) {}

  async list(scope: Scope, { limit, cursor, search }: ListDatasetsQuery): Promise<DatasetPage> {
    const position = decodeCursor(cursor, 2);
    const after = position && ([String(position[0]), String(position[1])] as const);
    if (after && (Number.isNaN(Date.parse(after[0])) || !/^[0-9a-f-]{36}$/u.test(after[1])))
      throw new Problem(
        'invalid-request',
        'The cursor is not one that this list gave out. Start again without a cursor.',
      );
    const found = await this.datasets.list(scope, limit + 1, after, search);
    const page = toPage(
      found,
      limit,
      ({ dataset }) => [dataset.createdAt.toISOString(), dataset.id],
      (row) => row,
    );
    const items = await Promise.all(
      page.items.map(async (row) => toDatasetResponse(row, await this.tasks.of(scope, row))),
    );
    return { items, nextCursor: page.nextCursor };
  }

  async get(scope: Scope, datasetId: string): Promise<DatasetResponse> {
    const found = await this.find(scope, datasetId);
    return toDatasetResponse(found, await this.tasks.of(scope, found));
  }

  async listVersions(
    scope: Scope,
    datasetId: string,
    { limit, cursor }: PageQuery,
  ): Promise<DatasetVersionPage> {
    await this.find(scope, datasetId);
    const position = decodeCursor(cursor, 1);
    const below = position === undefined ? undefined : Number(position[0]);
    if (below !== undefined && !(Number.isInteger(below) && below > 0 && below <= 2_147_483_647))
      throw new Problem(
        'invalid-request',
        'The cursor is not one that this list gave out. Start again without a cursor.',
      );
    const found = await this.datasets.listVersions(scope, datasetId, limit + 1, below);
    return toPage(found, limit, ({ number }) => [number], toVersionResponse);
  }

  async update(scope: Scope, datasetId: string, changes: UpdateDatasetRequest): Promise<DatasetResponse> {
    const found = await this.find(scope, datasetId);
    const { dataset } = found;
    const needsTable = changes.target != null || (changes.columns ?? []).length > 0;
    const profile = needsTable ? (await this.tables.table(scope, datasetId, undefined)).profile : undefined;
    const target = changes.target === undefined ? dataset.target : changes.target;
    const columnOverrides = profile
      ? overridden(dataset.columnOverrides, changes.columns ?? [], profile)
      : dataset.columnOverrides;
    if (profile && changes.target != null) refuseUnusableTarget(profile, changes.target, columnOverrides);
    try {
      await this.datasets.update(scope, datasetId, {
        name: changes.name ?? dataset.name,
        target,
        columnOverrides,
      });
    } catch (cause) {
      if (!isUniqueViolation(cause, 'uq_dataset__project_id_name')) throw cause;
      throw new Problem('name-taken', `The project has a dataset called "${changes.name ?? ''}" already.`, {
        cause,
        errors: [{ pointer: '#/name', detail: 'is taken', got: changes.name }],
      });
    }
    await this.events.publish({
      type: 'dataset.updated',
      projectId: scope.projectId,
      entity: { kind: 'dataset', id: datasetId },
    });
    return this.get(scope, datasetId);
  }

  /** Rows first, so that nobody finds it; then the bytes. What is left of them after a crash is swept (D3). */
  async delete(scope: Scope, datasetId: string): Promise<void> {
    const found = await this.find(scope, datasetId);
    const uses = await this.usage.usesOf(scope, datasetId);
    if (uses.length > 0) throw inUse(found.dataset.name, uses);
    try {
      await this.remove(scope, datasetId, found.version.id);
    } catch (cause) {
      if (isForeignKeyViolation(cause))
        throw inUse(found.dataset.name, await this.usage.usesOf(scope, datasetId));
      throw cause;
    }
  }

  /** For a project that is being deleted: its runs and models are gone already. */
  async deleteAll(scope: Scope): Promise<void> {
    for (const id of await this.datasets.idsOf(scope)) {
      const found = await this.datasets.find(scope, id);
      await this.remove(scope, id, found?.version.id);
    }
  }

  /**
   * The table a run trains on, its bytes just compared with their hash.
   * @param wanted version and target; the newest ready one and the chosen or suggested one by default
   * @throws Problem `dataset-not-found`, `dataset-not-ready`, `dataset-damaged`, `unsuitable-data` for an unknown target
   */
  async getVersionForTraining(
    scope: Scope,
    datasetId: string,
    wanted: { version?: number; target?: string } = {},
  ): Promise<TrainingTable> {
    const { dataset, version, profile } = await this.tables.table(scope, datasetId, wanted.version);
    const has = (name: string | null | undefined): name is string =>
      profile.columns.some((column) => column.name === name);
    if (wanted.target !== undefined && !has(wanted.target)) throw unknownColumn(wanted.target, '#/target');
    const target = [wanted.target, dataset.target, profile.targetSuggestion?.column].find(has) ?? null;
    const analysis =
      target === null ? null : await this.tables.analysis(version, profile, dataset.columnOverrides, target);
    return {
      datasetId,
      datasetName: dataset.name,
      datasetVersionId: version.id,
      versionNumber: version.number,
      parquetPath: await this.files.verifiedTable(version),
      parquetSha256: version.parquetSha256 ?? '',
      contentSha256: version.contentSha256,
      rows: profile.rows,
      columns: effectiveColumns(profile, dataset.columnOverrides, target, analysis?.flags ?? []),
      profile,
      flags: flagsFor(profile, analysis),
      target,
      targetProblem: analysis?.problem ?? null,
    };
  }

  /**
   * A table to be read row by row, its bytes just compared with their hash.
   * @param version its number; the newest ready one when left out
   * @throws Problem `dataset-not-found`, `dataset-not-ready`, `dataset-damaged`
   */
  async getStoredTable(scope: Scope, datasetId: string, version?: number): Promise<StoredTable> {
    const table = await this.tables.table(scope, datasetId, version);
    const { dataset, profile } = table;
    return {
      datasetId,
      datasetName: dataset.name,
      datasetVersionId: table.version.id,
      versionNumber: table.version.number,
      parquetPath: await this.files.verifiedTable(table.version),
      rows: profile.rows,
      columns: effectiveColumns(profile, dataset.columnOverrides, dataset.target, []),
      profile,
      badRows: table.version.badRowCount,
    };
  }

  private async find(scope: Scope, datasetId: string): Promise<DatasetWithVersion> {
    const found = await this.datasets.find(scope, datasetId);
    if (!found) throw new Problem('dataset-not-found', `There is no dataset ${datasetId}.`);
    return found;
  }

  private async remove(scope: Scope, datasetId: string, newestVersionId: string | undefined): Promise<void> {
    await this.datasets.transaction(async (manager) => {
      await this.datasets.delete(scope, datasetId, manager);
      await this.events.publish(
        { type: 'dataset.updated', projectId: scope.projectId, entity: { kind: 'dataset', id: datasetId } },
        manager,
      );
    });
    if (newestVersionId !== undefined) this.ingest.cancel(newestVersionId);
    await this.files.store.deletePrefix(`${datasetId}/`);
  }
}

function inUse(name: string, uses: readonly { kind: string; id: string; name: string }[]): Problem {
  const named = uses
    .slice(0, 5)
    .map((use) => `${use.kind} "${use.name}"`)
    .join(', ');
  const more = uses.length > 5 ? ` and ${uses.length - 5} more` : '';
  return new Problem(
    'dataset-in-use',
    `Dataset "${name}" is still needed by ${named === '' ? 'other things' : named}${more}. Delete them first.`,
    {
      errors: uses.slice(0, 20).map((use) => ({
        pointer: '#/',
        detail: `needed by ${use.kind} "${use.name}"`,
        got: { kind: use.kind, id: use.id },
      })),
    },
  );
}

function unknownColumn(name: string, pointer: string): Problem {
  return new Problem('unsuitable-data', `The table has no column "${name}".`, {
    errors: [{ pointer, detail: 'no such column', got: name }],
  });
}

function refuseUnusableTarget(profile: TableProfile, target: string, overrides: ColumnOverrides): void {
  const column = profile.columns.find(({ name }) => name === target);
  if (!column) throw unknownColumn(target, '#/target');
  const problem = targetProblem({ ...column, type: overrides[target]?.type ?? column.type });
  if (problem !== null)
    throw new Problem('unsuitable-data', problem, {
      errors: [{ pointer: '#/target', detail: problem, got: target }],
    });
}

type ColumnChange = NonNullable<UpdateDatasetRequest['columns']>[number];

function overridden(
  before: ColumnOverrides,
  changes: readonly ColumnChange[],
  profile: TableProfile,
): ColumnOverrides {
  const after = new Map(Object.entries(before));
  changes.forEach((change, index) => {
    const column = profile.columns.find(({ name }) => name === change.name);
    if (!column) throw unknownColumn(change.name, `#/columns/${index}/name`);
    const type = change.type === undefined ? after.get(change.name)?.type : (change.type ?? undefined);
    const role = change.role === undefined ? after.get(change.name)?.role : (change.role ?? undefined);
    if (type !== undefined && type !== column.type && !OTHER_TYPES[column.type].includes(type))
      throw new Problem(
        'unsuitable-data',
        `Column "${change.name}" was read as ${column.type} and cannot be used as ${type}.`,
        {
          errors: [
            {
              pointer: `#/columns/${index}/type`,
              detail: 'does not fit the values',
              expected: [column.type, ...OTHER_TYPES[column.type]],
              got: type,
            },
          ],
        },
      );
    after.set(change.name, {
      ...(role === undefined ? {} : { role }),
      ...(type === undefined || type === column.type ? {} : { type }),
    });
  });
  return Object.fromEntries(
    [...after].filter(([, { role, type }]) => role !== undefined || type !== undefined),
  );
}
