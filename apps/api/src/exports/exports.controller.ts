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
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { CreatesWork } from '../platform/system/creates-work.decorator.js';
import { ModelCards } from './card/model-cards.js';
import {
  CreateModelExportRequest,
  ModelCardQuery,
  ModelExportList,
  ModelExportResponse,
} from './export.dto.js';
import { ExportsService } from './exports.service.js';
import { CandidateNotebooks } from './notebook/candidate-notebooks.js';

const FILE = { schema: { type: 'string', format: 'binary' } } as const;

@ApiTags('exports')
@Controller()
export class ExportsController {
  constructor(
    private readonly exports: ExportsService,
    private readonly cards: ModelCards,
    private readonly notebooks: CandidateNotebooks,
  ) {}

  @Get('model-versions/:modelVersionId/exports')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'List the exports of a model version, and what can be exported' })
  @ApiOkResponse({ standardSchema: ModelExportList })
  listModelExports(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<ModelExportList> {
    return this.exports.list(scope, modelVersionId);
  }

  @Post('model-versions/:modelVersionId/exports')
  @Idempotent()
  @CreatesWork()
  @ApiProblems('model-not-found', 'invalid-request', 'installation-frozen')
  @ApiOperation({ summary: 'Export a model version, or get the export it has' })
  @ApiCreatedResponse({ standardSchema: ModelExportResponse })
  createModelExport(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Body({ schema: CreateModelExportRequest }) body: CreateModelExportRequest,
    @EffectId() id: string,
  ): Promise<ModelExportResponse> {
    return this.exports.create(scope, modelVersionId, body, id);
  }

  @Get('model-exports/:exportId')
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Get an export and how far it is' })
  @ApiOkResponse({ standardSchema: ModelExportResponse })
  getModelExport(
    @CurrentScope() scope: ProjectScope,
    @Param('exportId', ParseUUIDPipe) exportId: string,
  ): Promise<ModelExportResponse> {
    return this.exports.get(scope, exportId);
  }

  @Post('model-exports/:exportId/cancel')
  @HttpCode(200)
  @ApiProblems('not-found')
  @ApiOperation({ summary: 'Stop making an export' })
  @ApiOkResponse({ standardSchema: ModelExportResponse })
  cancelModelExport(
    @CurrentScope() scope: ProjectScope,
    @Param('exportId', ParseUUIDPipe) exportId: string,
  ): Promise<ModelExportResponse> {
    return this.exports.cancel(scope, exportId);
  }

  @Delete('model-exports/:exportId')
  @HttpCode(204)
  @ApiProblems('not-found', 'conflict')
  @ApiOperation({ summary: 'Delete an export and its file' })
  @ApiNoContentResponse()
  deleteModelExport(
    @CurrentScope() scope: ProjectScope,
    @Param('exportId', ParseUUIDPipe) exportId: string,
  ): Promise<void> {
    return this.exports.delete(scope, exportId);
  }

  @Get('model-exports/:exportId/file')
  @ApiProblems('not-found', 'conflict', 'artifact-damaged')
  @ApiOperation({ summary: 'Download the file of an export' })
  @ApiOkResponse({
    description: 'The file; `X-Content-SHA256` carries its hash.',
    content: { 'application/octet-stream': FILE },
  })
  async downloadModelExport(
    @CurrentScope() scope: ProjectScope,
    @Param('exportId', ParseUUIDPipe) exportId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { file, sha256 } = await this.exports.open(scope, exportId);
    reply.header('X-Content-SHA256', sha256);
    return file;
  }

  @Get('model-versions/:modelVersionId/card')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Get the model card as a page or as a document to print' })
  @ApiOkResponse({
    description: 'The card, complete in itself.',
    content: { 'text/html': { schema: { type: 'string' } }, 'application/pdf': FILE },
  })
  async getModelCard(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Query({ schema: ModelCardQuery }) query: ModelCardQuery,
  ): Promise<StreamableFile> {
    return this.cards.get(scope, modelVersionId, query.format);
  }

  @Get('runs/:runId/candidates/:candidateId/notebook')
  @ApiProblems('run-not-found', 'not-found', 'conflict')
  @ApiOperation({ summary: 'Get a notebook that trains and judges a candidate again' })
  @ApiOkResponse({
    description: 'A notebook of nbformat 4.5.',
    content: { 'application/x-ipynb+json': { schema: { type: 'object' } } },
  })
  getCandidateNotebook(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Param('candidateId') candidateId: string,
  ): Promise<StreamableFile> {
    return this.notebooks.get(scope, runId, candidateId);
  }
}
