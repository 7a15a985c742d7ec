import { Component, computed, inject, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDivider } from '@angular/material/divider';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import type { ExperimentView } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { ProjectContext } from '../shared/project/project-context';
import { Confirm } from '../shared/ui/confirm';
import { Icon } from '../shared/ui/icon';
import { Prompt } from '../shared/ui/prompt';
import { ExperimentsStore } from './experiments.store';
import { sameState } from './table-state';

/** Saved views: one's own and those of the project. */
@Component({
  selector: 'mw-view-menu',
  imports: [Icon, MatButton, MatDivider, MatMenu, MatMenuItem, MatMenuTrigger],
  template: `
    <button type="button" matButton="outlined" [matMenuTriggerFor]="menu">
      <mw-icon name="layers" [size]="16" />
      <span class="current">{{ store.view()?.name ?? 'All runs' }}</span>
      @if (isChanged()) {
        <span class="mw-muted">changed</span>
      }
      <mw-icon name="chevron-down" [size]="14" />
    </button>
    <mat-menu #menu>
      <button mat-menu-item type="button" (click)="store.openView(undefined)">All runs</button>
      @for (view of shared(); track view.id) {
        <button mat-menu-item type="button" (click)="store.openView(view)">
          {{ view.name }} <span class="mw-muted">{{ view.isDefault ? 'default' : 'project' }}</span>
        </button>
      }
      @for (view of mine(); track view.id) {
        <button mat-menu-item type="button" (click)="store.openView(view)">
          {{ view.name }} <span class="mw-muted">mine</span>
        </button>
      }
      <mat-divider />
      @if (isChanged() && store.view(); as view) {
        @if (view.canEdit) {
          <button mat-menu-item type="button" (click)="attempt(store.updateView(view, { keepState: true }))">
            Save changes to “{{ view.name }}”
          </button>
        }
      }
      <button mat-menu-item type="button" (click)="save(false)">Save as my view</button>
      @if (context.canEdit()) {
        <button mat-menu-item type="button" (click)="save(true)">Save for the project</button>
      }
      @if (store.view(); as view) {
        @if (view.canEdit) {
          @if (view.shared) {
            <button
              mat-menu-item
              type="button"
              (click)="attempt(store.updateView(view, { isDefault: !view.isDefault }))"
            >
              {{ view.isDefault ? 'No longer the default' : 'Make it the default of the project' }}
            </button>
          }
          <button mat-menu-item type="button" (click)="remove(view)">Delete “{{ view.name }}”</button>
        }
      }
    </mat-menu>
  `,
  styles: `
    .current {
      display: inline-block;
      max-width: 160px;
      overflow: hidden;
      text-overflow: ellipsis;
      vertical-align: bottom;
      white-space: nowrap;
    }
  `,
})
export class ViewMenu {
  readonly failed = output<unknown>();
  protected readonly store = inject(ExperimentsStore);
  protected readonly context = inject(ProjectContext);
  private readonly prompt = inject(Prompt);
  private readonly confirm = inject(Confirm);

  private readonly views = computed(() => (this.store.views.hasValue() ? this.store.views.value() : []));
  protected readonly shared = computed(() => this.views().filter((view) => view.shared));
  protected readonly mine = computed(() => this.views().filter((view) => !view.shared));
  protected readonly isChanged = computed(() => !sameState(this.store.state(), this.store.base()));

  protected async save(shared: boolean): Promise<void> {
    await this.prompt.ask({
      title: shared ? 'Save for the project' : 'Save as my view',
      label: 'Name',
      value: '',
      help: 'Search, order, columns and density are kept.',
      action: 'Save view',
      maxLength: 80,
      perform: async (name) => {
        const view = await this.store.saveView(name, shared);
        this.store.openView(view);
      },
    });
  }

  protected async remove(view: ExperimentView): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete view “${view.name}”?`,
      text: view.shared ? 'Everybody in the project loses it. No run is touched.' : 'No run is touched.',
      action: 'Delete view',
      destructive: true,
    });
    if (sure) await this.attempt(this.store.deleteView(view));
  }

  protected async attempt(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.failed.emit(toProblem(error));
    }
  }
}
