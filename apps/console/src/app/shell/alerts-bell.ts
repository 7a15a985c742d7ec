import { Component, computed, inject } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { MatTooltip } from '@angular/material/tooltip';
import { RouterLink } from '@angular/router';
import { FiringAlertsStore } from '../shared/alerts/firing-alerts.store';
import { TimeAgo } from '../shared/format/time-ago';
import { Icon } from '../shared/ui/icon';

/** How many alerts fire, and the way to each of them. */
@Component({
  selector: 'mw-alerts-bell',
  imports: [Icon, MatMenu, MatMenuItem, MatMenuTrigger, MatTooltip, RouterLink, TimeAgo],
  template: `
    <button
      type="button"
      class="mw-icon-button bell"
      [attr.aria-label]="label()"
      matTooltip="Alerts"
      [matMenuTriggerFor]="menu"
    >
      <mw-icon name="bell" />
      @if (store.items().length > 0) {
        <span class="badge" aria-hidden="true">{{ store.count() }}</span>
      }
    </button>
    <mat-menu #menu xPosition="before" class="mw-alerts-menu">
      @for (alert of store.items(); track alert.id) {
        <a
          mat-menu-item
          [routerLink]="['/p', alert.projectId, 'deployments', alert.deploymentId]"
          [queryParams]="{ tab: 'alerts' }"
        >
          <span class="line">
            <strong>{{ alert.ruleName }}</strong> on {{ alert.deploymentName }}
          </span>
          <span class="line mw-small mw-muted">{{ alert.sentence }}</span>
          <span class="line mw-small mw-muted">
            {{ alert.severity }}, since <mw-time [at]="alert.startedAt" />
            @if (alert.acknowledgedBy) {
              · {{ alert.acknowledgedBy }} takes care of it
            }
          </span>
        </a>
      } @empty {
        <button mat-menu-item type="button" disabled>No alert fires in your projects.</button>
      }
    </mat-menu>
  `,
  styles: `
    .bell {
      position: relative;
    }
    .badge {
      position: absolute;
      top: 1px;
      right: 0;
      min-width: 15px;
      padding: 0 3px;
      border-radius: 8px;
      background: var(--mat-sys-error);
      color: var(--mat-sys-on-error);
      font-size: 10px;
      font-weight: 600;
      line-height: 15px;
      text-align: center;
    }
    .line {
      display: block;
      max-width: 340px;
      white-space: normal;
      line-height: 1.4;
    }
    a {
      padding-block: 8px;
    }
  `,
})
export class AlertsBell {
  protected readonly store = inject(FiringAlertsStore);
  protected readonly label = computed(() =>
    this.store.items().length === 0 ? 'Alerts' : `Alerts, ${this.store.count()} firing`,
  );
}
