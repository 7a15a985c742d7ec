import { Component, computed, inject } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { Session } from '../shared/api/session';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { PageHeader } from '../shared/ui/page-header';

interface SettingsLink {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly adminOnly?: boolean;
}

const LINKS: readonly SettingsLink[] = [
  { path: 'account', label: 'Account', icon: 'user' },
  { path: 'appearance', label: 'Appearance', icon: 'palette' },
  { path: 'tokens', label: 'Access tokens', icon: 'key' },
  { path: 'people', label: 'People', icon: 'users', adminOnly: true },
  { path: 'webhooks', label: 'Webhooks', icon: 'link' },
  { path: 'email', label: 'E-mail', icon: 'mail' },
  { path: 'health', label: 'About and health', icon: 'activity' },
];

@Component({
  selector: 'mw-settings-page',
  imports: [Icon, PageHeader, RouterLink, RouterLinkActive, RouterOutlet],
  host: { class: 'mw-page' },
  template: `
    <mw-page-header heading="Settings" />
    <div class="columns">
      <nav aria-label="Settings">
        @for (link of links(); track link.path) {
          <a
            #item
            [routerLink]="link.path"
            routerLinkActive="on"
            ariaCurrentWhenActive="page"
            (isActiveChange)="show(item, $event)"
          >
            <mw-icon [name]="link.icon" [size]="16" /> {{ link.label }}
          </a>
        }
      </nav>
      <div class="section"><router-outlet /></div>
    </div>
  `,
  styles: `
    .columns {
      display: grid;
      grid-template-columns: 200px minmax(0, 880px);
      gap: 32px;
      align-items: start;
    }
    nav {
      display: grid;
      gap: 2px;
    }
    a {
      display: flex;
      align-items: center;
      gap: 10px;
      min-height: 34px;
      padding: 0 10px;
      border-radius: var(--mw-radius);
      color: var(--mat-sys-on-surface-variant);
      font-weight: 500;
      text-decoration: none;
      white-space: nowrap;
    }
    a:hover {
      background: color-mix(in srgb, var(--mat-sys-on-surface) 6%, transparent);
    }
    .on,
    .on:hover {
      background: var(--mat-sys-secondary-container);
      color: var(--mat-sys-on-secondary-container);
    }
    @media (width < 900px) {
      .columns {
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      nav {
        display: flex;
        overflow-x: auto;
      }
    }
  `,
})
export class SettingsPage {
  private readonly session = inject(Session);
  protected readonly links = computed(() =>
    LINKS.filter((link) => !link.adminOnly || this.session.user()?.isAdmin === true),
  );

  /** On a phone the sections stand in a row that scrolls: the open one is in sight. */
  protected show(item: HTMLElement, isOpen: boolean): void {
    if (isOpen) item.scrollIntoView({ block: 'nearest', inline: 'center' });
  }
}
