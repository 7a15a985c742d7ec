import { Injectable, inject } from '@angular/core';
import { type Model, deleteModel, listModels, updateModel } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';

@Injectable()
export class ModelsStore {
  private readonly project = inject(ProjectContext);
  readonly list = pages({
    params: () => this.project.id(),
    load: (projectId, page, signal) => call(listModels({ path: { projectId }, query: page, signal })),
  });

  constructor() {
    reloadOn(this.list.source, (event) => event.entity.kind === 'model');
  }

  async rename(model: Model, name: string): Promise<void> {
    await call(updateModel({ path: { modelId: model.id }, body: { name } }));
    this.list.source.reload();
  }

  async delete(model: Model): Promise<void> {
    await call(deleteModel({ path: { modelId: model.id } }));
    this.list.source.reload();
  }
}
