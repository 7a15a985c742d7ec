import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { Member } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Session } from '../shared/api/session';
import { ProjectContext } from '../shared/project/project-context';
import { Confirm } from '../shared/ui/confirm';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { View, ViewContent } from '../shared/ui/view';
import { MembersStore } from './members.store';

type Role = Member['role'];

const ROLES: readonly { readonly id: Role; readonly word: string }[] = [
  { id: 'viewer', word: 'Viewer: looks' },
  { id: 'editor', word: 'Editor: works' },
  { id: 'owner', word: 'Owner: decides' },
];

/** Who is in the project, and as what. */
@Component({
  selector: 'mw-members-card',
  imports: [Icon, MatButton, ProblemView, View, ViewContent],
  providers: [MembersStore],
  host: { class: 'mw-card', role: 'region', 'aria-labelledby': 'members-title' },
  templateUrl: './members-card.html',
  styleUrl: './members-card.scss',
})
export class MembersCard {
  protected readonly store = inject(MembersStore);
  protected readonly project = inject(ProjectContext);
  private readonly session = inject(Session);
  private readonly confirm = inject(Confirm);
  protected readonly roles = ROLES;
  protected readonly adding = signal(false);
  protected readonly email = signal('');
  protected readonly role = signal<Role>('viewer');
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly me = computed(() => this.session.user()?.id);

  protected toRole(text: string): Role {
    return ROLES.find((role) => role.id === text)?.id ?? 'viewer';
  }

  protected async add(): Promise<void> {
    if (this.email().trim() === '' || this.busy()) return;
    await this.attempt(async () => {
      await this.store.add(this.email().trim(), this.role());
      this.email.set('');
      this.adding.set(false);
    });
  }

  protected change(member: Member, role: string): Promise<void> {
    return this.attempt(() => this.store.change(member.userId, this.toRole(role)));
  }

  protected async remove(member: Member): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Remove ${member.displayName} from the project?`,
      text: 'They no longer see it. What they made stays.',
      action: 'Remove member',
      destructive: true,
    });
    if (sure) await this.attempt(() => this.store.remove(member.userId));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
      this.store.list.source.reload();
    } finally {
      this.busy.set(false);
    }
  }
}
