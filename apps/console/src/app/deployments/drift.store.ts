import { Injectable, computed, inject, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type UpdateDriftSettingsRequest,
  checkDrift,
  getDrift,
  listDriftChecks,
  updateDriftSettings,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { toProblem } from '../shared/api/problem';
import { reloadOn } from '../shared/realtime/realtime';
import { DeploymentStore } from './deployment.store';

/** Window and segment are in the URL. */
@Injectable()
export class DriftStore {
  private readonly deployment = inject(DeploymentStore);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  /** Hours; undefined for what the settings say. */
  readonly hours = computed(() => {
    const hours = Number(this.query().get('hours'));
    return Number.isInteger(hours) && hours > 0 && hours <= 2160 ? hours : undefined;
  });
  readonly segment = computed(() => {
    const [column, value] = [this.query().get('segment'), this.query().get('value')];
    return column === null || value === null ? undefined : { column, value };
  });
  readonly drift = resource({
    params: () => ({ deploymentId: this.deployment.id(), hours: this.hours(), segment: this.segment() }),
    loader: ({ params: { deploymentId, hours, segment }, abortSignal }) =>
      call(
        getDrift({
          path: { deploymentId },
          query: {
            ...(hours === undefined ? {} : { windowHours: hours }),
            ...(segment ? { segmentColumn: segment.column, segmentValue: segment.value } : {}),
          },
          signal: abortSignal,
        }),
      ),
  });
  readonly checks = resource({
    params: () => this.deployment.id(),
    loader: ({ params: deploymentId, abortSignal }) =>
      call(listDriftChecks({ path: { deploymentId }, signal: abortSignal })),
  });
  /** Of the last check or change that was refused. */
  readonly problem = signal<unknown>(undefined);
  readonly isBusy = signal(false);

  constructor() {
    reloadOn(this.drift, (event) => event.entity.id === this.deployment.id());
    reloadOn(
      this.checks,
      (event) => event.type === 'drift.updated' && event.entity.id === this.deployment.id(),
    );
  }

  show(queryParams: Readonly<Record<string, string | number | null>>): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams,
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  check(): Promise<boolean> {
    const hours = this.hours();
    const body = hours === undefined ? {} : { windowHours: hours };
    return this.attempt(() => call(checkDrift({ path: { deploymentId: this.deployment.id() }, body })));
  }

  update(body: UpdateDriftSettingsRequest): Promise<boolean> {
    return this.attempt(() =>
      call(updateDriftSettings({ path: { deploymentId: this.deployment.id() }, body })),
    );
  }

  /** Whether it was done; else `problem` says why not. */
  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    this.problem.set(undefined);
    this.isBusy.set(true);
    try {
      await work();
      this.drift.reload();
      this.checks.reload();
      return true;
    } catch (error) {
      this.problem.set(toProblem(error));
      return false;
    } finally {
      this.isBusy.set(false);
    }
  }
}
