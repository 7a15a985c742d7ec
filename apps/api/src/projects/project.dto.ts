import { PROJECT_ROLES } from '@modelwright/contracts';
import { z } from 'zod';
import { PageQuery, pageOf } from '../platform/paging/page.js';

const Name = z.string().trim().min(1).max(120).describe('Name of the project, as in `Churn`.');
const Description = z.string().trim().max(2_000).describe('What the project is about.');
const Role = z
  .enum(PROJECT_ROLES)
  .describe('`viewer` reads, `editor` works, `owner` also decides who is in.');
const Timestamp = z.iso.datetime();

export const ProjectResponse = z
  .object({
    id: z.uuid().describe('Id of the project.'),
    name: Name,
    description: Description,
    role: Role.describe("The caller's role in it."),
    memberCount: z.number().int().min(1).describe('How many people are in it.'),
    createdAt: Timestamp.describe('When it was made.'),
    updatedAt: Timestamp.describe('When its name, description or state last changed.'),
    archivedAt: Timestamp.nullable().describe('When it was put aside; null while it is in use.'),
  })
  .meta({ id: 'Project' });
export type ProjectResponse = z.infer<typeof ProjectResponse>;

export const ProjectPage = pageOf(ProjectResponse, 'ProjectPage');

export const ListProjectsQuery = PageQuery.extend({
  archived: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true` lists the projects that were put aside, `false` the ones in use.'),
});
export type ListProjectsQuery = z.infer<typeof ListProjectsQuery>;

export const CreateProjectRequest = z
  .object({ name: Name, description: Description.default('') })
  .meta({ id: 'CreateProjectRequest' });
export type CreateProjectRequest = z.infer<typeof CreateProjectRequest>;

export const UpdateProjectRequest = z
  .object({
    name: Name.optional(),
    description: Description.optional(),
    archived: z.boolean().optional().describe('Puts the project aside, or takes it back.'),
  })
  .meta({ id: 'UpdateProjectRequest' });
export type UpdateProjectRequest = z.infer<typeof UpdateProjectRequest>;

export const DeleteProjectQuery = z.object({
  confirm: z.string().max(200).describe('The name of the project, as a sign that this one is meant.'),
});
export type DeleteProjectQuery = z.infer<typeof DeleteProjectQuery>;

export const MemberResponse = z
  .object({
    userId: z.uuid().describe('Id of the user.'),
    displayName: z.string().describe('Name of the user.'),
    email: z.string().nullable().describe('E-mail address of the user; null until one is set.'),
    role: Role,
    createdAt: Timestamp.describe('Since when.'),
  })
  .meta({ id: 'Member' });
export type MemberResponse = z.infer<typeof MemberResponse>;

export const MemberPage = pageOf(MemberResponse, 'MemberPage');

export const AddMemberRequest = z
  .object({
    email: z.email().max(254).describe('E-mail address of somebody who has an account here.'),
    role: Role,
  })
  .meta({ id: 'AddMemberRequest' });
export type AddMemberRequest = z.infer<typeof AddMemberRequest>;

export const UpdateMemberRequest = z.object({ role: Role }).meta({ id: 'UpdateMemberRequest' });
export type UpdateMemberRequest = z.infer<typeof UpdateMemberRequest>;
