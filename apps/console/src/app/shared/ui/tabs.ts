import { Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Icon } from './icon';
import type { IconName } from './icons';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly count?: number;
  /** Why this tab cannot be opened here; shown as its tooltip. */
  readonly unavailable?: string;
}

/** Tabs are links: the open one is `?tab=` in the URL, so back, reload and a sent link work. The first needs no parameter. */
@Component({
  selector: 'mw-tabs',
  imports: [Icon, RouterLink],
  template: `
    <nav [attr.aria-label]="label()">
      @for (tab of tabs(); track tab.id; let first = $first) {
        @if (tab.unavailable) {
          <span class="tab off" [title]="tab.unavailable" aria-disabled="true">{{ tab.label }}</span>
        } @else {
          <a
            class="tab"
            [class.on]="tab.id === active()"
            [attr.aria-current]="tab.id === active() ? 'page' : null"
            [routerLink]="[]"
            [queryParams]="{ tab: first ? null : tab.id }"
            queryParamsHandling="merge"
          >
            @if (tab.icon; as icon) {
              <mw-icon [name]="icon" [size]="16" />
            }
            {{ tab.label }}
            @if (tab.count !== undefined) {
              <span class="count">{{ tab.count }}</span>
            }
          </a>
        }
      }
    </nav>
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    nav {
      display: flex;
      gap: 4px;
      overflow-x: auto;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      scrollbar-width: none;
    }
    .tab {
      position: relative;
      display: inline-flex;
      align-items: center;
      gap: 6px;
      padding: 9px 10px 11px;
      color: var(--mat-sys-on-surface-variant);
      font-weight: 500;
      white-space: nowrap;
      text-decoration: none;
    }
    .tab:hover {
      color: var(--mat-sys-on-surface);
    }
    .tab:focus-visible {
      outline-offset: -2px;
      border-radius: 6px;
    }
    .on {
      color: var(--mat-sys-on-surface);
    }
    .on::after {
      content: '';
      position: absolute;
      inset: auto 8px 0;
      height: 2px;
      border-radius: 2px 2px 0 0;
      background: var(--mat-sys-primary);
    }
    .off {
      opacity: 0.55;
      cursor: default;
    }
    .count {
      min-width: 18px;
      padding: 0 5px;
      border-radius: 9px;
      background: var(--mat-sys-surface-container-highest);
      font-size: 12px;
      line-height: 18px;
      text-align: center;
    }
  `,
})
export class Tabs {
  readonly tabs = input.required<readonly Tab[]>();
  readonly active = input.required<string>();
  readonly label = input('Sections');
}
