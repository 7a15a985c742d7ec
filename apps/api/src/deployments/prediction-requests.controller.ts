import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { DeploymentViews } from './deployment-views.service.js';
import { PredictionRequestDetail, PredictionRequestPage, PredictionRequestQuery } from './prediction.dto.js';

@ApiTags('deployments')
@Controller('deployments/:deploymentId/requests')
export class PredictionRequestsController {
  constructor(private readonly views: DeploymentViews) {}

  @Get()
  @ApiOperation({ summary: 'List logged calls, newest first' })
  @ApiOkResponse({ standardSchema: PredictionRequestPage })
  listPredictionRequests(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PredictionRequestQuery }) query: PredictionRequestQuery,
  ) {
    return this.views.requests(scope, deploymentId, query);
  }

  @Get(':requestId')
  @ApiOperation({ summary: 'Get one logged call with its rows and predictions' })
  @ApiOkResponse({ standardSchema: PredictionRequestDetail })
  getPredictionRequest(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('requestId', ParseUUIDPipe) requestId: string,
  ) {
    return this.views.request(scope, deploymentId, requestId);
  }
}
