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
  StreamableFile,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
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
} from './model.dto.js';

@ApiTags('models')
@Controller()
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Post('runs/:runId/promote')
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
  @ApiOperation({ summary: 'Get a model' })
  @ApiOkResponse({ standardSchema: ModelResponse })
  getModel(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
  ): Promise<ModelResponse> {
    return this.models.getModel(scope, modelId);
  }

  @Patch('models/:modelId')
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
  @ApiOperation({ summary: 'Delete a model with all its versions' })
  @ApiNoContentResponse()
  deleteModel(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
  ): Promise<void> {
    return this.models.deleteModel(scope, modelId);
  }

  @Get('models/:modelId/versions')
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
  @ApiOperation({ summary: 'Get a model version with its contract and evaluation' })
  @ApiOkResponse({ standardSchema: ModelVersionResponse })
  getModelVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<ModelVersionResponse> {
    return this.models.getModelVersion(scope, modelVersionId);
  }

  @Delete('model-versions/:modelVersionId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a model version that no deployment needs' })
  @ApiNoContentResponse()
  deleteModelVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<void> {
    return this.models.deleteModelVersion(scope, modelVersionId);
  }

  @Get('model-versions/:modelVersionId/artifact')
  @ApiOperation({ summary: 'Download the fitted pipeline (joblib)' })
  @ApiOkResponse({
    description: 'The file; `X-Content-SHA256` carries its hash.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  downloadModelArtifact(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<StreamableFile> {
    return this.models.downloadArtifact(scope, modelVersionId);
  }
}
