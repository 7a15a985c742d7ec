import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';
import type { Deployment, ModelPolicy, ModelPolicyRequest, ModelVersionSummary } from '@modelwright/sdk';
import { Confirm } from '../shared/ui/confirm';
import { Dialogs } from '../shared/ui/dialogs';
import { Prompt } from '../shared/ui/prompt';
import type { DeployRequest } from './deploy-dialog';
import type { ExportRequest } from './exports/export-dialog';
import type { PolicyEdit } from './registry/policy-dialog';

interface Named {
  readonly name: string;
}

/** The questions that come before a model is changed or served; list and detail ask them the same way. */
@Injectable()
export class ModelActions {
  private readonly confirm = inject(Confirm);
  private readonly prompt = inject(Prompt);
  private readonly dialogs = inject(Dialogs);
  private readonly router = inject(Router);

  async rename(model: Named, perform: (name: string) => Promise<void>): Promise<void> {
    await this.prompt.ask({
      title: 'Rename model',
      label: 'Name',
      value: model.name,
      action: 'Rename model',
      perform,
    });
  }

  async remove(model: Named, perform: () => Promise<void>): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete model “${model.name}”?`,
      text: 'All its versions and their artifacts go. It is refused while a deployment still serves one of them.',
      action: 'Delete model',
      destructive: true,
    });
    if (sure) await perform();
  }

  async removeVersion(
    model: Named,
    version: ModelVersionSummary,
    perform: () => Promise<void>,
  ): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete version ${version.number} of “${model.name}”?`,
      text: 'Its artifact and its evaluation go. It is refused while a deployment still serves it.',
      action: 'Delete version',
      destructive: true,
    });
    if (sure) await perform();
  }

  async editProjectRules(
    policy: ModelPolicy,
    perform: (policy: ModelPolicyRequest) => Promise<void>,
  ): Promise<void> {
    const { PolicyDialog } = await import('./registry/policy-dialog');
    const data: PolicyEdit = {
      title: 'Rules for promotion in this project',
      text: 'What a version has to pass before a protected alias may name it. A model may have rules of its own.',
      policy,
      canReset: false,
      perform: async (changed) => {
        if (changed) await perform(changed);
      },
    };
    await this.dialogs.open(PolicyDialog, { data, width: '560px' });
  }

  async export(request: ExportRequest): Promise<void> {
    const { ExportDialog } = await import('./exports/export-dialog');
    await this.dialogs.open(ExportDialog, { data: request, width: '720px' });
  }

  /** Opens the new deployment once it was accepted. */
  async deploy(request: DeployRequest): Promise<void> {
    const { DeployDialog } = await import('./deploy-dialog');
    const deployment = await this.dialogs.open<Deployment>(DeployDialog, { data: request, width: '560px' });
    if (deployment) {
      await this.router.navigate(['/p', deployment.projectId, 'deployments', deployment.id]);
    }
  }
}
