import { Injectable, computed, inject, resource, signal } from '@angular/core';
import {
  type DatasetResponse,
  type ModelImport,
  type RegisteredModel,
  cancelModelImport,
  createModelImport,
  deleteModelImport,
  listDatasets,
  listModelImports,
  registerModelImport,
} from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { idempotencyKey } from '../../shared/api/idempotency-key';
import { pages } from '../../shared/api/pages';
import { Session } from '../../shared/api/session';
import { type UploadProgress, fetchWithProgress } from '../../shared/imports/upload-transport';
import { ProjectContext } from '../../shared/project/project-context';
import { reloadOn } from '../../shared/realtime/realtime';

export interface ImportDraft {
  readonly file: File;
  readonly sample: File | undefined;
  readonly datasetId: string | undefined;
  readonly target: string;
}

/** Models on their way in, and the tables they can be tried on. */
@Injectable()
export class ModelImportsStore {
  private readonly project = inject(ProjectContext);
  private readonly session = inject(Session);

  readonly list = pages({
    params: () => this.project.id(),
    load: (projectId, page, signal) => call(listModelImports({ path: { projectId }, query: page, signal })),
  });
  private readonly datasetPage = resource({
    params: () => this.project.id(),
    loader: ({ params, abortSignal }) =>
      call(listDatasets({ path: { projectId: params }, query: { limit: 200 }, signal: abortSignal })),
  });
  readonly datasets = computed<readonly DatasetResponse[]>(() =>
    this.datasetPage.hasValue()
      ? this.datasetPage.value().items.filter(({ status }) => status === 'ready')
      : [],
  );
  readonly transfer = signal<UploadProgress | undefined>(undefined);

  constructor() {
    reloadOn(this.list.source, (event) => event.type === 'import.updated' || event.type === 'model.created');
  }

  async send({ file, sample, datasetId, target }: ImportDraft): Promise<ModelImport | undefined> {
    const projectId = this.project.id();
    if (projectId === undefined) return undefined;
    const form = new FormData();
    form.append('file', file, file.name);
    if (sample) form.append('sample', sample, sample.name);
    this.transfer.set({ sentBytes: 0, totalBytes: file.size + (sample?.size ?? 0) });
    try {
      return await call(
        createModelImport({
          path: { projectId },
          query: { ...(datasetId ? { datasetId } : {}), ...(target ? { target } : {}) },
          headers: { 'Idempotency-Key': idempotencyKey() },
          body: { file },
          bodySerializer: () => form,
          fetch: (input: RequestInfo | URL, init?: RequestInit) =>
            fetchWithProgress(form, this.session.accessToken, (progress) => this.transfer.set(progress))(
              new Request(input, init),
            ),
        }),
      );
    } finally {
      this.transfer.set(undefined);
      this.list.source.reload();
    }
  }

  register(item: ModelImport, modelName: string): Promise<RegisteredModel> {
    return call(registerModelImport({ path: { importId: item.id }, body: { modelName } }));
  }

  async cancel(item: ModelImport): Promise<void> {
    await call(cancelModelImport({ path: { importId: item.id } }));
    this.list.source.reload();
  }

  async delete(item: ModelImport): Promise<void> {
    await call(deleteModelImport({ path: { importId: item.id } }));
    this.list.source.reload();
  }
}
