import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { DeploymentMetrics } from './deployment-metrics.js';
import { DeploymentMetricsResponse, MetricsQuery } from './metrics.dto.js';

@ApiTags('monitoring')
@Controller('deployments/:deploymentId/metrics')
export class MetricsController {
  constructor(private readonly metrics: DeploymentMetrics) {}

  @Get()
  @ApiOperation({ summary: 'Get rate, errors by kind, latency, CPU and memory over a window' })
  @ApiOkResponse({ standardSchema: DeploymentMetricsResponse })
  getDeploymentMetrics(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: MetricsQuery }) query: MetricsQuery,
  ): Promise<DeploymentMetricsResponse> {
    return this.metrics.series(scope, deploymentId, query.window);
  }
}
