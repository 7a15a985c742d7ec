import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import {
  LiveErrorSegments,
  Performance,
  PerformanceQuery,
  PerformanceSegments,
  PerformanceSegmentsQuery,
} from './performance.dto.js';
import { PerformanceService } from './performance.service.js';

@ApiTags('feedback')
@Controller('deployments/:deploymentId/performance')
export class PerformanceController {
  constructor(private readonly performance: PerformanceService) {}

  @Get()
  @ApiOperation({ summary: 'Judge the predictions of a window by what turned out to be true' })
  @ApiOkResponse({ standardSchema: Performance })
  @ApiProblems('invalid-request', 'model-not-found')
  getPerformance(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PerformanceQuery }) query: PerformanceQuery,
  ): Promise<Performance> {
    return this.performance.look(scope, deploymentId, query);
  }

  @Get('segments')
  @ApiOperation({
    summary: 'Compare the values or ranges of one input by how well their rows were predicted',
  })
  @ApiOkResponse({ standardSchema: PerformanceSegments })
  @ApiProblems('invalid-request', 'model-not-found')
  getPerformanceSegments(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PerformanceSegmentsQuery }) query: PerformanceSegmentsQuery,
  ): Promise<PerformanceSegments> {
    return this.performance.segments(scope, deploymentId, query);
  }

  @Get('error-segments')
  @ApiOperation({ summary: 'Search the inputs for where the served model fails more than elsewhere' })
  @ApiOkResponse({ standardSchema: LiveErrorSegments })
  @ApiProblems('invalid-request', 'model-not-found')
  getErrorSegments(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PerformanceQuery }) query: PerformanceQuery,
  ): Promise<LiveErrorSegments> {
    return this.performance.errorSegments(scope, deploymentId, query);
  }
}
