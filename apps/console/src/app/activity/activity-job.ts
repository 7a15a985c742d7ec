import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ActivityItem } from '@modelwright/sdk';
import { DurationPipe } from '../shared/format/pipes';
import { Clock, TimeAgo } from '../shared/format/time-ago';
import { Progress } from '../shared/ui/progress';
import { StatusChip } from '../shared/ui/status-chip';
import { isRunning } from '../shared/activity/activity.store';

const SCREENS: Readonly<Record<ActivityItem['entity']['kind'], string>> = {
  dataset: 'data',
  run: 'runs',
  deployment: 'deployments',
};

@Component({
  selector: 'mw-activity-job',
  imports: [DurationPipe, Progress, RouterLink, StatusChip, TimeAgo],
  template: `
    <div class="line">
      <a class="mw-ellipsis" [routerLink]="link()">{{ job().title }}</a>
      <mw-status [status]="job().status" />
    </div>
    <div class="line mw-small mw-muted">
      <span class="mw-ellipsis">{{ job().detail }}</span>
      @if (running()) {
        <span class="mw-number">{{ elapsed() | duration }}</span>
      } @else {
        <mw-time [at]="job().finishedAt ?? job().startedAt" />
      }
    </div>
    @if (running()) {
      <mw-progress [label]="job().title" [fraction]="job().progress" />
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 5px;
    }
    .line {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: 10px;
    }
    a {
      color: var(--mat-sys-on-surface);
      font-weight: 500;
    }
  `,
})
export class ActivityJob {
  readonly job = input.required<ActivityItem>();
  private readonly clock = inject(Clock);

  protected readonly running = computed(() => isRunning(this.job().status));
  protected readonly link = computed(() => [
    '/p',
    this.job().projectId,
    SCREENS[this.job().entity.kind],
    this.job().entity.id,
  ]);
  protected readonly elapsed = computed(() => {
    const from = Date.parse(this.job().startedAt);
    return Math.max(0, (this.clock.nowMs() - from) / 1000);
  });
}
