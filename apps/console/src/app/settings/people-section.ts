import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import type { Invitation, UpdateUserRequest, User } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { CodeBlock } from '../shared/ui/code-block';
import { Confirm } from '../shared/ui/confirm';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent } from '../shared/ui/view';
import { PeopleStore } from './people.store';

/** Who may use this installation. Who is in a project is decided in the project. */
@Component({
  selector: 'mw-people-section',
  imports: [
    CodeBlock,
    Field,
    Icon,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    ProblemView,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
  ],
  providers: [PeopleStore],
  templateUrl: './people-section.html',
  styleUrl: './sections.scss',
})
export class PeopleSection {
  protected readonly store = inject(PeopleStore);
  private readonly confirm = inject(Confirm);
  protected readonly email = signal('');
  protected readonly asAdmin = signal(false);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly invitation = signal<Invitation | undefined>(undefined);
  protected readonly link = computed(() => [{ language: 'Link', code: this.invitation()?.inviteUrl ?? '' }]);
  protected readonly isAdmin = computed(() => this.store.me()?.isAdmin === true);
  protected readonly needsPassword = computed(() => this.store.me()?.hasPassword === false);

  protected async invite(): Promise<void> {
    if (this.email().trim() === '') return;
    await this.attempt(async () => {
      this.invitation.set(await this.store.invite(this.email().trim(), this.asAdmin()));
      this.email.set('');
      this.asAdmin.set(false);
    });
  }

  protected async change(user: User, change: UpdateUserRequest): Promise<void> {
    if (change.disabled === true) {
      const sure = await this.confirm.ask({
        title: `Shut the account of ${user.displayName}?`,
        text: 'Sessions and access tokens end at once. What they made stays. You can open the account again.',
        action: 'Shut account',
        destructive: true,
      });
      if (!sure) return;
    }
    await this.attempt(() => this.store.update(user.id, change));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
