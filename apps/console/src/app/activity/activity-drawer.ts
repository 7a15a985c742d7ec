import { Component, DestroyRef, inject, output } from '@angular/core';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { ActivityJob } from './activity-job';
import { ActivityStore } from '../shared/activity/activity.store';

/** The drawer at the right: what is running and what has just ended. */
@Component({
  selector: 'mw-activity-drawer',
  imports: [ActivityJob, EmptyState, Icon, View, ViewContent, ViewEmpty],
  template: `
    <div class="head">
      <h2>Activity</h2>
      <button type="button" class="mw-icon-button" aria-label="Close activity" (click)="closed.emit()">
        <mw-icon name="close" [size]="16" />
      </button>
    </div>
    <div class="body">
      <mw-view [source]="store.jobs" [empty]="store.jobs.hasValue() && store.jobs.value().length === 0">
        <ng-template mwEmpty>
          <mw-empty
            icon="activity"
            title="Nothing is running"
            text="Uploads, runs, analyses, exports, imports and deployments appear here and survive a reload."
          />
        </ng-template>
        <ng-template [mwContent]="store.jobs" let-jobs>
          <ul>
            @for (job of jobs; track job.id) {
              <li><mw-activity-job [job]="job" /></li>
            }
          </ul>
        </ng-template>
      </mw-view>
    </div>
  `,
  styles: `
    .head {
      position: sticky;
      top: 0;
      z-index: 1;
      display: flex;
      align-items: center;
      justify-content: space-between;
      padding: 12px 12px 12px 16px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      background: var(--mat-sys-surface);
    }
    .body {
      padding: 4px 16px 24px;
    }
    li {
      padding: 12px 0;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    li:last-child {
      border-bottom: 0;
    }
  `,
})
export class ActivityDrawer {
  readonly closed = output();
  protected readonly store = inject(ActivityStore);

  constructor() {
    this.store.watched.set(true);
    this.store.jobs.reload();
    inject(DestroyRef).onDestroy(() => this.store.watched.set(false));
  }
}
