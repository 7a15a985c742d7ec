import { Injectable } from '@nestjs/common';
import type { StoredArtifact } from '@modelwright/artifact-store';
import type { FastifyRequest } from 'fastify';
import { v7 as uuid } from 'uuid';
import { AppConfig } from '../platform/config/app-config.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { invalidRequest } from '../platform/http/validation.pipe.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { DatasetFiles } from './dataset-files.js';
import {
  UploadDatasetQuery,
  type CreateSampleDatasetQuery,
  type CreateSampleDatasetRequest,
  type DatasetResponse,
  type SampleList,
  type UploadVersionQuery,
} from './dataset.dto.js';
import type { ReadOptions } from './dataset.rows.js';
import { DatasetWaiting } from './dataset-waiting.js';
import { DatasetsRepository } from './datasets.repository.js';
import { Samples } from './samples.js';
import {
  datasetNameOf,
  displayFileName,
  fieldsBefore,
  filePartOf,
  storePart,
  storeStream,
} from './upload-stream.js';

export const INGEST_WORK = 'dataset.ingest';
const MIB = 1024 * 1024;
const MAX_NAME_TRIES = 50;

interface Arrival {
  readonly stored: StoredArtifact;
  readonly versionId: string;
  readonly datasetId: string;
  readonly readOptions: ReadOptions;
  readonly allowDuplicate: boolean;
  readonly source: {
    readonly kind: 'upload' | 'sample';
    readonly fileName: string;
    readonly sampleId: string | null;
  };
}

/** Takes files in: bytes first, under a name nobody knows, then the row that acknowledges them (D1). */
@Injectable()
export class DatasetUploads {
  constructor(
    private readonly config: AppConfig,
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
    private readonly waiting: DatasetWaiting,
    private readonly samples: Samples,
  ) {}

  /** @param datasetId for the dataset; one that exists already is what an earlier try of the same request made */
  async createFromUpload(
    scope: ProjectScope,
    query: UploadDatasetQuery,
    request: FastifyRequest,
    datasetId: string,
  ): Promise<DatasetResponse> {
    const part = await filePartOf(request, this.maxBytes);
    const options = withFields(query, request, fieldsBefore(part));
    if (await this.datasets.find(scope, datasetId)) {
      part.file.resume();
      return this.waiting.forDataset(scope, datasetId, options.waitSeconds);
    }
    if (options.name !== undefined) await this.refuseTakenName(scope, options.name, () => part.file.resume());
    const fileName = displayFileName(part.filename);
    const ids = { datasetId, versionId: uuid() };
    crashpoint('upload.received');
    const stored = await storePart(
      this.files.store,
      this.files.contentKey({ ...ids, id: ids.versionId }),
      part,
      request,
      this.maxBytes,
    );
    const arrival = arrivalOf(ids, stored, options, { kind: 'upload', fileName, sampleId: null });
    await this.acknowledge(scope, arrival, { name: options.name, target: options.target ?? null });
    return this.waiting.forDataset(scope, ids.datasetId, options.waitSeconds);
  }

  /** @param ids `versionId` for the version; one that exists already is what an earlier try of the same request made */
  async addVersion(
    scope: ProjectScope,
    ids: { readonly datasetId: string; readonly versionId: string },
    query: UploadVersionQuery,
    request: FastifyRequest,
  ): Promise<DatasetResponse> {
    const { datasetId, versionId } = ids;
    if (!(await this.datasets.find(scope, datasetId)))
      throw new Problem('dataset-not-found', `There is no dataset ${datasetId}.`);
    const part = await filePartOf(request, this.maxBytes);
    const options = withFields(query, request, fieldsBefore(part));
    if (await this.datasets.hasVersion(scope, datasetId, versionId)) {
      part.file.resume();
      return this.waiting.forDataset(scope, datasetId, options.waitSeconds);
    }
    crashpoint('upload.received');
    const stored = await storePart(
      this.files.store,
      this.files.contentKey({ ...ids, id: ids.versionId }),
      part,
      request,
      this.maxBytes,
    );
    const source = { kind: 'upload' as const, fileName: displayFileName(part.filename), sampleId: null };
    await this.acknowledge(scope, arrivalOf(ids, stored, options, source), undefined);
    return this.waiting.forDataset(scope, datasetId, options.waitSeconds);
  }

