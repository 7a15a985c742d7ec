import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { listBatchJobs } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { BatchTable } from '../shared/batch/batch-table';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';

/** Whole tables that this deployment has predicted, or is predicting. */
@Component({
  selector: 'mw-batch-tab',
  imports: [
    BatchTable,
    EmptyState,
    Icon,
    MatButton,
    RouterLink,
    Skeleton,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  template: `
    <mw-view [source]="jobs.source" [empty]="jobs.isEmpty()">
      <ng-template mwLoading><mw-skeleton [lines]="6" [height]="28" /></ng-template>
      <ng-template mwEmpty>
        <div class="mw-card">
          <mw-empty
            icon="table"
            title="Predict a whole table"
            text="A batch job takes a dataset or a file and makes a dataset with a prediction for every row. It goes on by itself after a restart."
            [command]="command()"
          >
            @if (project.canEdit()) {
              <a matButton="filled" [routerLink]="link()" [queryParams]="query()">
                <mw-icon name="plus" [size]="15" /> New batch job
              </a>
            }
          </mw-empty>
        </div>
      </ng-template>
      <ng-template [mwContent]="jobs.source" let-loaded>
        <section class="mw-card" aria-labelledby="batch-jobs">
          <div class="mw-card-head mw-row">
            <h2 id="batch-jobs" class="mw-grow">Batch jobs</h2>
            @if (project.canEdit()) {
              <a matButton="filled" [routerLink]="link()" [queryParams]="query()">
                <mw-icon name="plus" [size]="15" /> New batch job
              </a>
            }
          </div>
          <mw-batch-table [jobs]="loaded.items" />
          @if (loaded.hasMore) {
            <div class="mw-card-body">
              <button type="button" matButton="text" (click)="jobs.more()">Show more</button>
            </div>
          }
        </section>
      </ng-template>
    </mw-view>
  `,
})
export class BatchTab {
  protected readonly project = inject(ProjectContext);
  private readonly store = inject(DeploymentStore);

  protected readonly jobs = pages({
    params: () => {
      const projectId = this.project.id();
      return projectId === undefined ? undefined : { projectId, deploymentId: this.store.id() };
    },
    load: ({ projectId, deploymentId }, page, signal) =>
      call(listBatchJobs({ path: { projectId }, query: { ...page, deploymentId }, signal })),
  });
  protected readonly link = computed(() => ['/p', this.project.id() ?? '', 'batch', 'new']);
  protected readonly query = computed(() => ({ deployment: this.store.id() }));
  protected readonly command = computed(() => {
    const slug = this.store.current()?.endpointSlug;
    return slug ? `modelwright batch run ${slug} table.csv` : undefined;
  });

  constructor() {
    reloadOn(this.jobs.source, (event) => event.entity.kind === 'batch-job');
  }
}
