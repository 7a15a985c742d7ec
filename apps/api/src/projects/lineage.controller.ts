import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { LineageQuery, LineageResponse } from './lineage.dto.js';
import { LineageService } from './lineage.service.js';

@ApiTags('projects')
@Controller('projects/:projectId/lineage')
export class LineageController {
  constructor(private readonly lineage: LineageService) {}

  @Get()
  @ApiOperation({ summary: 'What a thing came from and what came of it, from file to endpoint' })
  @ApiOkResponse({ standardSchema: LineageResponse })
  @ApiProblems('invalid-request', 'not-found')
  getLineage(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: LineageQuery }) query: LineageQuery,
  ): Promise<LineageResponse> {
    return this.lineage.draw(scope, query);
  }
}
