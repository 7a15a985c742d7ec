import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { EffectId } from '../../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { CreatesWork } from '../../platform/system/creates-work.decorator.js';
import {
  CreateRescoringRequest,
  RescoringListQuery,
  RescoringPage,
  RescoringResponse,
} from './rescoring.dto.js';
import { RescoringService } from './rescoring.service.js';

@ApiTags('experiments')
@Controller()
export class RescoringController {
  constructor(private readonly rescorings: RescoringService) {}

  @Get('projects/:projectId/rescorings')
  @ApiOperation({ summary: 'List re-scorings of a project, newest first' })
  @ApiOkResponse({ standardSchema: RescoringPage })
  listRescorings(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: RescoringListQuery }) query: RescoringListQuery,
  ): Promise<RescoringPage> {
    return this.rescorings.list(scope, query);
  }

  @Post('projects/:projectId/rescorings')
  @CreatesWork()
  @Idempotent()
  @ApiProblems(
    'model-not-found',
    'dataset-not-found',
    'dataset-not-ready',
    'unsuitable-data',
    'conflict',
    'installation-frozen',
  )
  @ApiOperation({ summary: 'Score two to six model versions on the same rows of a dataset' })
  @ApiCreatedResponse({ standardSchema: RescoringResponse })
  createRescoring(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateRescoringRequest }) body: CreateRescoringRequest,
    @EffectId() id: string,
  ): Promise<RescoringResponse> {
    return this.rescorings.create(scope, body, id);
  }

  @Get('rescorings/:rescoringId')
  @ApiProblems('rescoring-not-found')
  @ApiOperation({ summary: 'Get a re-scoring with its progress or result' })
  @ApiOkResponse({ standardSchema: RescoringResponse })
  getRescoring(
    @CurrentScope() scope: ProjectScope,
    @Param('rescoringId', ParseUUIDPipe) rescoringId: string,
  ): Promise<RescoringResponse> {
    return this.rescorings.get(scope, rescoringId);
  }

  @Post('rescorings/:rescoringId/cancel')
  @HttpCode(200)
  @ApiProblems('rescoring-not-found')
  @ApiOperation({ summary: 'Cancel a re-scoring; one that has ended stays as it is' })
  @ApiOkResponse({ standardSchema: RescoringResponse })
  cancelRescoring(
    @CurrentScope() scope: ProjectScope,
    @Param('rescoringId', ParseUUIDPipe) rescoringId: string,
  ): Promise<RescoringResponse> {
    return this.rescorings.cancel(scope, rescoringId);
  }
}
