import type { Member } from './members.service.js';
import type { MemberResponse, ProjectResponse } from './project.dto.js';
import type { Project } from './projects.repository.js';

export function toProjectResponse(project: Project): ProjectResponse {
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    role: project.role,
    memberCount: project.memberCount,
    createdAt: project.createdAt.toISOString(),
    updatedAt: project.updatedAt.toISOString(),
    archivedAt: project.archivedAt?.toISOString() ?? null,
  };
}

export function toMemberResponse(member: Member): MemberResponse {
  return {
    userId: member.userId,
    displayName: member.displayName,
    email: member.email,
    role: member.role,
    createdAt: member.createdAt.toISOString(),
  };
}
