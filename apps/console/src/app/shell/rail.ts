import { Component, computed, inject, input, output } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { MatTooltip } from '@angular/material/tooltip';
import { NavigationEnd, Router, RouterLink, RouterLinkActive } from '@angular/router';
import { filter, map } from 'rxjs';
import { ProjectContext } from '../shared/project/project-context';
import { Icon } from '../shared/ui/icon';
import { Logo } from '../shared/ui/logo';
import { SECTIONS, isIn } from './sections';

/** The left rail: the rooms of the open project, the settings at the bottom. */
@Component({
  selector: 'mw-rail',
  imports: [Icon, Logo, MatTooltip, RouterLink, RouterLinkActive],
  host: { '[class.narrow]': 'narrow()' },
  template: `
    <a class="brand" routerLink="/" aria-label="Modelwright, all projects" (click)="left.emit()">
      <mw-logo [size]="26" />
      @if (!narrow()) {
        <span>Modelwright</span>
      }
    </a>
    <nav aria-label="Project">
      @if (links(); as links) {
        @for (link of links; track link.id) {
          <a
            class="item"
            [class.on]="link.isOpen"
            [attr.aria-current]="link.isOpen ? 'page' : null"
            [routerLink]="link.commands"
            [matTooltip]="narrow() ? link.label : ''"
            matTooltipPosition="right"
            [attr.aria-label]="link.label"
            (click)="left.emit()"
          >
            <mw-icon [name]="link.icon" />
            @if (!narrow()) {
              <span>{{ link.label }}</span>
            }
          </a>
        }
      } @else {
        <a
          class="item"
          routerLink="/"
          routerLinkActive="on"
          ariaCurrentWhenActive="page"
          [routerLinkActiveOptions]="{ exact: true }"
          [matTooltip]="narrow() ? 'Projects' : ''"
          matTooltipPosition="right"
          aria-label="Projects"
          (click)="left.emit()"
        >
          <mw-icon name="folder" />
          @if (!narrow()) {
            <span>Projects</span>
          }
        </a>
      }
    </nav>
    <nav class="bottom" aria-label="Installation">
      <a
        class="item"
        routerLink="/settings"
        routerLinkActive="on"
        ariaCurrentWhenActive="page"
        [matTooltip]="narrow() ? 'Settings' : ''"
        matTooltipPosition="right"
        aria-label="Settings"
        (click)="left.emit()"
      >
        <mw-icon name="settings" />
        @if (!narrow()) {
          <span>Settings</span>
        }
      </a>
      <ng-content />
    </nav>
  `,
  styles: `
    :host {
      display: flex;
      flex-direction: column;
      gap: 4px;
      height: 100%;
      padding: 10px;
    }
    .brand {
      display: flex;
      align-items: center;
      gap: 10px;
      height: 34px;
      margin-bottom: 12px;
      padding: 0 5px;
      color: var(--mat-sys-on-surface);
      font-size: 16px;
      font-weight: 600;
      letter-spacing: -0.01em;
      text-decoration: none;
    }
    nav {
      display: grid;
      gap: 2px;
    }
    .bottom {
      margin-top: auto;
    }
    .item {
      display: flex;
      align-items: center;
      gap: 10px;
      min-height: 34px;
      padding: 0 9px;
      border-radius: var(--mw-radius);
      color: var(--mat-sys-on-surface-variant);
      font-weight: 500;
      text-decoration: none;
    }
    .item:hover {
      background: color-mix(in srgb, var(--mat-sys-on-surface) 6%, transparent);
      color: var(--mat-sys-on-surface);
    }
    .on,
    .on:hover {
      background: var(--mat-sys-primary-container);
      color: var(--mat-sys-on-primary-container);
    }
    :host(.narrow) .item {
      justify-content: center;
      padding: 0;
    }
  `,
})
export class Rail {
  readonly narrow = input(false);
  /** A link was followed; the drawer on small screens closes on it. */
  readonly left = output();
  private readonly project = inject(ProjectContext);
  private readonly router = inject(Router);
  private readonly url = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map(({ urlAfterRedirects }) => urlAfterRedirects),
    ),
    { initialValue: this.router.url },
  );

  protected readonly links = computed(() => {
    const id = this.project.id();
    if (!id) return null;
    const home = `/p/${id}`;
    const url = this.url();
    return SECTIONS.map((section) => ({
      ...section,
      commands: ['/p', id, ...(section.path ? [section.path] : [])],
      isOpen: url.startsWith(home) && isIn(section, url.slice(home.length)),
    }));
  });
}
