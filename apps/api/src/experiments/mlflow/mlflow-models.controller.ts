import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { MLFLOW_BASE } from './mlflow-address.js';
import {
  CreateLoggedModel,
  EmptyAnswer,
  FinalizeLoggedModel,
  LoggedModelAnswer,
  LoggedModelParams,
  LoggedModelTags,
  LoggedModelsAnswer,
  SearchLoggedModels,
} from './mlflow.dto.js';
import { MlflowModels } from './mlflow-models.service.js';

@ApiTags('mlflow')
@Controller(MLFLOW_BASE)
export class MlflowModelsController {
  constructor(private readonly models: MlflowModels) {}

  @Post('logged-models')
  @HttpCode(200)
  @ApiProblems('experiment-not-found')
  @ApiOperation({ summary: 'Begin to log a model' })
  @ApiOkResponse({ standardSchema: LoggedModelAnswer })
  async mlflowCreateLoggedModel(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateLoggedModel }) body: z.output<typeof CreateLoggedModel>,
  ): Promise<z.output<typeof LoggedModelAnswer>> {
    return { model: await this.models.create(scope, body) };
  }

  @Post('logged-models/search')
  @HttpCode(200)
  @ApiProblems('invalid-request')
  @ApiOperation({ summary: 'List logged models, newest first' })
  @ApiOkResponse({ standardSchema: LoggedModelsAnswer })
  async mlflowSearchLoggedModels(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: SearchLoggedModels }) body: z.output<typeof SearchLoggedModels>,
  ): Promise<z.output<typeof LoggedModelsAnswer>> {
    return { models: await this.models.search(scope, body.experiment_ids, body.max_results) };
  }

  @Get('logged-models/:loggedModelId')
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Get a logged model' })
  @ApiOkResponse({ standardSchema: LoggedModelAnswer })
  async mlflowGetLoggedModel(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Param('loggedModelId') loggedModelId: string,
  ): Promise<z.output<typeof LoggedModelAnswer>> {
    return { model: await this.models.get(scope, loggedModelId) };
  }

  @Patch('logged-models/:loggedModelId')
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Say that a logged model is complete' })
  @ApiOkResponse({ standardSchema: LoggedModelAnswer })
  async mlflowFinalizeLoggedModel(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Param('loggedModelId') loggedModelId: string,
    @Body({ schema: FinalizeLoggedModel }) body: z.output<typeof FinalizeLoggedModel>,
  ): Promise<z.output<typeof LoggedModelAnswer>> {
    return { model: await this.models.finalize(scope, loggedModelId, body.status) };
  }

  @Post('logged-models/:loggedModelId/params')
  @HttpCode(200)
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Add parameters to a logged model' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowLogLoggedModelParams(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Param('loggedModelId') loggedModelId: string,
    @Body({ schema: LoggedModelParams }) body: z.output<typeof LoggedModelParams>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    await this.models.add(scope, loggedModelId, 'params', body.params);
    return {};
  }

  @Patch('logged-models/:loggedModelId/tags')
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Tag a logged model' })
  @ApiOkResponse({ standardSchema: LoggedModelAnswer })
  async mlflowSetLoggedModelTags(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Param('loggedModelId') loggedModelId: string,
    @Body({ schema: LoggedModelTags }) body: z.output<typeof LoggedModelTags>,
  ): Promise<z.output<typeof LoggedModelAnswer>> {
    return { model: await this.models.add(scope, loggedModelId, 'tags', body.tags) };
  }
}
