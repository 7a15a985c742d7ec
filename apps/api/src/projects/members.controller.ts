import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { PageQuery, type Page } from '../platform/paging/page.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { MembersService } from './members.service.js';
import { AddMemberRequest, MemberPage, MemberResponse, UpdateMemberRequest } from './project.dto.js';
import { toMemberResponse } from './project.mapping.js';

const MEMBER_PROBLEMS = ['unauthenticated', 'permission-denied', 'project-not-found'] as const;

@ApiTags('projects')
@ApiParam({ name: 'projectId', format: 'uuid', description: 'Id of the project.' })
@Controller('projects/:projectId/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @ApiOperation({ summary: 'List who is in a project' })
  @ApiOkResponse({ standardSchema: MemberPage })
  @ApiProblems('invalid-request', ...MEMBER_PROBLEMS)
  async listMembers(
    @CurrentScope() scope: ProjectScope,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<Page<MemberResponse>> {
    const page = await this.members.list(scope, query.limit, query.cursor);
    return { items: page.items.map(toMemberResponse), nextCursor: page.nextCursor };
  }

  @Post()
  @ApiOperation({ summary: 'Take somebody into a project' })
  @ApiCreatedResponse({ standardSchema: MemberResponse })
  @ApiProblems('invalid-request', 'conflict', ...MEMBER_PROBLEMS)
  async addMember(
    @CurrentScope() scope: ProjectScope,
    @Body({ schema: AddMemberRequest }) body: AddMemberRequest,
  ): Promise<MemberResponse> {
    return toMemberResponse(await this.members.add(scope, body));
  }

  @Patch(':userId')
  @ApiOperation({ summary: "Change a member's role" })
  @ApiOkResponse({ standardSchema: MemberResponse })
  @ApiProblems('invalid-request', 'not-found', 'last-owner', ...MEMBER_PROBLEMS)
  async updateMember(
    @CurrentScope() scope: ProjectScope,
    @Param('userId') userId: string,
    @Body({ schema: UpdateMemberRequest }) body: UpdateMemberRequest,
  ): Promise<MemberResponse> {
    return toMemberResponse(await this.members.setRole(scope, userId, body.role));
  }

  @Delete(':userId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take somebody out of a project' })
  @ApiNoContentResponse({ description: 'The person is out; open channels end within seconds.' })
  @ApiProblems('not-found', 'last-owner', ...MEMBER_PROBLEMS)
  async removeMember(@CurrentScope() scope: ProjectScope, @Param('userId') userId: string): Promise<void> {
    await this.members.remove(scope, userId);
  }
}
