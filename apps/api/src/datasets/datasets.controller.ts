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
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentScope } from '../platform/authorization/request-context.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import {
  CreateSampleDatasetQuery,
  CreateSampleDatasetRequest,
  DatasetPage,
  DatasetResponse,
  DatasetVersionPage,
  DownloadQuery,
  ListDatasetsQuery,
  PreviewDatasetQuery,
  PreviewResponse,
  ProfileQuery,
  ProfileResponse,
  RowsPage,
  RowsQuery,
  SampleList,
  UpdateDatasetRequest,
  UPLOAD_BODY,
  UploadDatasetQuery,
  UploadVersionQuery,
} from './dataset.dto.js';
import { PageQuery } from '../platform/paging/page.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { CreatesWork } from '../platform/system/creates-work.decorator.js';
import { DatasetDownloads } from './dataset-downloads.js';
import { DatasetTables } from './dataset-tables.js';
import { DatasetUploads } from './dataset-uploads.js';
import { DatasetsService } from './datasets.service.js';

@ApiTags('datasets')
@Controller()
export class DatasetsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly uploads: DatasetUploads,
    private readonly tables: DatasetTables,
    private readonly downloads: DatasetDownloads,
  ) {}

  @Get('samples')
  @ApiOperation({ summary: 'List the sample tables that come with the product' })
  @ApiOkResponse({ standardSchema: SampleList })
  listSamples(): Promise<SampleList> {
    return this.uploads.listSamples();
  }

  @Post('projects/:projectId/datasets/preview')
  @HttpCode(200)
  @ApiProblems('invalid-request', 'unsupported-media-type', 'upload-too-large', 'unreadable-file')
  @ApiOperation({ summary: 'Look at the beginning of a file before keeping it' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(UPLOAD_BODY)
  @ApiOkResponse({ standardSchema: PreviewResponse })
  previewDataset(
    @CurrentScope() _scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: PreviewDatasetQuery }) query: PreviewDatasetQuery,
    @Req() request: FastifyRequest,
  ): Promise<PreviewResponse> {
    return this.tables.preview(request, query);
  }

  @Post('projects/:projectId/datasets')
  @Idempotent()
  @CreatesWork()
  @ApiProblems(
    'invalid-request',
    'unsupported-media-type',
    'upload-too-large',
    'dataset-duplicate',
    'name-taken',
    'out-of-space',
    'installation-frozen',
  )
  @ApiOperation({ summary: 'Upload a table as a new dataset' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(UPLOAD_BODY)
  @ApiCreatedResponse({ standardSchema: DatasetResponse })
  uploadDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: UploadDatasetQuery }) query: UploadDatasetQuery,
    @Req() request: FastifyRequest,
    @EffectId() datasetId: string,
  ): Promise<DatasetResponse> {
    return this.uploads.createFromUpload(scope, query, request, datasetId);
  }

  @Post('projects/:projectId/datasets/sample')
  @Idempotent()
  @CreatesWork()
  @ApiProblems('invalid-request', 'dataset-duplicate', 'name-taken', 'out-of-space', 'installation-frozen')
  @ApiOperation({ summary: 'Create a dataset from a sample table' })
  @ApiCreatedResponse({ standardSchema: DatasetResponse })
  createSampleDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: CreateSampleDatasetQuery }) query: CreateSampleDatasetQuery,
    @Body({ schema: CreateSampleDatasetRequest }) body: CreateSampleDatasetRequest,
    @EffectId() datasetId: string,
  ): Promise<DatasetResponse> {
    return this.uploads.createFromSample(scope, query, body, datasetId);
  }

  @Get('projects/:projectId/datasets')
  @ApiProblems('invalid-request', 'project-not-found')
  @ApiOperation({ summary: 'List the datasets of a project, newest first' })
  @ApiOkResponse({ standardSchema: DatasetPage })
  listDatasets(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ListDatasetsQuery }) query: ListDatasetsQuery,
  ): Promise<DatasetPage> {
    return this.datasets.list(scope, query);
  }

  @Get('datasets/:datasetId')
  @ApiProblems('dataset-not-found')
  @ApiOperation({ summary: 'Get a dataset with its newest version' })
  @ApiOkResponse({ standardSchema: DatasetResponse })
  getDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
  ): Promise<DatasetResponse> {
    return this.datasets.get(scope, datasetId);
  }

  @Patch('datasets/:datasetId')
  @ApiProblems('invalid-request', 'dataset-not-found', 'name-taken', 'dataset-not-ready', 'unsuitable-data')
  @ApiOperation({ summary: 'Rename a dataset, choose its target, or set roles and types of columns' })
  @ApiOkResponse({ standardSchema: DatasetResponse })
  updateDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
    @Body({ schema: UpdateDatasetRequest }) body: UpdateDatasetRequest,
  ): Promise<DatasetResponse> {
    return this.datasets.update(scope, datasetId, body);
  }

  @Delete('datasets/:datasetId')
  @HttpCode(204)
  @ApiProblems('dataset-not-found', 'dataset-in-use')
  @ApiOperation({ summary: 'Delete a dataset with all its versions and bytes' })
  @ApiNoContentResponse()
  deleteDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
  ): Promise<void> {
    return this.datasets.delete(scope, datasetId);
  }

  @Post('datasets/:datasetId/versions')
  @Idempotent()
  @CreatesWork()
  @ApiProblems(
    'invalid-request',
    'unsupported-media-type',
    'upload-too-large',
    'dataset-duplicate',
    'dataset-not-found',
    'out-of-space',
    'installation-frozen',
  )
  @ApiOperation({ summary: 'Upload a new version of a dataset' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(UPLOAD_BODY)
  @ApiCreatedResponse({ standardSchema: DatasetResponse })
  uploadDatasetVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
    @Query({ schema: UploadVersionQuery }) query: UploadVersionQuery,
    @Req() request: FastifyRequest,
    @EffectId() versionId: string,
  ): Promise<DatasetResponse> {
    return this.uploads.addVersion(scope, { datasetId, versionId }, query, request);
  }

  @Get('datasets/:datasetId/versions')
  @ApiProblems('invalid-request', 'dataset-not-found')
  @ApiOperation({ summary: 'List the versions of a dataset, newest first' })
  @ApiOkResponse({ standardSchema: DatasetVersionPage })
  listDatasetVersions(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<DatasetVersionPage> {
    return this.datasets.listVersions(scope, datasetId, query);
  }

  @Get('datasets/:datasetId/profile')
  @ApiProblems('invalid-request', 'dataset-not-found', 'dataset-not-ready', 'dataset-damaged')
  @ApiOperation({ summary: 'Get the column profile, the quality flags and the target suggestion' })
  @ApiOkResponse({ standardSchema: ProfileResponse })
  getDatasetProfile(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
    @Query({ schema: ProfileQuery }) query: ProfileQuery,
  ): Promise<ProfileResponse> {
    return this.tables.profile(scope, datasetId, query);
  }

  @Get('datasets/:datasetId/rows')
  @ApiProblems('invalid-request', 'dataset-not-found', 'dataset-not-ready', 'dataset-damaged')
  @ApiOperation({ summary: 'Get a page of rows, sorted and filtered' })
  @ApiOkResponse({ standardSchema: RowsPage })
  getDatasetRows(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
    @Query({ schema: RowsQuery }) query: RowsQuery,
  ): Promise<RowsPage> {
    return this.tables.rows(scope, datasetId, query);
  }

  @Get('datasets/:datasetId/content')
  @ApiProblems('invalid-request', 'dataset-not-found', 'dataset-not-ready', 'dataset-damaged')
  @ApiOperation({ summary: 'Download a version, as it was uploaded or as Parquet' })
  @ApiProduces('text/csv', 'application/vnd.apache.parquet')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  downloadDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('datasetId', ParseUUIDPipe) datasetId: string,
    @Query({ schema: DownloadQuery }) query: DownloadQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.downloads.send(scope, datasetId, query, reply);
  }
}
