import { Component, computed, inject, input } from '@angular/core';
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
import { PageHeader } from '../shared/ui/page-header';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';

/** All batch jobs of the project. */
@Component({
  selector: 'mw-batch-jobs-page',
  imports: [
    BatchTable,
    EmptyState,
    Icon,
    MatButton,
    PageHeader,
    RouterLink,
    Skeleton,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  template: `
    <div class="mw-page">
      <mw-page-header heading="Batch jobs" [trail]="trail()">
        @if (context.canEdit() && jobs.items().length > 0) {
          <a matButton="filled" [routerLink]="['/p', project(), 'batch', 'new']">
            <mw-icon name="plus" [size]="15" /> New batch job
          </a>
        }
      </mw-page-header>
      <mw-view [source]="jobs.source" [empty]="jobs.isEmpty()">
        <ng-template mwLoading><mw-skeleton [lines]="6" [height]="28" /></ng-template>
        <ng-template mwEmpty>
          <div class="mw-card">
            <mw-empty
              icon="table"
              title="No batch jobs yet"
              text="A batch job takes a dataset or a file and makes a dataset with a prediction for every row."
              command="modelwright batch run <deployment> table.csv"
            >
              @if (context.canEdit()) {
                <a matButton="filled" [routerLink]="['/p', project(), 'batch', 'new']">
                  <mw-icon name="plus" [size]="15" /> New batch job
                </a>
              }
            </mw-empty>
          </div>
        </ng-template>
        <ng-template [mwContent]="jobs.source" let-loaded>
          <div class="mw-card"><mw-batch-table [jobs]="loaded.items" [withModel]="true" /></div>
          @if (loaded.hasMore) {
            <p class="more">
              <button type="button" matButton="outlined" (click)="jobs.more()">Show more</button>
            </p>
          }
        </ng-template>
      </mw-view>
    </div>
  `,
  styles: `
    .more {
      margin-top: 12px;
      text-align: center;
    }
  `,
})
export class BatchJobsPage {
  /** From the URL. */
  readonly project = input.required<string>();

  protected readonly context = inject(ProjectContext);
  protected readonly trail = computed(() => [
    { label: 'Deployments', link: ['/p', this.project(), 'deployments'] },
  ]);
  protected readonly jobs = pages({
    params: () => this.project(),
    load: (projectId, page, signal) => call(listBatchJobs({ path: { projectId }, query: page, signal })),
  });

  constructor() {
    reloadOn(this.jobs.source, (event) => event.entity.kind === 'batch-job');
  }
}
