import { Injectable, computed, inject } from '@angular/core';
import {
  type Model,
  type ModelPolicy,
  type ModelPolicyRequest,
  type ModelVersionPage,
  deleteModel,
  getProjectModelPolicy,
  listModelVersions,
  listModels,
  setProjectModelPolicy,
  updateModel,
} from '@modelwright/sdk';
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
    reloadOn(
      this.list.source,
      (event) => event.entity.kind === 'model' || event.type === 'deployment.updated',
    );
  }

  /** Changes whenever the list was fetched anew: what hangs below it is then fetched again too. */
  readonly asOf = computed(() => this.list.items());

  versionsOf(modelId: string, signal: AbortSignal): Promise<ModelVersionPage> {
    return call(listModelVersions({ path: { modelId }, query: { limit: 20 }, signal }));
  }

  /** What holds for models of the project that have no rules of their own. */
  rules(): Promise<ModelPolicy> {
    return call(getProjectModelPolicy({ path: { projectId: this.project.id() ?? '' } }));
  }

  async setRules(rules: ModelPolicyRequest): Promise<void> {
    await call(setProjectModelPolicy({ path: { projectId: this.project.id() ?? '' }, body: rules }));
    this.list.source.reload();
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
