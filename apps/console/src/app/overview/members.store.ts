import { Injectable, inject } from '@angular/core';
import { type Member, addMember, listMembers, removeMember, updateMember } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';

type Role = Member['role'];

@Injectable()
export class MembersStore {
  private readonly project = inject(ProjectContext);
  readonly list = pages({
    params: () => this.project.id(),
    load: (projectId, page, signal) => call(listMembers({ path: { projectId }, query: page, signal })),
  });

  async add(email: string, role: Role): Promise<void> {
    await call(addMember({ path: { projectId: this.projectId() }, body: { email, role } }));
    this.list.source.reload();
  }

  async change(userId: string, role: Role): Promise<void> {
    await call(updateMember({ path: { projectId: this.projectId(), userId }, body: { role } }));
    this.list.source.reload();
    this.project.project.reload();
  }

  async remove(userId: string): Promise<void> {
    await call(removeMember({ path: { projectId: this.projectId(), userId } }));
    this.list.source.reload();
  }

  private projectId(): string {
    return this.project.id() ?? '';
  }
}
