import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import {
  CreateExperimentViewRequest,
  ExperimentView,
  ExperimentViewList,
  ExperimentViewQuery,
  UpdateExperimentViewRequest,
} from './experiment-view.dto.js';
import { ExperimentViews } from './experiment-views.service.js';

@ApiTags('experiments')
@Controller()
export class ExperimentViewsController {
  constructor(private readonly views: ExperimentViews) {}

  @Get('projects/:projectId/experiment-views')
  @ApiOperation({ summary: "List saved views: the caller's own and those of the project" })
  @ApiOkResponse({ standardSchema: ExperimentViewList })
  listExperimentViews(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ExperimentViewQuery }) query: ExperimentViewQuery,
  ): Promise<ExperimentViewList> {
    return this.views.list(scope, query.screen);
  }

  @Post('projects/:projectId/experiment-views')
  @ApiProblems('name-taken', 'conflict', 'permission-denied')
  @ApiOperation({ summary: 'Save what a screen shows under a name' })
  @ApiCreatedResponse({ standardSchema: ExperimentView })
  createExperimentView(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateExperimentViewRequest }) body: CreateExperimentViewRequest,
  ): Promise<ExperimentView> {
    return this.views.create(scope, body);
  }

  @Patch('experiment-views/:experimentViewId')
  @ApiProblems('view-not-found', 'name-taken', 'permission-denied')
  @ApiOperation({ summary: 'Rename or replace a saved view, or make it the default' })
  @ApiOkResponse({ standardSchema: ExperimentView })
  updateExperimentView(
    @CurrentScope() scope: ProjectScope,
    @Param('experimentViewId', ParseUUIDPipe) experimentViewId: string,
    @Body({ schema: UpdateExperimentViewRequest }) body: UpdateExperimentViewRequest,
  ): Promise<ExperimentView> {
    return this.views.update(scope, experimentViewId, body);
  }

  @Delete('experiment-views/:experimentViewId')
  @HttpCode(204)
  @ApiProblems('view-not-found', 'permission-denied')
  @ApiOperation({ summary: 'Delete a saved view' })
  @ApiNoContentResponse()
  deleteExperimentView(
    @CurrentScope() scope: ProjectScope,
    @Param('experimentViewId', ParseUUIDPipe) experimentViewId: string,
  ): Promise<void> {
    return this.views.delete(scope, experimentViewId);
  }
}
