import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Req,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { EffectId } from '../../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { PageQuery } from '../../platform/paging/page.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { CreatesWork } from '../../platform/system/creates-work.decorator.js';
import {
  CreateModelImportQuery,
  IMPORT_BODY,
  ModelImportPage,
  ModelImportResponse,
  RegisteredModel,
  RegisterModelImportRequest,
} from './import.dto.js';
import { ImportsService } from './imports.service.js';

@ApiTags('exports')
@Controller()
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post('projects/:projectId/model-imports')
  @Idempotent()
  @CreatesWork()
  @ApiProblems(
    'invalid-request',
    'unsupported-media-type',
    'upload-too-large',
    'dataset-not-found',
    'dataset-not-ready',
    'out-of-space',
    'installation-frozen',
  )
  @ApiOperation({ summary: 'Upload a model that was made elsewhere, to be looked at in a container' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(IMPORT_BODY)
  @ApiCreatedResponse({ standardSchema: ModelImportResponse })
  createModelImport(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: CreateModelImportQuery }) query: CreateModelImportQuery,
    @Req() request: FastifyRequest,
    @EffectId() id: string,
  ): Promise<ModelImportResponse> {
    return this.imports.create(scope, query, request, id);
  }

  @Get('projects/:projectId/model-imports')
  @ApiOperation({ summary: 'List uploaded models, newest first' })
  @ApiOkResponse({ standardSchema: ModelImportPage })
  listModelImports(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<ModelImportPage> {
    return this.imports.list(scope, query);
  }

  @Get('model-imports/:importId')
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Get an uploaded model and what was found in it' })
  @ApiOkResponse({ standardSchema: ModelImportResponse })
  getModelImport(
    @CurrentScope() scope: ProjectScope,
    @Param('importId', ParseUUIDPipe) importId: string,
  ): Promise<ModelImportResponse> {
    return this.imports.get(scope, importId);
  }

  @Post('model-imports/:importId/register')
  @HttpCode(200)
  @ApiProblems('not-found', 'conflict')
  @ApiOperation({ summary: 'Make a model version of an uploaded model' })
  @ApiOkResponse({ standardSchema: RegisteredModel })
  registerModelImport(
    @CurrentScope() scope: ProjectScope,
    @Param('importId', ParseUUIDPipe) importId: string,
    @Body({ schema: RegisterModelImportRequest }) body: RegisterModelImportRequest,
  ): Promise<RegisteredModel> {
    return this.imports.register(scope, importId, body);
  }

  @Post('model-imports/:importId/cancel')
  @HttpCode(200)
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Stop looking at an uploaded model' })
  @ApiOkResponse({ standardSchema: ModelImportResponse })
  cancelModelImport(
    @CurrentScope() scope: ProjectScope,
    @Param('importId', ParseUUIDPipe) importId: string,
  ): Promise<ModelImportResponse> {
    return this.imports.cancel(scope, importId);
  }

  @Delete('model-imports/:importId')
  @HttpCode(204)
  @ApiProblems('not-found', 'conflict')
  @ApiOperation({ summary: 'Delete an uploaded model that no version was made of' })
  @ApiNoContentResponse()
  deleteModelImport(
    @CurrentScope() scope: ProjectScope,
    @Param('importId', ParseUUIDPipe) importId: string,
  ): Promise<void> {
    return this.imports.delete(scope, importId);
  }
}
