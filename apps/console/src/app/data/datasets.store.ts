import { Injectable, inject } from '@angular/core';
import {
  type DatasetResponse,
  deleteDataset,
  downloadDataset,
  listDatasets,
  updateDataset,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { saveFile } from '../shared/ui/save-file';

@Injectable()
export class DatasetsStore {
  private readonly project = inject(ProjectContext);
  readonly list = pages({
    params: () => this.project.id(),
    load: (projectId, page, signal) => call(listDatasets({ path: { projectId }, query: page, signal })),
  });

  constructor() {
    reloadOn(this.list.source, (event) => event.entity.kind === 'dataset');
  }

  async rename(dataset: DatasetResponse, name: string): Promise<void> {
    await call(updateDataset({ path: { datasetId: dataset.id }, body: { name } }));
    this.list.source.reload();
  }

  async delete(dataset: DatasetResponse): Promise<void> {
    await call(deleteDataset({ path: { datasetId: dataset.id } }));
    this.list.source.reload();
  }

  /** The file as it was uploaded. */
  async download(dataset: DatasetResponse): Promise<void> {
    const content: unknown = await call(
      downloadDataset({ path: { datasetId: dataset.id }, parseAs: 'blob' }),
    );
    if (content instanceof Blob) saveFile(dataset.source.fileName, content);
  }
}
