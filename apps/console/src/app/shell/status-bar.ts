import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Realtime } from '../shared/realtime/realtime';
import { Icon } from '../shared/ui/icon';
import { formatClock } from '../shared/format/time';
import { SystemStore } from '../shared/system/system.store';
import { PageNotice } from '../shared/ui/page-notice';

/** There only while something is off or is being brought to its end: each line says what, and where to read more. */
@Component({
  selector: 'mw-status-bar',
  imports: [Icon, RouterLink],
  host: { role: 'status' },
  template: `
    @if (realtime.isBehind()) {
      <p class="warning"><mw-icon name="offline" [size]="14" /> Reconnecting. Data as of {{ asOf() }}.</p>
    }
    @if (page.failure(); as text) {
      <p class="warning"><mw-icon name="warning" [size]="14" /> {{ text }}</p>
    }
    @if (page.text(); as text) {
      <p><mw-icon name="running" [size]="14" [spin]="true" /> {{ text }}</p>
    }
    @for (notice of system.notices(); track notice.text) {
      <p [class.warning]="notice.warning">
        <mw-icon [name]="notice.icon" [size]="14" [spin]="notice.icon === 'running'" />
        <span>{{ notice.text }}</span>
        <a routerLink="/settings/health">Details</a>
      </p>
    }
  `,
  styles: `
    p {
      display: flex;
      align-items: center;
      gap: 8px;
      padding: 5px 16px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      background: var(--mw-info-soft);
      font-size: 12px;
      line-height: 16px;
    }
    .warning {
      background: var(--mw-warning-soft);
    }
    mw-icon {
      color: var(--mat-sys-on-surface-variant);
    }
  `,
})
export class StatusBar {
  protected readonly realtime = inject(Realtime);
  protected readonly system = inject(SystemStore);
  protected readonly page = inject(PageNotice);
  protected readonly asOf = computed(() => formatClock(this.realtime.asOf()));
}
