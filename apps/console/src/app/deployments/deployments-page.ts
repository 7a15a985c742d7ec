import { Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { ProjectContext } from '../shared/project/project-context';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { DeploymentTable } from './deployment-table';
import { DeploymentsStore } from './deployments.store';

/** The endpoints of the project. */
@Component({
  selector: 'mw-deployments-page',
  imports: [
    DeploymentTable,
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
      <mw-page-header heading="Deployments">
        @if (store.list.items().length > 0) {
          <a matButton="text" [routerLink]="['/p', project.id(), 'batch']">
            <mw-icon name="table" [size]="15" /> Batch jobs
          </a>
        }
        @if (project.canEdit() && store.list.items().length > 0) {
          <a matButton="outlined" [routerLink]="['/p', project.id(), 'models']">Deploy another model</a>
        }
      </mw-page-header>
      <mw-view [source]="store.list.source" [empty]="store.list.isEmpty()">
        <ng-template mwLoading>
          <div class="mw-card mw-card-body"><mw-skeleton [lines]="5" [height]="18" /></div>
        </ng-template>
        <ng-template mwEmpty>
          <div class="mw-card">
            <mw-empty
              icon="deployments"
              title="Nothing is deployed yet"
              text="A deployment serves one model version under an address of its own, on this machine. Deploy from the page of a model."
            >
              <a matButton="filled" [routerLink]="['/p', project.id(), 'models']">Choose a model</a>
            </mw-empty>
          </div>
        </ng-template>
        <ng-template [mwContent]="store.list.source" let-list>
          <div class="mw-card">
            <mw-deployment-table [deployments]="list.items" [drift]="store.drift()" />
          </div>
          @if (list.hasMore) {
            <p class="more">
              <button type="button" matButton="outlined" (click)="store.list.more()">Show more</button>
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
export class DeploymentsPage {
  protected readonly store = inject(DeploymentsStore);
  protected readonly project = inject(ProjectContext);
}
