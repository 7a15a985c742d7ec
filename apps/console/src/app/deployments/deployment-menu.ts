import { Component, inject, input } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import type { Deployment } from '@modelwright/sdk';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { deploymentCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { copyText } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { DeploymentActions } from './deployment-actions';
import { DeploymentStore } from './deployment.store';

/** What can be done with a deployment, in the order of every other menu. */
@Component({
  selector: 'mw-deployment-menu',
  imports: [Icon, MatMenu, MatMenuItem, MatMenuTrigger],
  template: `
    <button
      type="button"
      class="mw-icon-button"
      [matMenuTriggerFor]="menu"
      aria-label="Actions for this deployment"
    >
      <mw-icon name="more" />
    </button>
    <mat-menu #menu xPosition="before">
      @if (project.canEdit()) {
        <button mat-menu-item type="button" (click)="rename()">Rename</button>
      }
      <button mat-menu-item type="button" (click)="copyLink()">Copy link</button>
      <button mat-menu-item type="button" (click)="copyAsCode()">Copy as code</button>
      @if (project.canEdit()) {
        <button mat-menu-item type="button" [disabled]="store.isBusy()" (click)="remove()">Delete</button>
      }
    </mat-menu>
  `,
})
export class DeploymentMenu {
  readonly deployment = input.required<Deployment>();
  protected readonly project = inject(ProjectContext);
  protected readonly store = inject(DeploymentStore);
  private readonly actions = inject(DeploymentActions);
  private readonly code = inject(CopyAsCode);

  constructor() {
    inject(Keyboard).use([
      { keys: 'e', description: 'Rename', group: 'Deployment', run: () => void this.rename() },
    ]);
  }

  protected async rename(): Promise<void> {
    if (this.project.canEdit()) await this.actions.rename(this.deployment());
  }

  protected remove(): Promise<void> {
    return this.actions.remove(this.deployment());
  }

  protected copyLink(): void {
    void copyText(location.href);
  }

  protected copyAsCode(): Promise<void> {
    const { id, projectId } = this.deployment();
    return this.code.open('This deployment as code', deploymentCode(projectId, id));
  }
}
