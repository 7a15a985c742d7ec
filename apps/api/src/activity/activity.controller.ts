import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import { CurrentUser } from '../platform/authorization/request-context.js';
import type { ActivityItem } from '../platform/facts/project-facts.js';
import type { Page } from '../platform/paging/page.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { ActivityPage, ListActivityQuery, type ActivityItemResponse } from './activity.dto.js';
import { ActivityService } from './activity.service.js';

@ApiTags('activity')
@Controller('activity')
export class ActivityController {
  constructor(private readonly activity: ActivityService) {}

  @Get()
  @ApiOperation({ summary: "Work in the caller's projects: what goes on first, then what ended" })
  @ApiOkResponse({ standardSchema: ActivityPage })
  @ApiProblems('invalid-request', 'unauthenticated', 'permission-denied')
  async listActivity(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: ListActivityQuery }) query: ListActivityQuery,
  ): Promise<Page<ActivityItemResponse>> {
    const items = await this.activity.list(user, query.limit);
    return { items: items.map(toActivityItemResponse), nextCursor: null };
  }
}

function toActivityItemResponse(item: ActivityItem): ActivityItemResponse {
  return {
    ...item,
    version: item.version ?? null,
    compared: [...(item.compared ?? [])],
    startedAt: item.startedAt.toISOString(),
    finishedAt: item.finishedAt?.toISOString() ?? null,
  };
}
