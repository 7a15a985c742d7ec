import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope, CurrentUser } from '../platform/authorization/request-context.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import type { Page } from '../platform/paging/page.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { ProjectOverviewResponse } from './overview.dto.js';
import { OverviewService } from './overview.service.js';
import {
  CreateProjectRequest,
  DeleteProjectQuery,
  ListProjectsQuery,
  ProjectPage,
  ProjectResponse,
  UpdateProjectRequest,
} from './project.dto.js';
import { toProjectResponse } from './project.mapping.js';
import { ProjectsService } from './projects.service.js';

const ProjectId = (): MethodDecorator =>
  ApiParam({ name: 'projectId', format: 'uuid', description: 'Id of the project.' });

@ApiTags('projects')
@Controller('projects')
export class ProjectsController {
  constructor(
    private readonly projects: ProjectsService,
    private readonly overview: OverviewService,
  ) {}

  @Get()
  @ApiOperation({ summary: "List the caller's projects, newest first" })
  @ApiOkResponse({ standardSchema: ProjectPage })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied')
  async listProjects(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: ListProjectsQuery }) query: ListProjectsQuery,
  ): Promise<Page<ProjectResponse>> {
    const page = await this.projects.list(user, query);
    return { items: page.items.map(toProjectResponse), nextCursor: page.nextCursor };
  }

  @Post()
  @Idempotent()
  @ApiOperation({ summary: 'Make a project; the caller becomes its owner' })
  @ApiCreatedResponse({ standardSchema: ProjectResponse })
  @ApiProblems(
    'invalid-request',
    'unauthenticated',
    'permission-denied',
    'idempotency-conflict',
    'idempotency-mismatch',
  )
  async createProject(
    @CurrentUser() user: UserPrincipal,
    @Body({ schema: CreateProjectRequest }) body: CreateProjectRequest,
    @EffectId() id: string,
  ): Promise<ProjectResponse> {
    return toProjectResponse(await this.projects.create(user, body, id));
  }

  @Get(':projectId')
  @ProjectId()
  @ApiOperation({ summary: 'One project' })
  @ApiOkResponse({ standardSchema: ProjectResponse })
  @ApiProblems('unauthenticated', 'permission-denied', 'project-not-found')
  async getProject(@CurrentScope() scope: ProjectScope): Promise<ProjectResponse> {
    return toProjectResponse(await this.projects.get(scope));
  }

  @Patch(':projectId')
  @ProjectId()
  @ApiOperation({ summary: 'Rename, describe, archive or unarchive a project' })
  @ApiOkResponse({ standardSchema: ProjectResponse })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied', 'project-not-found')
  async updateProject(
    @CurrentScope() scope: ProjectScope,
    @Body({ schema: UpdateProjectRequest }) body: UpdateProjectRequest,
  ): Promise<ProjectResponse> {
    return toProjectResponse(await this.projects.update(scope, body));
  }

  @Delete(':projectId')
  @ProjectId()
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a project with everything in it' })
  @ApiNoContentResponse({ description: 'The project is gone from view; its things are being removed.' })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied', 'project-not-found')
  async deleteProject(
    @CurrentScope() scope: ProjectScope,
    @Query({ schema: DeleteProjectQuery }) query: DeleteProjectQuery,
  ): Promise<void> {
    await this.projects.delete(scope, query.confirm);
  }

  @Get(':projectId/overview')
  @ProjectId()
  @ApiOperation({ summary: 'Where the project stands and what is next' })
  @ApiOkResponse({ standardSchema: ProjectOverviewResponse })
  @ApiProblems('unauthenticated', 'permission-denied', 'project-not-found')
  async getProjectOverview(@CurrentScope() scope: ProjectScope): Promise<ProjectOverviewResponse> {
    return this.overview.draw(scope);
  }
}
