import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { Comparison, ComparisonQuery } from './comparison.dto.js';
import { ComparisonService } from './comparison.service.js';

@ApiTags('experiments')
@Controller()
export class ComparisonController {
  constructor(private readonly comparisons: ComparisonService) {}

  @Get('projects/:projectId/comparison')
  @ApiProblems('experiment-run-not-found', 'invalid-request')
  @ApiOperation({
    summary: 'Compare two to six runs or model versions: what differs, metrics, curves, trials',
  })
  @ApiOkResponse({ standardSchema: Comparison })
  compareExperimentRuns(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ComparisonQuery }) query: ComparisonQuery,
  ): Promise<Comparison> {
    return this.comparisons.compare(scope, query.id);
  }
}
