import { Controller, Get, Param, ParseUUIDPipe, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { LogLine } from '@modelwright/container-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { EventStreams, type StreamEvent } from '../platform/http/sse.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
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

  @Get('stream')
  @ApiOperation({
    summary: 'Follow the log of the model server as server-sent events; `Last-Event-ID` goes on after a line',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Events named `line`, each a log line; ends with the container.' })
  @ApiProblems('deployment-not-ready')
  streamDeploymentLogs(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.streams.stream(request, reply, async ({ lastEventId, signal }) => {
      const seen = lastEventId === undefined ? Number.NaN : Number(lastEventId);
      const lines = await this.views.follow(
        scope,
        deploymentId,
        Number.isSafeInteger(seen) ? seen : undefined,
        signal,
      );
      return events(lines);
    });
  }
}

async function* events(lines: AsyncIterable<LogLine>): AsyncGenerator<StreamEvent> {
  for await (const line of lines) yield { id: line.seq, event: 'line', data: toLine(line) };
}

const toLine = (line: LogLine) => ({ ...line, at: line.at.toISOString() });
