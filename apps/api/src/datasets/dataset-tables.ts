import { SNIFF_BYTES, TableEngine, type TableProfile, type TargetAnalysis } from '@modelwright/table-engine';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { DatasetFiles } from './dataset-files.js';
import { toProfileResponse } from './dataset-mapping.js';
import {
  PreviewDatasetQuery,
  RowFilter,
  type PreviewResponse,
  type ProfileQuery,
  type ProfileResponse,
  type RowsPage,
  type RowsQuery,
} from './dataset.dto.js';
import type { ColumnOverrides, DatasetRow, VersionRow } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';
import { withTableProblems } from './table-problems.js';
import { datasetNameOf, displayFileName, filePartOf, uploadCut, type FilePart } from './upload-stream.js';

const MIB = 1024 * 1024;
const PREVIEW_MAX_BYTES = 8 * MIB;
const QUESTION_DEADLINE_MS = 20_000;
const ANALYSIS_DEADLINE_MS = 60_000;
const MAX_ANALYSES = 50;

interface Table {
  readonly dataset: DatasetRow;
  readonly version: VersionRow;
  readonly profile: TableProfile;
}

/** Questions about what is in a table; answered by the table engine, never in this process. */
@Injectable()
export class DatasetTables {
  private readonly analyses = new Map<string, Promise<TargetAnalysis>>();

  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
    private readonly tables: TableEngine,
  ) {}

  async preview(request: FastifyRequest, query: PreviewDatasetQuery): Promise<PreviewResponse> {
    const part = await filePartOf(request, PREVIEW_MAX_BYTES).catch((cause: unknown) => {
      throw cause instanceof Problem && cause.code === 'upload-too-large' ? previewTooLarge() : cause;
    });
    const { bytes, all } = await beginningOf(part);
    const fileName = displayFileName(query.fileName ?? part.filename);
    const { encoding, delimiter, quote, header, decimal, dateOrder } = query;
    const dialect = { encoding, delimiter, quote, header, decimal, dateOrder };
    const preview = await withTableProblems(
      () =>
        this.tables.preview(
          bytes,
          { dialect, complete: all && query.complete === true },
          { deadlineMs: QUESTION_DEADLINE_MS },
        ),
      '#/file',
    );
    return { fileName, suggestedName: datasetNameOf(fileName), ...preview };
  }

  async rows(scope: Scope, datasetId: string, query: RowsQuery): Promise<RowsPage> {
    const { version, profile } = await this.table(scope, datasetId, query.version);
    const parquetPath = await this.files.verifiedTable(version);
    const result = await withTableProblems(
      () =>
        this.tables.rows(
          {
            parquetPath,
            columns: profile.columns.map(({ name, type }) => ({ name, type })),
            tableRows: profile.rows,
            offset: query.offset,
            limit: query.limit,
            maxCellCharacters: query.maxCellCharacters,
            filters:
              query.filters === undefined
                ? []
                : jsonQuery('filters', query.filters, z.array(RowFilter).max(50)),
            ...(query.sort === undefined
              ? {}
              : { sort: { column: query.sort, descending: query.descending } }),
            ...(query.columns === undefined
              ? {}
              : { select: jsonQuery('columns', query.columns, z.array(z.string()).min(1).max(10_000)) }),
          },
          { deadlineMs: QUESTION_DEADLINE_MS },
        ),
      '#/filters',
    );
    return { ...result, tableRows: profile.rows, offset: query.offset };
  }

  async profile(scope: Scope, datasetId: string, query: ProfileQuery): Promise<ProfileResponse> {
    const { dataset, version, profile } = await this.table(scope, datasetId, query.version);
    const known = (name: string): boolean => profile.columns.some((column) => column.name === name);
    if (query.target !== undefined && !known(query.target)) throw unknownTarget(query.target);
    const target = query.target ?? (dataset.target !== null && known(dataset.target) ? dataset.target : null);
    const analysis =
      target === null ? null : await this.analysis(version, profile, dataset.columnOverrides, target);
    return toProfileResponse(dataset, version, profile, analysis);
  }

  /** What follows from a target; remembered, because it costs a pass over a sample of the table. */
  async analysis(
    version: VersionRow,
    profile: TableProfile,
    overrides: ColumnOverrides,
    target: string,
  ): Promise<TargetAnalysis> {
    const typed = withTypes(profile, overrides);
    const key = JSON.stringify([
      version.id,
      target,
      Object.entries(overrides).filter(([, { type }]) => type !== undefined),
    ]);
    const known = this.analyses.get(key);
    if (known) return known;
    const parquetPath = await this.files.verifiedTable(version);
    const work = withTableProblems(() =>
      this.tables.analyseTarget(
        { parquetPath, profile: typed, target },
        { deadlineMs: ANALYSIS_DEADLINE_MS },
      ),
    );
    this.analyses.set(key, work);
    if (this.analyses.size > MAX_ANALYSES) this.analyses.delete(this.analyses.keys().next().value ?? '');
    try {
      return await work;
    } catch (cause) {
      this.analyses.delete(key);
      throw cause;
    }
  }

  /** A ready table. @throws Problem `dataset-not-found` or `dataset-not-ready` */
  async table(scope: Scope, datasetId: string, number: number | undefined): Promise<Table> {
    const found = await this.datasets.find(scope, datasetId);
    if (!found) throw new Problem('dataset-not-found', `There is no dataset ${datasetId}.`);
    const version =
      number === undefined
        ? await this.datasets.newestReadyVersion(scope, datasetId)
        : await this.datasets.findVersion(scope, datasetId, number);
    if (!version && number !== undefined)
      throw new Problem('dataset-not-found', `Dataset ${datasetId} has no version ${number}.`);
    const profile =
      version?.status === 'ready' ? await this.datasets.profileOf(scope, version.id) : undefined;
    if (!version || !profile) throw notReady(version ?? found.version);
    return { dataset: found.dataset, version, profile };
  }
}

