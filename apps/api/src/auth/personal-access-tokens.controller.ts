import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { isUuid } from '../platform/authorization/uuid.js';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import { CurrentUser } from '../platform/authorization/request-context.js';
import { decodeIdCursor, PageQuery, toPage, type Page } from '../platform/paging/page.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { Problem } from '../platform/problems/problem.js';
import {
  CreatedPersonalAccessTokenResponse,
  CreatePersonalAccessTokenRequest,
  PersonalAccessTokenPage,
  type PersonalAccessTokenResponse,
} from './auth.dto.js';
import { toTokenResponse } from './auth.mapping.js';
import { PersonalAccessTokens } from './personal-access-tokens.js';

@ApiTags('auth')
@Controller('auth/tokens')
export class PersonalAccessTokensController {
  constructor(private readonly tokens: PersonalAccessTokens) {}

  @Get()
  @ApiOperation({ summary: "List the caller's personal access tokens" })
  @ApiOkResponse({ standardSchema: PersonalAccessTokenPage })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied')
  async listPersonalAccessTokens(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<Page<PersonalAccessTokenResponse>> {
    const rows = await this.tokens.list(user.userId, query.limit + 1, decodeIdCursor(query.cursor));
    return toPage(rows, query.limit, (token) => [token.id], toTokenResponse);
  }

  @Post()
  @ApiOperation({ summary: 'Make a personal access token' })
  @ApiCreatedResponse({ standardSchema: CreatedPersonalAccessTokenResponse })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied', 'conflict')
  async createPersonalAccessToken(
    @CurrentUser() user: UserPrincipal,
    @Body({ schema: CreatePersonalAccessTokenRequest }) body: CreatePersonalAccessTokenRequest,
  ): Promise<CreatedPersonalAccessTokenResponse> {
    const { token, record } = await this.tokens.create(user.userId, body);
    return { ...toTokenResponse(record), token };
  }

  @Delete(':tokenId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a personal access token at once' })
  @ApiNoContentResponse({ description: 'The token opens nothing any more.' })
  @ApiProblems('unauthenticated', 'permission-denied', 'not-found')
  async revokePersonalAccessToken(
    @CurrentUser() user: UserPrincipal,
    @Param('tokenId') tokenId: string,
  ): Promise<void> {
    if (!isUuid(tokenId)) throw new Problem('not-found', 'There is no token with this id among yours.');
    await this.tokens.revoke(user.userId, tokenId);
  }
}
