import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';
import type { ModelPolicy, ModelVersionSummary, RequiredCheck } from '@modelwright/sdk';
import { Dialogs } from '../../shared/ui/dialogs';
import { Prompt } from '../../shared/ui/prompt';
import type { AliasOfModel } from './aliases-card';
import type { PolicyEdit } from './policy-dialog';
import type { PromoteAnswer, PromoteRequest } from './promote-dialog';
import { RegistryStore } from './registry.store';

export interface VersionToPromote {
  readonly modelName: string;
  readonly id: string;
  readonly number: number;
}

/** The questions that come before the registry is changed: which alias, why, and whether that is meant. */
@Injectable()
export class RegistryActions {
  private readonly store = inject(RegistryStore);
  private readonly prompt = inject(Prompt);
  private readonly dialogs = inject(Dialogs);
  private readonly router = inject(Router);

  async promote(version: VersionToPromote, alias = 'champion'): Promise<void> {
    const { PromoteDialog } = await import('./promote-dialog');
    const data: PromoteRequest = {
      modelName: version.modelName,
      modelVersionId: version.id,
      versionNumber: version.number,
      alias,
      known: this.store.aliases().map((known) => known.alias),
      preview: (name, signal) => this.store.preview(version.id, name, signal),
      perform: (name, reason, seen) => this.store.setAlias(name, version.id, reason, seen),
    };
    const answer = await this.dialogs.open<PromoteAnswer>(PromoteDialog, { data, width: '680px' });
    if (answer === 'checks')
      await this.router.navigate([], {
        queryParams: { tab: 'checks', version: version.number },
        queryParamsHandling: 'merge',
      });
  }

  async rollBack(alias: AliasOfModel): Promise<void> {
    await this.prompt.ask({
      title: `Roll back ${alias.alias}?`,
      label: 'Reason',
      help: `${alias.alias} names version ${alias.versionNumber} now and will name the version before it. The reason stays in the history.`,
      value: '',
      action: `Roll back ${alias.alias}`,
      maxLength: 500,
      perform: (reason) => this.store.rollBack(alias.alias, reason, alias.modelVersionId),
    });
  }

  async remove(alias: AliasOfModel): Promise<void> {
    await this.prompt.ask({
      title: `Remove the alias ${alias.alias}?`,
      label: 'Reason',
      help: `Version ${alias.versionNumber} stays; what asks for ${alias.alias} finds nothing. The history stays.`,
      value: '',
      action: 'Remove alias',
      maxLength: 500,
      perform: (reason) => this.store.removeAlias(alias.alias, reason, alias.modelVersionId),
    });
  }

  async waive(modelVersionId: string, check: RequiredCheck): Promise<void> {
    await this.prompt.ask({
      title: `Waive “${check.label}”?`,
      label: 'Reason',
      help: 'At least ten characters. It stays on this version, with your name.',
      value: '',
      action: 'Waive check',
      maxLength: 1000,
      perform: (reason) => this.store.waive(modelVersionId, check.code, reason),
    });
  }

  async tag(version: Pick<ModelVersionSummary, 'id' | 'number' | 'tags'>): Promise<void> {
    await this.prompt.ask({
      title: `Tags of version ${version.number}`,
      label: 'Tags',
      help: 'Words to find the version by, separated by commas.',
      value: version.tags.join(', '),
      action: 'Save tags',
      maxLength: 500,
      allowEmpty: true,
      perform: (text) => this.store.describe(version.id, { tags: tagsOf(text) }),
    });
  }

  async describe(version: Pick<ModelVersionSummary, 'id' | 'number' | 'description'>): Promise<void> {
    await this.prompt.ask({
      title: `Describe version ${version.number}`,
      label: 'Description',
      help: 'What it is for and what to know about it. It stands in the model card.',
      value: version.description,
      action: 'Save description',
      maxLength: 2000,
      allowEmpty: true,
      perform: (description) => this.store.describe(version.id, { description }),
    });
  }

  async editPolicy(policy: ModelPolicy, modelName: string): Promise<void> {
    const { PolicyDialog } = await import('./policy-dialog');
    const data: PolicyEdit = {
      title: 'Rules for promotion',
      text: `What a version of “${modelName}” has to pass before a protected alias may name it.`,
      policy,
      canReset: policy.origin === 'model',
      perform: (changed) => this.store.setPolicy(changed),
    };
    await this.dialogs.open(PolicyDialog, { data, width: '560px' });
  }
}

function tagsOf(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
}