function withTypes(profile: TableProfile, overrides: ColumnOverrides): TableProfile {
  return {
    ...profile,
    columns: profile.columns.map((column) => ({
      ...column,
      type: overrides[column.name]?.type ?? column.type,
    })),
  };
}

function notReady(version: VersionRow): Problem {
  const detail =
    version.status === 'failed'
      ? `Version ${version.number} could not be read: ${version.failure?.detail ?? 'see its failure'}`
      : `Version ${version.number} is still being read. Try again in a moment.`;
  return new Problem(
    'dataset-not-ready',
    detail,
    version.status === 'processing' ? { retryAfterSeconds: 1 } : {},
  );
}

function unknownTarget(target: string): Problem {
  return new Problem('invalid-request', `The table has no column "${target}".`, {
    errors: [{ pointer: '#/target', detail: 'no such column', got: target }],
  });
}

function previewTooLarge(): Problem {
  return new Problem(
    'upload-too-large',
    'A preview looks at the beginning of a file: send its first MiB, at most 8 MiB.',
    {
      headers: { connection: 'close' },
    },
  );
}

/** The first MiB; the rest is read and dropped. */
async function beginningOf({ file, cut }: FilePart): Promise<{ bytes: Buffer; all: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      if (size < SNIFF_BYTES) chunks.push(chunk);
      size += chunk.length;
      if (size > PREVIEW_MAX_BYTES) throw previewTooLarge();
    }
  } catch (cause) {
    throw cause instanceof Problem ? cause : uploadCut(cause);
  }
  cut.throwIfAborted();
  return { bytes: Buffer.concat(chunks).subarray(0, SNIFF_BYTES), all: size <= SNIFF_BYTES };
}

function jsonQuery<T>(name: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Problem('invalid-request', `Query parameter "${name}" is not JSON.`, {
      cause,
      errors: [{ pointer: `#/${name}`, detail: 'is not JSON' }],
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', `Query parameter "${name}" is not valid.`, {
    errors: parsed.error.issues
      .slice(0, 20)
      .map((issue) => ({ pointer: `#/${[name, ...issue.path].join('/')}`, detail: issue.message })),
  });
}
