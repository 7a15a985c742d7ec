import { Controller, Get, Headers, Param, ParseUUIDPipe, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { LogLine } from '@modelwright/container-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { EventStreams } from '../platform/http/event-streams.js';
import { DeploymentViews } from './deployment-views.service.js';
import { DeploymentLogsQuery, DeploymentLogsResponse } from './deployment.dto.js';

@ApiTags('deployments')
@Controller('deployments/:deploymentId/logs')
export class DeploymentLogsController {
  constructor(
    private readonly views: DeploymentViews,
    private readonly streams: EventStreams,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Get the last lines of the model server' })
  @ApiOkResponse({ standardSchema: DeploymentLogsResponse })
  async getDeploymentLogs(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: DeploymentLogsQuery }) query: DeploymentLogsQuery,
  ) {
    return { lines: (await this.views.logs(scope, deploymentId, query.tail)).map(toLine) };
  }
}

const toLine = (line: LogLine) => ({ ...line, at: line.at.toISOString() });
