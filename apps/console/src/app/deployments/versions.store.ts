import { Injectable, computed, inject, resource, signal } from '@angular/core';
import {
  type ContractComparison,
  type RollbackRule,
  type SwitchVersionRequest,
  cancelRehearsal,
  compareDeploymentContract,
  createRehearsal,
  getDeploymentTraffic,
  listDeploymentRevisions,
  listModelVersions,
  listRehearsals,
  removeDeploymentTarget,
  rollBackDeployment,
  switchDeploymentVersion,
  updateDeploymentTarget,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { DeploymentStore } from './deployment.store';

const MAX_VERSIONS = 200;

/** The versions behind the deployment: who answers, what is tried beside it, what was. */
@Injectable()
export class VersionsStore {
  readonly deployment = inject(DeploymentStore);
  private readonly project = inject(ProjectContext);

  readonly traffic = resource({
    params: () => this.deployment.id(),
    loader: ({ params, abortSignal }) =>
      call(getDeploymentTraffic({ path: { deploymentId: params }, signal: abortSignal })),
  });
  readonly current = computed(() => (this.traffic.hasValue() ? this.traffic.value() : undefined));
  readonly history = pages({
    params: () => this.deployment.id(),
    load: (deploymentId, page, signal) =>
      call(listDeploymentRevisions({ path: { deploymentId }, query: page, signal })),
  });
  /** Versions of the model that is served. */
  readonly versions = resource({
    params: () => this.deployment.current()?.modelId,
    loader: ({ params, abortSignal }) =>
      call(
        listModelVersions({ path: { modelId: params }, query: { limit: MAX_VERSIONS }, signal: abortSignal }),
      ),
  });
  readonly others = computed(() => {
    const servedId = this.deployment.current()?.modelVersionId;
    return (this.versions.hasValue() ? this.versions.value().items : []).filter(({ id }) => id !== servedId);
  });
  /** Shows logged predictions, so it is for those who may see them. */
  readonly rehearsals = resource({
    params: () => (this.project.canEdit() ? this.deployment.id() : undefined),
    loader: ({ params, abortSignal }) =>
      call(listRehearsals({ path: { deploymentId: params }, query: { limit: 1 }, signal: abortSignal })),
  });
  readonly rehearsal = computed(() =>
    this.rehearsals.hasValue() ? this.rehearsals.value().items[0] : undefined,
  );
  readonly isRehearsing = computed(() => {
    const status = this.rehearsal()?.status;
    return status === 'queued' || status === 'running';
  });
  /** The version that is looked at as the next one. */
  readonly chosen = signal<string | undefined>(undefined);
  readonly comparison = resource({
    params: () => {
      const modelVersionId = this.chosen();
      return modelVersionId === undefined
        ? undefined
        : { deploymentId: this.deployment.id(), modelVersionId };
    },
    loader: ({ params: { deploymentId, modelVersionId }, abortSignal }) =>
      call(
        compareDeploymentContract({ path: { deploymentId }, query: { modelVersionId }, signal: abortSignal }),
      ),
  });

  readonly problem = signal<ApiProblem | undefined>(undefined);
  readonly isBusy = signal(false);

  constructor() {
    const isMine = (event: { readonly entity: { readonly id: string } }) =>
      event.entity.id === this.deployment.id();
    reloadOn(this.traffic, isMine);
    reloadOn(this.history.source, (event) => isMine(event) && event.type === 'deployment.updated');
    reloadOn(this.rehearsals, (event) => isMine(event) && event.type === 'deployment.updated');
    reloadOn(this.versions, (event) => event.type === 'model.created');
  }

  /** What changes for callers with a version; nothing, and `problem`, when it cannot be known. */
  async compare(modelVersionId: string): Promise<ContractComparison | undefined> {
    let comparison: ContractComparison | undefined;
    await this.attempt(async () => {
      comparison = await call(compareDeploymentContract({ path: this.path(), query: { modelVersionId } }));
    });
    return comparison;
  }

  switchTo(body: SwitchVersionRequest): Promise<boolean> {
    return this.attempt(async () =>
      this.traffic.set(await call(switchDeploymentVersion({ path: this.path(), body }))),
    );
  }

  rollBack(reason: string): Promise<boolean> {
    return this.attempt(async () =>
      this.traffic.set(await call(rollBackDeployment({ path: this.path(), body: { reason } }))),
    );
  }

  setShare(targetId: string, sharePercent: number): Promise<boolean> {
    return this.attempt(async () =>
      this.traffic.set(
        await call(updateDeploymentTarget({ path: { ...this.path(), targetId }, body: { sharePercent } })),
      ),
    );
  }

  remove(targetId: string): Promise<boolean> {
    return this.attempt(async () =>
      this.traffic.set(await call(removeDeploymentTarget({ path: { ...this.path(), targetId } }))),
    );
  }

  rehearse(modelVersionId: string, calls: number): Promise<boolean> {
    return this.attempt(async () => {
      const begun = await call(createRehearsal({ path: this.path(), body: { modelVersionId, calls } }));
      // Not by way of what is known: reading that throws where it could not be loaded.
      this.rehearsals.set({ items: [begun], nextCursor: null });
    });
  }

  cancelRehearsal(rehearsalId: string): Promise<boolean> {
    return this.attempt(async () => {
      await call(cancelRehearsal({ path: { ...this.path(), rehearsalId } }));
      this.rehearsals.reload();
    });
  }

  setRule(rollbackRule: RollbackRule | null): Promise<boolean> {
    return this.attempt(() => this.deployment.update({ rollbackRule }));
  }

  private path() {
    return { deploymentId: this.deployment.id() };
  }

  /** Whether it was done; else `problem` says why not. One thing at a time: a second click does nothing. */
  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy()) return false;
    this.problem.set(undefined);
    this.isBusy.set(true);
    try {
      await work();
      return true;
    } catch (error) {
      this.problem.set(toProblem(error));
      return false;
    } finally {
      this.isBusy.set(false);
    }
  }
}
