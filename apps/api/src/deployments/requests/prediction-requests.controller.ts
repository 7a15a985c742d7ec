import { Controller, Get, Param, ParseUUIDPipe, Query, Req, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import '../../platform/http/http-app.js';
import { PageQuery } from '../../platform/paging/page.js';
import { PredictionRequestDetail, PredictionRequestPage } from '../prediction.dto.js';
import { PredictionLogAccessPage } from './log-access.dto.js';
import { PredictionRequests } from './prediction-requests.service.js';
import { PredictionRequestExportQuery, PredictionRequestQuery } from './request-filter.dto.js';

@ApiTags('deployments')
@Controller('deployments/:deploymentId')
export class PredictionRequestsController {
  constructor(private readonly requests: PredictionRequests) {}

  @Get('requests')
  @ApiOperation({ summary: 'List logged calls, newest first; that they were read is on record' })
  @ApiOkResponse({ standardSchema: PredictionRequestPage })
  listPredictionRequests(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PredictionRequestQuery }) query: PredictionRequestQuery,
    @Req() { clientAddress }: FastifyRequest,
  ) {
    return this.requests.list(scope, deploymentId, query, clientAddress);
  }

  @Get('requests/export')
  @ApiOperation({ summary: 'Take logged calls as a file, newest first; that they were read is on record' })
  @ApiOkResponse({
    description: 'CSV (RFC 4180, UTF-8) or newline-delimited JSON.',
    content: {
      'text/csv': { schema: { type: 'string' } },
      'application/x-ndjson': { schema: { type: 'string' } },
    },
  })
  exportPredictionRequests(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PredictionRequestExportQuery }) query: PredictionRequestExportQuery,
    @Req() { clientAddress }: FastifyRequest,
  ): Promise<StreamableFile> {
    return this.requests.export(scope, deploymentId, query, clientAddress);
  }

  @Get('requests/:requestId')
  @ApiOperation({
    summary: 'Get one logged call with its rows and predictions; that it was read is on record',
  })
  @ApiOkResponse({ standardSchema: PredictionRequestDetail })
  getPredictionRequest(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('requestId', ParseUUIDPipe) requestId: string,
    @Req() { clientAddress }: FastifyRequest,
  ) {
    return this.requests.open(scope, deploymentId, requestId, clientAddress);
  }

  @Get('log-accesses')
  @ApiOperation({ summary: 'List who has read the logged calls, newest first' })
  @ApiOkResponse({ standardSchema: PredictionLogAccessPage })
  listPredictionLogAccesses(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ) {
    return this.requests.accesses(scope, deploymentId, query);
  }
}
