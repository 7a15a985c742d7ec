import { Injectable, computed, inject, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute } from '@angular/router';
import {
  type UpdateDeploymentRequest,
  deleteDeployment,
  getDeployment,
  getDeploymentSchema,
  startDeployment,
  stopDeployment,
  updateDeployment,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { toProblem } from '../shared/api/problem';
import { reloadOn } from '../shared/realtime/realtime';

/** The deployment in the URL. What its tabs fetch for themselves is in stores of their own. */
@Injectable()
export class DeploymentStore {
  private readonly route = inject(ActivatedRoute);
  private readonly params = toSignal(this.route.paramMap, { initialValue: this.route.snapshot.paramMap });

  readonly id = computed(() => this.params().get('deployment') ?? '');
  readonly deployment = resource({
    params: () => this.id(),
    loader: ({ params, abortSignal }) =>
      call(getDeployment({ path: { deploymentId: params }, signal: abortSignal })),
  });
  readonly current = computed(() => (this.deployment.hasValue() ? this.deployment.value() : undefined));
  readonly state = computed(() => this.current()?.observedState);
  readonly isServing = computed(() => ['ready', 'idle', 'unhealthy'].includes(this.state() ?? ''));
  readonly schema = resource({
    params: () => this.id(),
    loader: ({ params, abortSignal }) =>
      call(getDeploymentSchema({ path: { deploymentId: params }, signal: abortSignal })),
  });
  readonly contract = computed(() => (this.schema.hasValue() ? this.schema.value().contract : undefined));
  /** Of the last start, stop or deletion that was refused. */
  readonly problem = signal<unknown>(undefined);
  private readonly working = signal(false);
  readonly isBusy = this.working.asReadonly();

  constructor() {
    reloadOn(this.deployment, (event) => event.entity.id === this.id());
  }

  start(): Promise<void> {
    return this.attempt(async () =>
      this.deployment.set(await call(startDeployment({ path: { deploymentId: this.id() } }))),
    );
  }

  stop(): Promise<void> {
    return this.attempt(async () =>
      this.deployment.set(await call(stopDeployment({ path: { deploymentId: this.id() } }))),
    );
  }

  /** @throws ApiProblem with the fields that were refused */
  async update(body: UpdateDeploymentRequest): Promise<void> {
    this.deployment.set(await call(updateDeployment({ path: { deploymentId: this.id() }, body })));
  }

  /** Whether it is gone; else `problem` says why not. */
  async delete(): Promise<boolean> {
    await this.attempt(() => call(deleteDeployment({ path: { deploymentId: this.id() } })));
    return this.problem() === undefined;
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    this.problem.set(undefined);
    this.working.set(true);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.working.set(false);
    }
  }
}