  /** @param datasetId as in `createFromUpload` */
  async createFromSample(
    scope: ProjectScope,
    query: CreateSampleDatasetQuery,
    body: CreateSampleDatasetRequest,
    datasetId: string,
  ): Promise<DatasetResponse> {
    if (await this.datasets.find(scope, datasetId))
      return this.waiting.forDataset(scope, datasetId, query.waitSeconds);
    const opened = await this.samples.open(body.sampleId);
    if (!opened)
      throw new Problem(
        'invalid-request',
        `There is no sample "${body.sampleId}". GET /api/samples lists them.`,
        {
          errors: [{ pointer: '#/sampleId', detail: 'no such sample', got: body.sampleId }],
        },
      );
    const { sample, content } = opened;
    if (body.name !== undefined) await this.refuseTakenName(scope, body.name, () => content.destroy());
    const ids = { datasetId, versionId: uuid() };
    const stored = await storeStream(
      this.files.store,
      this.files.contentKey({ ...ids, id: ids.versionId }),
      content,
      this.maxBytes,
    );
    const options = UploadDatasetQuery.parse({ allowDuplicate: query.allowDuplicate ? 'true' : 'false' });
    const arrival = arrivalOf(ids, stored, options, {
      kind: 'sample',
      fileName: sample.file,
      sampleId: sample.id,
    });
    await this.acknowledge(scope, arrival, {
      name: body.name,
      fallback: sample.title,
      target: sample.target,
    });
    return this.waiting.forDataset(scope, ids.datasetId, query.waitSeconds);
  }

  async listSamples(): Promise<SampleList> {
    return { items: await this.samples.list() };
  }

  private get maxBytes(): number {
    return this.config.datasets.uploadMaxMb * MIB;
  }

  private async refuseTakenName(scope: ProjectScope, name: string, drain: () => void): Promise<void> {
    if (!(await this.datasets.nameExists(scope, name))) return;
    drain();
    throw nameTaken(name);
  }

  /** The row, the work and the event in one transaction; without them the bytes are removed again. */
  private async acknowledge(
    scope: ProjectScope,
    arrival: Arrival,
    fresh: { name?: string | undefined; fallback?: string; target: string | null } | undefined,
  ): Promise<void> {
    crashpoint('upload.renamed');
    try {
      if (!arrival.allowDuplicate) await this.refuseKnownContent(scope, arrival.stored.sha256);
      if (!fresh) await this.write(scope, arrival, undefined);
      else if (fresh.name !== undefined)
        await this.write(scope, arrival, { name: fresh.name, target: fresh.target });
      else
        await this.writeUnderFreeName(
          scope,
          arrival,
          fresh.fallback ?? datasetNameOf(arrival.source.fileName),
          fresh.target,
        );
    } catch (cause) {
      await this.files.store.deletePrefix(`${arrival.datasetId}/${arrival.versionId}/`);
      throw await this.translate(scope, arrival, cause, fresh?.name);
    }
    crashpoint('upload.row_written');
  }

  private async write(
    scope: ProjectScope,
    arrival: Arrival,
    dataset: { name: string; target: string | null } | undefined,
  ): Promise<void> {
    const { stored, versionId, datasetId, readOptions, allowDuplicate, source } = arrival;
    const createdBy = scope.userId;
    await this.datasets.transaction(async (manager) => {
      if (dataset)
        await this.datasets.insertDataset(scope, manager, { id: datasetId, createdBy, ...dataset });
      await this.datasets.insertVersion(scope, manager, {
        id: versionId,
        datasetId,
        contentSha256: stored.sha256,
        sizeBytes: stored.sizeBytes,
        readOptions,
        sourceKind: source.kind,
        sourceFileName: source.fileName,
        sourceSampleId: source.sampleId,
        createdBy,
        allowDuplicate,
      });
      await this.queue.enqueue(INGEST_WORK, versionId, { manager });
      crashpoint('upload.queued');
      await this.events.publish(
        { type: 'dataset.updated', projectId: scope.projectId, entity: { kind: 'dataset', id: datasetId } },
        manager,
      );
    });
  }

