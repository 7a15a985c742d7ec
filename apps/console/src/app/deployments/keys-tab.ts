import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { CreatedDeploymentKey, DeploymentKey } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { CodeBlock } from '../shared/ui/code-block';
import { Confirm } from '../shared/ui/confirm';
import { CopyButton } from '../shared/ui/copy-button';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { KeysStore } from './keys.store';
import { NewKey } from './new-key';

/** The keys of this deployment. A key is shown once, inside the call that proves it works. */
@Component({
  selector: 'mw-keys-tab',
  imports: [
    CodeBlock,
    CopyButton,
    EmptyState,
    Icon,
    MatButton,
    NewKey,
    ProblemView,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
  ],
  providers: [KeysStore],
  templateUrl: './keys-tab.html',
  styleUrl: './keys-tab.scss',
})
export class KeysTab {
  protected readonly store = inject(KeysStore);
  private readonly deployment = inject(DeploymentStore);
  private readonly confirm = inject(Confirm);
  protected readonly creates = signal(false);
  protected readonly created = signal<CreatedDeploymentKey | undefined>(undefined);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly ready = computed(() => {
    const code = this.created()?.curl;
    return code ? [{ language: 'curl', code }] : [];
  });
  protected readonly isIgnored = computed(() => this.deployment.current()?.authMode === 'workspace');

  protected show(key: CreatedDeploymentKey): void {
    this.created.set(key);
    this.creates.set(false);
  }

  protected async revoke(key: DeploymentKey): Promise<void> {
    this.problem.set(undefined);
    const sure = await this.confirm.ask({
      title: `Revoke key “${key.name}”?`,
      text: 'Calls with it are refused from now on. This cannot be taken back; make a new key instead.',
      action: 'Revoke key',
      destructive: true,
    });
    if (!sure) return;
    try {
      await this.store.revoke(key.id);
      if (this.created()?.id === key.id) this.created.set(undefined);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
