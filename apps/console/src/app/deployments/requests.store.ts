import { Injectable, computed, inject, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { exportPredictionRequests, getPredictionRequest, listPredictionRequests } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { saveFile } from '../shared/ui/save-file';
import { toProblem } from '../shared/api/problem';
import { DeploymentStore } from './deployment.store';

export const OUTCOMES = ['all', 'succeeded', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the filters say; empty: anything. */
export interface RequestFilter {
  readonly status: string;
  readonly caller: string;
  readonly version: string;
  /** Age in hours. */
  readonly hours: string;
  readonly text: string;
}

const HOUR_MS = 3_600_000;

/** The calls of the deployment; filter and open call are in the URL (`outcome`, `status`, …, `request`). */
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
  readonly filter = computed<RequestFilter>(
    () => {
      const of = (name: keyof RequestFilter) => this.query().get(name) ?? '';
      return {
        status: of('status'),
        caller: of('caller'),
        version: of('version'),
        hours: of('hours'),
        text: of('text'),
      };
    },
    { equal: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  readonly isFiltered = computed(() => Object.values(this.filter()).some((value) => value !== ''));
  /** Of an export that failed. */
  readonly problem = signal<unknown>(undefined);
  readonly opened = computed(() => this.query().get('request') ?? undefined);
  readonly list = pages({
    // The rows that were sent are for those who may change things here.
    params: () =>
      this.project.canEdit()
        ? { deploymentId: this.deployment.id(), outcome: this.outcome(), filter: this.filter() }
        : undefined,
    load: ({ deploymentId, outcome, filter }, page, signal) => {
      const query = { ...page, outcome, ...queryOf(filter) };
      return call(listPredictionRequests({ path: { deploymentId }, query, signal }));
    },
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

  set(name: keyof RequestFilter, value: string): void {
    this.navigate({ [name]: value.trim() === '' ? null : value.trim(), request: null });
  }

  clear(): void {
    this.navigate({ status: null, caller: null, version: null, hours: null, text: null, request: null });
  }

  /** What is on screen, all pages of it, as a file. */
  async export(format: 'csv' | 'ndjson'): Promise<void> {
    this.problem.set(undefined);
    try {
      const content = await call(
        exportPredictionRequests({
          path: { deploymentId: this.deployment.id() },
          query: { format, outcome: this.outcome(), ...queryOf(this.filter()) },
          parseAs: 'blob',
        }),
      );
      const slug = this.deployment.current()?.endpointSlug ?? 'deployment';
      saveFile(`requests-${slug}.${format}`, content as unknown as Blob);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }

  showOnly(outcome: Outcome): void {
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

/** Times are whole minutes, so that the same look again is the same question. */
function queryOf({ status, caller, version, hours, text }: RequestFilter) {
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  return {
    ...(status === '' ? {} : { status }),
    ...(caller === '' ? {} : { caller }),
    ...(version === '' ? {} : { version: Number(version) }),
    ...(hours === '' ? {} : { from: new Date(minute - Number(hours) * HOUR_MS).toISOString() }),
    ...(text === '' ? {} : { text }),
  };
}
