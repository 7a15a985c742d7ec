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
  Res,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../platform/problems/api-problems.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { PageQuery } from '../platform/paging/page.js';
import { ModelsService } from './models.service.js';
import {
  ModelListQuery,
  ModelPage,
  ModelResponse,
  ModelVersionPage,
  ModelVersionResponse,
  PromoteRequest,
  UpdateModelRequest,
  UpdateModelVersionRequest,
} from './model.dto.js';

@ApiTags('models')
@Controller()
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Post('runs/:runId/promote')
  @ApiProblems('run-not-found', 'run-not-promotable', 'conflict')
  @ApiOperation({ summary: 'Make a model version of a succeeded run, or get the one it has' })
  @ApiCreatedResponse({ standardSchema: ModelVersionResponse })
  promoteRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Body({ schema: PromoteRequest }) body: PromoteRequest,
  ): Promise<ModelVersionResponse> {
    return this.models.promoteRun(scope, runId, body);
  }

  @Get('projects/:projectId/models')
  @ApiOperation({ summary: 'List the models of a project, last changed first' })
  @ApiOkResponse({ standardSchema: ModelPage })
  listModels(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ModelListQuery }) query: ModelListQuery,
  ): Promise<ModelPage> {
    return this.models.listModels(scope, query);
  }

  @Get('models/:modelId')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Get a model' })
  @ApiOkResponse({ standardSchema: ModelResponse })
  getModel(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
  ): Promise<ModelResponse> {
    return this.models.getModel(scope, modelId);
  }

  @Patch('models/:modelId')
  @ApiProblems('model-not-found', 'name-taken')
  @ApiOperation({ summary: 'Rename or describe a model' })
  @ApiOkResponse({ standardSchema: ModelResponse })
  updateModel(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
    @Body({ schema: UpdateModelRequest }) body: UpdateModelRequest,
  ): Promise<ModelResponse> {
    return this.models.updateModel(scope, modelId, body);
  }

  @Delete('models/:modelId')
  @HttpCode(204)
  @ApiProblems('model-not-found', 'model-in-use')
  @ApiOperation({ summary: 'Delete a model with all its versions' })
  @ApiNoContentResponse()
  deleteModel(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
  ): Promise<void> {
    return this.models.deleteModel(scope, modelId);
  }

  @Get('models/:modelId/versions')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'List the versions of a model, newest first' })
  @ApiOkResponse({ standardSchema: ModelVersionPage })
  listModelVersions(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<ModelVersionPage> {
    return this.models.listModelVersions(scope, modelId, query);
  }

  @Get('model-versions/:modelVersionId')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Get a model version with its contract and evaluation' })
  @ApiOkResponse({ standardSchema: ModelVersionResponse })
  getModelVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<ModelVersionResponse> {
    return this.models.getModelVersion(scope, modelVersionId);
  }

  @Patch('model-versions/:modelVersionId')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Describe or tag a model version' })
  @ApiOkResponse({ standardSchema: ModelVersionResponse })
  updateModelVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Body({ schema: UpdateModelVersionRequest }) body: UpdateModelVersionRequest,
  ): Promise<ModelVersionResponse> {
    return this.models.updateModelVersion(scope, modelVersionId, body);
  }

  @Delete('model-versions/:modelVersionId')
  @HttpCode(204)
  @ApiProblems('model-not-found', 'model-in-use')
  @ApiOperation({ summary: 'Delete a model version that no deployment and no alias needs' })
  @ApiNoContentResponse()
  deleteModelVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<void> {
    return this.models.deleteModelVersion(scope, modelVersionId);
  }

  @Get('model-versions/:modelVersionId/artifact')
  @ApiProblems('model-not-found', 'artifact-damaged')
  @ApiOperation({ summary: 'Download the fitted pipeline (joblib)' })
  @ApiOkResponse({
    description: 'The file; `X-Content-SHA256` carries its hash.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async downloadModelArtifact(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { file, sha256 } = await this.models.downloadArtifact(scope, modelVersionId);
    reply.header('X-Content-SHA256', sha256);
    return file;
  }
}
