import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { ActivityItem } from '@modelwright/sdk';
import { DurationPipe } from '../shared/format/pipes';
import { Clock, TimeAgo } from '../shared/format/time-ago';
import { Progress } from '../shared/ui/progress';
import { StatusChip } from '../shared/ui/status-chip';
import {
  ActivityStore,
  type CancellableKind,
  canCancel,
  isCancellable,
  isRunning,
} from '../shared/activity/activity.store';
import { placeOf } from './activity-place';
import { toProblem } from '../shared/api/problem';
import { Confirm } from '../shared/ui/confirm';

/** What is asked before work is called off, by its kind. */
const CANCELLING: Readonly<Record<CancellableKind, { text: string; action: string; note: string }>> = {
  run: {
    text: 'It stops after the fold it is at. What was found so far is not kept as a model.',
    action: 'Cancel run',
    note: 'Stops after this fold',
  },
  analysis: {
    text: 'It can be asked for again at any time.',
    action: 'Cancel analysis',
    note: 'Is being stopped',
  },
  export: {
    text: 'No file is made. It can be asked for again.',
    action: 'Cancel export',
    note: 'Is being stopped',
  },
  import: {
    text: 'The uploaded file is not looked at any further. Upload it again to go on.',
    action: 'Cancel import',
    note: 'Is being stopped',
  },
  rescoring: {
    text: 'The models are not compared. It can be asked for again.',
    action: 'Cancel scoring',
    note: 'Is being stopped',
  },
  batch: {
    text: 'It ends after the rows it is at. No output is made; it can be run again.',
    action: 'Cancel job',
    note: 'Is being stopped',
  },
};

@Component({
  selector: 'mw-activity-job',
  imports: [DurationPipe, MatButton, Progress, RouterLink, StatusChip, TimeAgo],
  template: `
    <div class="line">
      <a class="mw-ellipsis" [routerLink]="place().link" [queryParams]="place().query">{{ job().title }}</a>
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
      @if (mayCancel()) {
        <div class="line">
          <span class="mw-small mw-muted" role="status">{{ note() }}</span>
          <button type="button" matButton="text" [disabled]="asked()" (click)="cancel()">Cancel</button>
        </div>
      }
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
  private readonly store = inject(ActivityStore);
  private readonly confirm = inject(Confirm);
  protected readonly asked = signal(false);
  protected readonly note = signal('');
  protected readonly mayCancel = computed(() => canCancel(this.job()));

  protected readonly running = computed(() => isRunning(this.job().status));
  protected readonly place = computed(() => placeOf(this.job()));
  protected readonly elapsed = computed(() => {
    const from = Date.parse(this.job().startedAt);
    return Math.max(0, (this.clock.nowMs() - from) / 1000);
  });

  protected async cancel(): Promise<void> {
    const { kind, title } = this.job();
    if (!isCancellable(kind)) return;
    const { text, action, note } = CANCELLING[kind];
    const sure = await this.confirm.ask({
      title: `Cancel “${title}”?`,
      text,
      action,
      dismiss: 'Keep running',
      destructive: true,
    });
    if (!sure) return;
    this.asked.set(true);
    this.note.set(note);
    try {
      await this.store.cancel(this.job());
    } catch (error) {
      this.asked.set(false);
      this.note.set(toProblem(error).detail);
    }
  }
}
