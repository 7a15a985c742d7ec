import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUuid } from '../platform/authorization/uuid.js';
import { PageQuery, type Page } from '../platform/paging/page.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { Problem } from '../platform/problems/problem.js';
import {
  InvitationResponse,
  InviteUserRequest,
  UpdateUserRequest,
  UserPage,
  UserResponse,
} from './auth.dto.js';
import { toUserResponse } from './auth.mapping.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @ApiOperation({ summary: 'List the people of the installation' })
  @ApiOkResponse({ standardSchema: UserPage })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied')
  async listUsers(@Query({ schema: PageQuery }) query: PageQuery): Promise<Page<UserResponse>> {
    const page = await this.users.list(query.limit, query.cursor);
    return { items: page.items.map(toUserResponse), nextCursor: page.nextCursor };
  }

  @Post()
  @ApiOperation({ summary: 'Make an account and a one-time link for it' })
  @ApiCreatedResponse({ standardSchema: InvitationResponse })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied', 'email-taken')
  async inviteUser(
    @Body({ schema: InviteUserRequest }) body: InviteUserRequest,
  ): Promise<InvitationResponse> {
    const { user, link } = await this.users.invite(body);
    return { user: toUserResponse(user), inviteUrl: link.url, expiresAt: link.expiresAt.toISOString() };
  }

  @Patch(':userId')
  @ApiOperation({ summary: 'Change, shut or reopen an account' })
  @ApiOkResponse({ standardSchema: UserResponse })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied', 'not-found', 'last-admin')
  async updateUser(
    @Param('userId') userId: string,
    @Body({ schema: UpdateUserRequest }) body: UpdateUserRequest,
  ): Promise<UserResponse> {
    if (!isUuid(userId)) throw new Problem('not-found', 'There is no user with this id.');
    return toUserResponse(await this.users.update(userId, body));
  }
}
