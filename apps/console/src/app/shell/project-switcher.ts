import { Component, computed, inject } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { ProjectContext } from '../shared/project/project-context';
import { ProjectsStore } from '../shared/project/projects.store';
import { Icon } from '../shared/ui/icon';

const MOST_IN_MENU = 12;

@Component({
  selector: 'mw-project-switcher',
  imports: [Icon, MatMenu, MatMenuItem, MatMenuTrigger, RouterLink],
  template: `
    <button
      type="button"
      class="now"
      [matMenuTriggerFor]="menu"
      [attr.aria-label]="'Project: ' + label() + '. Switch project'"
    >
      <span class="mw-ellipsis">{{ label() }}</span>
      <mw-icon name="chevron-down" [size]="14" />
    </button>
    <mat-menu #menu>
      @for (project of shown(); track project.id) {
        <a
          mat-menu-item
          [routerLink]="['/p', project.id]"
          [attr.aria-current]="project.id === context.id() ? 'true' : null"
        >
          <span class="entry">
            <span class="mw-ellipsis">{{ project.name }}</span>
            @if (project.id === context.id()) {
              <mw-icon name="check" [size]="15" />
            }
          </span>
        </a>
      }
      <a mat-menu-item routerLink="/" class="all">All projects</a>
    </mat-menu>
  `,
  styles: `
    :host {
      min-width: 0;
    }
    .now {
      display: inline-flex;
      align-items: center;
      gap: 4px;
      max-width: 240px;
      min-height: 32px;
      padding: 0 8px;
      border: 0;
      border-radius: var(--mw-radius);
      background: none;
      color: var(--mat-sys-on-surface);
      font: 500 14px/20px var(--mw-font);
      cursor: pointer;
    }
    .now:hover {
      background: color-mix(in srgb, var(--mat-sys-on-surface) 6%, transparent);
    }
    .entry {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: 16px;
      min-width: 180px;
      max-width: 280px;
    }
    @media (width < 560px) {
      .now {
        max-width: 130px;
      }
    }
  `,
})
export class ProjectSwitcher {
  protected readonly context = inject(ProjectContext);
  private readonly store = inject(ProjectsStore);
  protected readonly label = computed(() =>
    this.context.id() ? (this.context.name() ?? 'Project') : 'All projects',
  );
  protected readonly shown = computed(() =>
    this.store.projects.hasValue() ? this.store.projects.value().slice(0, MOST_IN_MENU) : [],
  );
}
