import { Injectable, resource, signal } from '@angular/core';
import {
  type CreateModelExportRequest,
  type ModelExport,
  cancelModelExport,
  createModelExport,
  deleteModelExport,
  downloadModelExport,
  listModelExports,
} from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { idempotencyKey } from '../../shared/api/idempotency-key';
import { reloadOn } from '../../shared/realtime/realtime';
import { saveFile } from '../../shared/ui/save-file';

export type ExportFormat = CreateModelExportRequest['format'];

/** The exports of one model version. */
@Injectable()
export class ExportsStore {
  readonly modelVersionId = signal<string | undefined>(undefined);

  readonly list = resource({
    params: () => this.modelVersionId(),
    loader: ({ params, abortSignal }) =>
      call(listModelExports({ path: { modelVersionId: params }, signal: abortSignal })),
  });

  constructor() {
    reloadOn(
      this.list,
      (event) => event.type === 'export.updated' && event.entity.id === this.modelVersionId(),
    );
  }

  async create(format: ExportFormat): Promise<void> {
    const modelVersionId = this.modelVersionId();
    if (modelVersionId === undefined) return;
    await call(
      createModelExport({
        path: { modelVersionId },
        body: { format },
        headers: { 'Idempotency-Key': idempotencyKey() },
      }),
    );
    this.list.reload();
  }

  async cancel(made: ModelExport): Promise<void> {
    await call(cancelModelExport({ path: { exportId: made.id } }));
    this.list.reload();
  }

  async delete(made: ModelExport): Promise<void> {
    await call(deleteModelExport({ path: { exportId: made.id } }));
    this.list.reload();
  }

  async download(made: ModelExport): Promise<void> {
    const content: unknown = await call(
      downloadModelExport({ path: { exportId: made.id }, parseAs: 'blob' }),
    );
    if (content instanceof Blob) saveFile(made.fileName ?? 'export', content);
  }
}
