import { Injectable, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type Deployment,
  type ModelVersion,
  type ModelVersionSummary,
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
import { ApiProblem } from '../shared/api/problem';
import { reloadOn } from '../shared/realtime/realtime';
import { saveFile } from '../shared/ui/save-file';
import { equalEarlier } from './equal-version';
import { HALF, parseCost, parseThreshold } from './threshold-costs';

const PAGE_SIZE = 100;

/** One model as its URL asks for it: version, threshold and costs are read from there and written there. */
@Injectable()
export class ModelStore {
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly params = toSignal(this.route.paramMap, { initialValue: this.route.snapshot.paramMap });
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  readonly id = computed(() => this.params().get('model') ?? '');
  /** The version that the URL names, by its number or its id; undefined for the newest. */
  private readonly asked = computed(() => this.query().get('version') ?? undefined);
  readonly costs = computed(
    () => ({
      falsePositive: parseCost(this.query().get('fp')),
      falseNegative: parseCost(this.query().get('fn')),
    }),
    {
      equal: (one, other) =>
        one.falsePositive === other.falsePositive && one.falseNegative === other.falseNegative,
    },
  );

  readonly model = resource({
    params: () => this.id(),
    loader: ({ params, abortSignal }) => call(getModel({ path: { modelId: params }, signal: abortSignal })),
  });
  private readonly latest = computed(() =>
    this.model.hasValue() ? (this.model.value().latestVersion ?? undefined) : undefined,
  );
  readonly version = resource({
    params: () => {
      const latest = this.latest();
      return latest ? { latest, asked: this.asked() } : undefined;
    },
    loader: async ({ params: { latest, asked }, abortSignal }) =>
      call(
        getModelVersion({
          path: { modelVersionId: await this.idOf(asked, latest, abortSignal) },
          signal: abortSignal,
        }),
      ),
  });
  /** The earlier version that the shown one repeats figure by figure. */
  readonly equal = resource({
    params: () => {
      const version = this.version.hasValue() ? this.version.value() : undefined;
      return version && version.number > 1 ? { modelId: version.modelId, number: version.number } : undefined;
    },
    loader: async ({ params: { modelId, number }, abortSignal }) => {
      const { items } = await call(
        listModelVersions({ path: { modelId }, query: { limit: PAGE_SIZE }, signal: abortSignal }),
      );
      return equalEarlier(items, number);
    },
  });
  /** Where the model itself draws the line. */
  private readonly usualThreshold = computed(() => {
    const version = this.version.hasValue() ? this.version.value() : undefined;
    return version?.contract.output.threshold ?? HALF;
  });
  readonly threshold = computed(() => parseThreshold(this.query().get('t'), this.usualThreshold()));
  /** Fetched when its tab is open. */
  readonly versions = pages({
    params: () => (this.query().get('tab') === 'versions' ? this.id() : undefined),
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
    const isMine = (id: string): boolean => id === this.id();
    const isModel = (event: { readonly type: string; readonly entity: { readonly id: string } }): boolean =>
      isMine(event.entity.id) || event.type === 'model.created';
    reloadOn(this.model, isModel);
    reloadOn(this.versions.source, isModel);
    reloadOn(this.deployments, (event) => event.type === 'deployment.updated');
  }

  /** Id of the version that one is best seen beside: the champion, else its neighbour in number. */
  async rivalOf(version: ModelVersion): Promise<string | undefined> {
    const champion = this.model.hasValue()
      ? this.model.value().aliases.find(({ alias }) => alias === 'champion')?.modelVersionId
      : undefined;
    if (champion && champion !== version.id) return champion;
    const { items } = await call(
      listModelVersions({ path: { modelId: this.id() }, query: { limit: PAGE_SIZE } }),
    );
    const before = items.find(({ number }) => number < version.number);
    return (before ?? items.findLast(({ number }) => number > version.number))?.id;
  }

  async rename(name: string): Promise<void> {
    this.model.set(await call(updateModel({ path: { modelId: this.id() }, body: { name } })));
  }

  async delete(): Promise<void> {
    await call(deleteModel({ path: { modelId: this.id() } }));
  }

  async deleteVersion(version: ModelVersionSummary): Promise<void> {
    await call(deleteModelVersion({ path: { modelVersionId: version.id } }));
    const asked = this.asked();
    if (asked !== undefined && isVersion(version, asked)) this.navigate({ version: null });
    this.model.reload();
    this.versions.source.reload();
  }

  async download(version: ModelVersion): Promise<void> {
    const content: unknown = await call(
      downloadModelArtifact({ path: { modelVersionId: version.id }, parseAs: 'blob' }),
    );
    if (content instanceof Blob) saveFile(`${version.modelName}-v${version.number}.joblib`, content);
  }

  /** Written back so that a sent link shows the same choice; the usual values need no parameter. */
  rememberChoice(threshold: number, falsePositive: number, falseNegative: number): void {
    this.navigate({
      t: threshold === this.usualThreshold() ? null : String(threshold),
      fp: falsePositive === 1 ? null : String(falsePositive),
      fn: falseNegative === 1 ? null : String(falseNegative),
    });
  }

  private async idOf(
    asked: string | undefined,
    latest: Pick<ModelVersionSummary, 'id' | 'number'>,
    signal: AbortSignal,
  ): Promise<string> {
    if (asked === undefined || isVersion(latest, asked)) return latest.id;
    let cursor: string | undefined;
    do {
      const page = await call(
        listModelVersions({
          path: { modelId: this.id() },
          query: cursor === undefined ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, cursor },
          signal,
        }),
      );
      const found = page.items.find((version) => isVersion(version, asked));
      if (found) return found.id;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    throw new ApiProblem({
      code: 'model-version-not-found',
      status: 404,
      title: `There is no version ${asked}`,
      detail: 'This model has other versions. Open the Versions tab to choose one.',
    });
  }

  private navigate(queryParams: Readonly<Record<string, string | null>>): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams,
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}

const isVersion = ({ id, number }: Pick<ModelVersionSummary, 'id' | 'number'>, asked: string): boolean =>
  asked === id || asked === String(number);
