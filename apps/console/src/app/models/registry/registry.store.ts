import { Injectable, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute } from '@angular/router';
import {
  type ModelPolicyRequest,
  type ModelPromotion,
  getModelPolicy,
  listModelAliasChanges,
  listModelReproductions,
  previewModelPromotion,
  removeModelAlias,
  reproduceModelVersion,
  resetModelPolicy,
  rollBackModelAlias,
  setModelAlias,
  setModelPolicy,
  updateModelVersion,
  waiveModelCheck,
  withdrawModelWaiver,
} from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { pages } from '../../shared/api/pages';
import { reloadOn } from '../../shared/realtime/realtime';
import { ModelStore } from '../model.store';

/** Tabs that show what the checks say; the first is the summary, which needs no name in the URL. */
const CHECK_TABS: readonly (string | null)[] = [null, 'summary', 'checks'];

/** Aliases of a model and their history; checks and reproductions of the version that is shown. */
@Injectable()
export class RegistryStore {
  private readonly model = inject(ModelStore);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });
  private readonly tab = computed(() => this.query().get('tab'));
  private readonly shownVersionId = computed(() =>
    this.model.version.hasValue() ? this.model.version.value()?.id : undefined,
  );

  readonly aliases = computed(() => (this.model.model.hasValue() ? this.model.model.value().aliases : []));
  readonly history = pages({
    params: () => (this.tab() === 'versions' ? this.model.id() : undefined),
    load: (modelId, page, signal) => call(listModelAliasChanges({ path: { modelId }, query: page, signal })),
  });
  readonly promotion = resource({
    params: () => (CHECK_TABS.includes(this.tab()) ? this.shownVersionId() : undefined),
    loader: ({ params, abortSignal }) => this.preview(params, 'champion', abortSignal),
  });
  readonly policy = resource({
    params: () => (this.tab() === 'checks' ? this.model.id() : undefined),
    loader: ({ params, abortSignal }) =>
      call(getModelPolicy({ path: { modelId: params }, signal: abortSignal })),
  });
  readonly reproductions = pages({
    params: () => (this.tab() === 'checks' ? this.shownVersionId() : undefined),
    load: (modelVersionId, page, signal) =>
      call(listModelReproductions({ path: { modelVersionId }, query: page, signal })),
  });

  constructor() {
    const isMine = (event: { readonly entity: { readonly id: string } }): boolean =>
      event.entity.id === this.model.id();
    for (const source of [
      this.history.source,
      this.promotion,
      this.policy,
      this.reproductions.source,
      this.model.version,
    ])
      reloadOn(source, isMine);
  }

  preview(modelVersionId: string, alias: string, signal?: AbortSignal): Promise<ModelPromotion> {
    return call(
      previewModelPromotion({
        path: { modelVersionId },
        query: { alias },
        ...(signal ? { signal } : {}),
      }),
    );
  }

  /** @param seen version that the alias named when the person decided; null for none */
  async setAlias(alias: string, modelVersionId: string, reason: string, seen: string | null): Promise<void> {
    await call(
      setModelAlias({
        path: { modelId: this.model.id(), alias },
        body: { modelVersionId, reason, expectedModelVersionId: seen },
      }),
    );
    this.refresh();
  }

  async rollBack(alias: string, reason: string, seen: string): Promise<void> {
    await call(
      rollBackModelAlias({
        path: { modelId: this.model.id(), alias },
        body: { reason, expectedModelVersionId: seen },
      }),
    );
    this.refresh();
  }

  async removeAlias(alias: string, reason: string, seen: string): Promise<void> {
    await call(
      removeModelAlias({
        path: { modelId: this.model.id(), alias },
        query: { reason, expectedModelVersionId: seen },
      }),
    );
    this.refresh();
  }

  async waive(modelVersionId: string, check: string, reason: string): Promise<void> {
    await call(waiveModelCheck({ path: { modelVersionId }, body: { check, reason } }));
    this.promotion.reload();
  }

  async withdraw(modelVersionId: string, check: string): Promise<void> {
    await call(withdrawModelWaiver({ path: { modelVersionId, check } }));
    this.promotion.reload();
  }

  async setPolicy(policy: ModelPolicyRequest | null): Promise<void> {
    const path = { modelId: this.model.id() };
    if (policy === null) await call(resetModelPolicy({ path }));
    else await call(setModelPolicy({ path, body: policy }));
    this.policy.reload();
    this.promotion.reload();
  }

  async reproduce(modelVersionId: string): Promise<void> {
    await call(reproduceModelVersion({ path: { modelVersionId } }));
    this.reproductions.source.reload();
  }

  async describe(modelVersionId: string, change: { description?: string; tags?: string[] }): Promise<void> {
    const changed = await call(updateModelVersion({ path: { modelVersionId }, body: change }));
    if (this.shownVersionId() === modelVersionId) this.model.version.set(changed);
    this.model.versions.source.reload();
  }

  private refresh(): void {
    this.model.model.reload();
    this.model.version.reload();
    this.model.versions.source.reload();
    this.history.source.reload();
    this.promotion.reload();
  }
}
