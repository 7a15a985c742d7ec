import { Readable } from 'node:stream';
import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Put,
  Query,
  Req,
  type StreamableFile,
} from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { Problem } from '../../platform/problems/problem.js';
import { MLFLOW_ARTIFACTS } from './mlflow-address.js';
import { MlflowArtifacts } from './mlflow-artifacts.service.js';
import { EmptyAnswer, FilesAnswer, ProxiedListQuery } from './mlflow.dto.js';

const PATH = {
  name: 'path',
  description: 'Run or logged model, `artifacts`, and the path of the file: `<id>/artifacts/model/MLmodel`.',
};

/** Files that the client sends and fetches through this server. */
@ApiTags('mlflow')
@Controller(MLFLOW_ARTIFACTS)
export class MlflowArtifactsController {
  constructor(private readonly artifacts: MlflowArtifacts) {}

  @Get()
  @ApiProblems('not-found', 'experiment-run-not-found')
  @ApiOperation({ summary: 'List a folder of files' })
  @ApiOkResponse({ standardSchema: FilesAnswer })
  mlflowListProxiedArtifacts(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ProxiedListQuery }) query: z.output<typeof ProxiedListQuery>,
  ): Promise<FilesAnswer> {
    return this.artifacts.list(scope, query.path);
  }

  @Get('*')
  @ApiParam(PATH)
  @ApiProblems('not-found', 'artifact-damaged')
  @ApiOperation({ summary: 'Download a file' })
  @ApiOkResponse({
    description: 'The bytes as they were sent.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  mlflowDownloadArtifact(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Param('*') path: string,
  ): Promise<StreamableFile> {
    return this.artifacts.download(scope, path);
  }

  @Put('*')
  @ApiParam(PATH)
  @ApiBody({ schema: { type: 'string', format: 'binary' }, required: true })
  @ApiProblems('not-found', 'conflict', 'invalid-request', 'upload-too-large', 'out-of-space')
  @ApiOperation({ summary: 'Upload a file, in place of one at the same path' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowUploadArtifact(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Param('*') path: string,
    @Req() request: FastifyRequest,
  ): Promise<EmptyAnswer> {
    await this.artifacts.upload(scope, path, contentOf(request));
    return {};
  }

  @Delete('*')
  @HttpCode(200)
  @ApiParam(PATH)
  @ApiProblems('not-found', 'conflict')
  @ApiOperation({ summary: 'Remove a file or a folder' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowDeleteArtifact(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Param('*') path: string,
  ): Promise<EmptyAnswer> {
    await this.artifacts.remove(scope, path);
    return {};
  }
}

/** The body as it arrives; a file may be empty. */
function contentOf({ body }: FastifyRequest): Readable {
  if (body === undefined || body === null) return Readable.from([]);
  if (body instanceof Readable) return body;
  throw new Problem('unsupported-media-type', 'Send the bytes of the file as the body.');
}
