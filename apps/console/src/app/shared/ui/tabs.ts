import {
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  afterRenderEffect,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
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

/** Part of the visible width by which the arrows move on. */
const PAGE = 0.7;

/**
 * Tabs are links: the open one is `?tab=` in the URL, so back, reload and a sent link work. The first needs no parameter.
 * Where they do not fit the row scrolls: the open tab is brought into sight, and arrows say that there is more.
 */
@Component({
  selector: 'mw-tabs',
  imports: [Icon, RouterLink],
  template: `
    <nav #bar [attr.aria-label]="label()" (scroll)="measure()">
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
    <!-- For the pointer only: the keyboard reaches every tab by itself. -->
    @if (hasBefore()) {
      <button class="more before" type="button" tabindex="-1" aria-hidden="true" (click)="turn(-1)">
        <mw-icon name="chevron-left" [size]="16" />
      </button>
    }
    @if (hasAfter()) {
      <button class="more after" type="button" tabindex="-1" aria-hidden="true" (click)="turn(1)">
        <mw-icon name="chevron-right" [size]="16" />
      </button>
    }
  `,
  styles: `
    :host {
      position: relative;
      display: block;
      min-width: 0;
    }
    nav {
      position: relative;
      display: flex;
      gap: 4px;
      overflow-x: auto;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      scrollbar-width: none;
      /* What comes into sight, by keyboard too, is not behind an arrow. */
      scroll-padding-inline: 56px;
    }
    .more {
      position: absolute;
      inset-block: 0 1px;
      display: grid;
      align-items: center;
      width: 56px;
      padding: 0;
      border: 0;
      color: var(--mat-sys-on-surface-variant);
      cursor: pointer;
    }
    .more:hover {
      color: var(--mat-sys-on-surface);
    }
    .before {
      left: 0;
      justify-items: start;
      background: linear-gradient(to left, transparent, var(--mat-sys-background) 50%);
    }
    .after {
      right: 0;
      justify-items: end;
      background: linear-gradient(to right, transparent, var(--mat-sys-background) 50%);
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

  private readonly bar = viewChild.required<ElementRef<HTMLElement>>('bar');
  protected readonly hasBefore = signal(false);
  protected readonly hasAfter = signal(false);

  constructor() {
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      const observer = new ResizeObserver(() => this.showOpen());
      observer.observe(this.bar().nativeElement);
      destroyed.onDestroy(() => observer.disconnect());
    });
    afterRenderEffect(() => {
      this.active();
      this.tabs();
      this.showOpen();
    });
  }

  protected turn(direction: -1 | 1): void {
    const bar = this.bar().nativeElement;
    bar.scrollBy({ left: direction * bar.clientWidth * PAGE, behavior: 'smooth' });
  }

  protected measure(): void {
    const { scrollLeft, scrollWidth, clientWidth } = this.bar().nativeElement;
    this.hasBefore.set(scrollLeft > 1);
    this.hasAfter.set(scrollLeft + clientWidth < scrollWidth - 1);
  }

  private showOpen(): void {
    const bar = this.bar().nativeElement;
    const open = bar.querySelector<HTMLElement>('[aria-current]');
    if (open) bar.scrollLeft = open.offsetLeft - (bar.clientWidth - open.offsetWidth) / 2;
    this.measure();
  }
}