  /** A name taken from the file gives way: "sales", "sales (2)", "sales (3)". */
  private async writeUnderFreeName(
    scope: ProjectScope,
    arrival: Arrival,
    base: string,
    target: string | null,
  ): Promise<void> {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? base : `${base.slice(0, 190)} (${number})`;
      if (number <= MAX_NAME_TRIES && (await this.datasets.nameExists(scope, name))) continue;
      try {
        return await this.write(scope, arrival, {
          name: number > MAX_NAME_TRIES ? `${base.slice(0, 150)} ${arrival.datasetId}` : name,
          target,
        });
      } catch (cause) {
        if (!isUniqueViolation(cause, 'uq_dataset__project_id_name') || number > MAX_NAME_TRIES) throw cause;
      }
    }
  }

  private async refuseKnownContent(scope: ProjectScope, sha256: string): Promise<void> {
    const known = await this.datasets.findContent(scope, sha256);
    if (known) throw alreadyHere(known);
  }

  private async translate(
    scope: ProjectScope,
    arrival: Arrival,
    cause: unknown,
    name: string | undefined,
  ): Promise<unknown> {
    if (isUniqueViolation(cause, 'uq_dataset__project_id_name')) return nameTaken(name ?? '');
    if (isUniqueViolation(cause, 'uq_dataset_version__project_id_distinct_content')) {
      const known = await this.datasets.findContent(scope, arrival.stored.sha256);
      return known ? alreadyHere(known) : cause;
    }
    if (isForeignKeyViolation(cause, 'fk_dataset_version__dataset_id'))
      return new Problem('dataset-not-found', `There is no dataset ${arrival.datasetId}.`, { cause });
    return cause;
  }
}

function arrivalOf(
  ids: { datasetId: string; versionId: string },
  stored: StoredArtifact,
  options: UploadVersionQuery,
  source: Arrival['source'],
): Arrival {
  const { encoding, delimiter, quote, header, decimal, dateOrder, badRows, allowDuplicate } = options;
  const given = Object.entries({ encoding, delimiter, quote, header, decimal, dateOrder }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...ids,
    stored,
    allowDuplicate,
    source,
    readOptions: { dialect: Object.fromEntries(given), badRows },
  };
}

/** Form fields before the file may say what the query may say; the query wins. */
function withFields<T extends UploadVersionQuery>(
  query: T,
  request: FastifyRequest,
  fields: Record<string, string>,
): T & UploadDatasetQuery {
  const asked = request.query as Record<string, unknown>;
  const parsed = UploadDatasetQuery.safeParse({ ...fields, ...asked });
  if (!parsed.success) throw invalidRequest(parsed.error.issues);
  return { ...query, ...parsed.data };
}

function nameTaken(name: string): Problem {
  return new Problem(
    'name-taken',
    `The project has a dataset called "${name}" already. Choose another name, or upload a new version of it.`,
    {
      errors: [{ pointer: '#/name', detail: 'is taken', got: name }],
    },
  );
}

function alreadyHere({
  datasetId,
  name,
  number,
}: {
  datasetId: string;
  name: string;
  number: number;
}): Problem {
  return new Problem(
    'dataset-duplicate',
    `The same bytes are here already: "${name}", version ${number} (dataset ${datasetId}). Use that one, or send allowDuplicate=true to keep a copy.`,
    {
      errors: [
        { pointer: '#/file', detail: 'is here already', got: { datasetId, name, versionNumber: number } },
      ],
    },
  );
}
