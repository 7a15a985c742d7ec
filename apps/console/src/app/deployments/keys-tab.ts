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
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { EditKey } from './edit-key';
import { limitWords } from './key-words';
import { KeysStore } from './keys.store';
import { NewKey } from './new-key';
import { RotateKey } from './rotate-key';

const SOON_MS = 14 * 86_400_000;

/** The keys of this deployment. A key is shown once, inside the call that proves it works. */
@Component({
  selector: 'mw-keys-tab',
  imports: [
    CodeBlock,
    CopyButton,
    EditKey,
    EmptyState,
    Icon,
    MatButton,
    NewKey,
    ProblemView,
    RotateKey,
    StatusChip,
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
  /** The key whose limits are being changed, or that is being rotated. */
  protected readonly edited = signal<DeploymentKey | undefined>(undefined);
  protected readonly rotating = signal<DeploymentKey | undefined>(undefined);
  protected readonly limitWords = limitWords;
  protected readonly created = signal<CreatedDeploymentKey | undefined>(undefined);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly ready = computed(() => {
    const code = this.created()?.curl;
    return code ? [{ language: 'curl', code }] : [];
  });
  protected readonly isIgnored = computed(() => this.deployment.current()?.authMode === 'workspace');

  protected show(key: CreatedDeploymentKey): void {
    this.created.set(key);
    this.open(undefined, undefined);
  }

  /** One of the forms at a time. */
  protected open(form: 'new' | 'edit' | 'rotate' | undefined, key: DeploymentKey | undefined): void {
    this.creates.set(form === 'new');
    this.edited.set(form === 'edit' ? key : undefined);
    this.rotating.set(form === 'rotate' ? key : undefined);
  }

  /** Whether a key ends within two weeks and has no successor. */
  protected endsSoon({ status, expiresAt, replacedBy }: DeploymentKey): boolean {
    return (
      status === 'active' &&
      replacedBy === null &&
      expiresAt !== null &&
      Date.parse(expiresAt) - Date.now() < SOON_MS
    );
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
