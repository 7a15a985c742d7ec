import { Injectable, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute } from '@angular/router';
import {
  type CreateDeploymentRequest,
  type Deployment,
  type ModelVersion,
  createDeployment,
  deleteModel,
  deleteModelVersion,
  downloadModelArtifact,
  getModel,
  getModelVersion,
  listDeployments,
  listModelVersions,
  updateModel,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { reloadOn } from '../shared/realtime/realtime';
import { saveFile } from '../shared/ui/save-file';

/** One model and the version that its URL asks for; the newest without a wish. */
@Injectable()
export class ModelStore {
  private readonly route = inject(ActivatedRoute);
  private readonly params = toSignal(this.route.paramMap, { initialValue: this.route.snapshot.paramMap });
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });
  readonly id = computed(() => this.params().get('model') ?? '');

  readonly model = resource({
    params: () => this.id(),
    loader: ({ params, abortSignal }) => call(getModel({ path: { modelId: params }, signal: abortSignal })),
  });
  readonly versionId = computed(() => {
    const wanted = this.query().get('version');
    if (wanted) return wanted;
    return this.model.hasValue() ? this.model.value().latestVersion?.id : undefined;
  });
  readonly version = resource({
    params: () => this.versionId(),
    loader: ({ params, abortSignal }) =>
      call(getModelVersion({ path: { modelVersionId: params }, signal: abortSignal })),
  });
  readonly versions = pages({
    params: () => this.id(),
    load: (modelId, page, signal) => call(listModelVersions({ path: { modelId }, query: page, signal })),
  });
  /** Where versions of this model are served. */
  readonly deployments = resource({
    params: () => (this.model.hasValue() ? this.model.value().projectId : undefined),
    loader: async ({ params, abortSignal }): Promise<readonly Deployment[]> => {
      const page = await call(
        listDeployments({ path: { projectId: params }, query: { limit: 200 }, signal: abortSignal }),
      );
      return page.items.filter((deployment) => deployment.modelId === this.id());
    },
  });

  constructor() {
    reloadOn(this.model, (event) => event.entity.id === this.id() || event.type === 'model.created');
    reloadOn(this.versions.source, (event) => event.type === 'model.created');
    reloadOn(this.deployments, (event) => event.type === 'deployment.updated');
  }

  async rename(name: string): Promise<void> {
    this.model.set(await call(updateModel({ path: { modelId: this.id() }, body: { name } })));
    this.version.reload();
  }

  async deleteModel(): Promise<void> {
    await call(deleteModel({ path: { modelId: this.id() } }));
  }

  async deleteVersion(version: ModelVersion): Promise<void> {
    await call(deleteModelVersion({ path: { modelVersionId: version.id } }));
  }

  async download(version: ModelVersion): Promise<void> {
    const content: unknown = await call(
      downloadModelArtifact({ path: { modelVersionId: version.id }, parseAs: 'blob' }),
    );
    if (content instanceof Blob) saveFile(`${version.modelName}-v${version.number}.joblib`, content);
  }

  /** @throws ApiProblem */
  deploy(projectId: string, body: CreateDeploymentRequest, key: string): Promise<Deployment> {
    return call(createDeployment({ path: { projectId }, body, headers: { 'Idempotency-Key': key } }));
  }
}
