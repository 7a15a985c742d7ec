import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../platform/authorization/principal.js';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentPrincipal, CurrentScope } from '../../platform/authorization/request-context.js';
import '../../platform/http/http-app.js';
import { PageQuery, type Page } from '../../platform/paging/page.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { FeedbackAnswer, KnownTruthPage, sendFeedbackSchema, type KnownTruth } from './feedback.dto.js';
import { FeedbackService } from './feedback.service.js';

@ApiTags('feedback')
@Controller('deployments/:deploymentId/feedback')
export class FeedbackController {
  constructor(private readonly feedback: FeedbackService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Tell what turned out to be true of predicted rows, by a key of the deployment or as an editor',
  })
  @ApiBody({ schema: sendFeedbackSchema() })
  @ApiOkResponse({ standardSchema: FeedbackAnswer })
  @ApiProblems('invalid-request', 'address-refused', 'rate-limited')
  sendFeedback(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Body() body: unknown,
    @Req() { clientAddress }: FastifyRequest,
  ): Promise<FeedbackAnswer> {
    return this.feedback.send({ principal, idOrSlug, clientAddress }, body);
  }

  @Get()
  @ApiOperation({ summary: 'List known outcomes, the ones told last first' })
  @ApiOkResponse({ standardSchema: KnownTruthPage })
  listFeedback(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<Page<KnownTruth>> {
    return this.feedback.list(scope, deploymentId, query);
  }
}
