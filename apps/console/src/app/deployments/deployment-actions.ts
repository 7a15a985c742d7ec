import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';
import type { Deployment } from '@modelwright/sdk';
import { Confirm } from '../shared/ui/confirm';
import { Prompt } from '../shared/ui/prompt';
import { DeploymentStore } from './deployment.store';

/** The questions that come before a deployment is renamed or deleted; its menu and its settings ask them the same way. */
@Injectable()
export class DeploymentActions {
  private readonly store = inject(DeploymentStore);
  private readonly confirm = inject(Confirm);
  private readonly prompt = inject(Prompt);
  private readonly router = inject(Router);

  async rename(deployment: Deployment): Promise<void> {
    await this.prompt.ask({
      title: 'Rename deployment',
      label: 'Name',
      value: deployment.name,
      action: 'Rename deployment',
      perform: (name) => this.store.update({ name }),
    });
  }

  /** Goes to the list once it is gone. */
  async remove(deployment: Deployment): Promise<void> {
    const isLive = deployment.desiredState === 'running';
    const sure = await this.confirm.ask({
      title: `Delete deployment “${deployment.name}”?`,
      text: 'Its address stops answering, and its keys and its request log go with it. The model stays.',
      action: 'Delete deployment',
      destructive: true,
      ...(isLive ? { typeToConfirm: deployment.name } : {}),
    });
    if (sure && (await this.store.delete()))
      await this.router.navigate(['/p', deployment.projectId, 'deployments']);
  }
}
