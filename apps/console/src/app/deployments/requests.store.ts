import { Injectable, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { getPredictionRequest, listPredictionRequests } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { DeploymentStore } from './deployment.store';

export const OUTCOMES = ['all', 'succeeded', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The calls of the deployment; filter and open call are in the URL (`outcome`, `request`). */
@Injectable()
export class RequestsStore {
  private readonly deployment = inject(DeploymentStore);
  private readonly project = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  readonly outcome = computed<Outcome>(
    () => OUTCOMES.find((one) => one === this.query().get('outcome')) ?? 'all',
  );
  readonly opened = computed(() => this.query().get('request') ?? undefined);
  readonly list = pages({
    // The rows that were sent are for those who may change things here.
    params: () =>
      this.project.canEdit() ? { deploymentId: this.deployment.id(), outcome: this.outcome() } : undefined,
    load: ({ deploymentId, outcome }, page, signal) =>
      call(listPredictionRequests({ path: { deploymentId }, query: { ...page, outcome }, signal })),
  });
  readonly detail = resource({
    params: () => {
      const requestId = this.opened();
      return requestId && this.project.canEdit()
        ? { deploymentId: this.deployment.id(), requestId }
        : undefined;
    },
    loader: ({ params, abortSignal }) => call(getPredictionRequest({ path: params, signal: abortSignal })),
  });

  constructor() {
    reloadOn(
      this.list.source,
      (event) => event.type === 'prediction.logged' && event.entity.id === this.deployment.id(),
    );
  }

  filter(outcome: Outcome): void {
    this.navigate({ outcome: outcome === 'all' ? null : outcome, request: null });
  }

  close(): void {
    this.navigate({ request: null });
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
