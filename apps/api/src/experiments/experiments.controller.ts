import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
  StreamableFile,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { ExperimentArtifacts } from './experiment-artifacts.service.js';
import { ExperimentExports } from './experiment-exports.service.js';
import {
  ArtifactListQuery,
  ArtifactQuery,
  BulkResult,
  DeleteExperimentRunsRequest,
  ExperimentArtifactList,
  ExperimentExportQuery,
  ExperimentFieldList,
  ExperimentFieldValues,
  ExperimentRunDetail,
  ExperimentRunPage,
  ExperimentRunQuery,
  FieldValuesQuery,
  MetricHistoryPage,
  MetricHistoryQuery,
  TagExperimentRunsRequest,
  UpdateExperimentRunRequest,
} from './experiment-run.dto.js';
import { ExperimentsService } from './experiments.service.js';

@ApiTags('experiments')
@Controller()
export class ExperimentsController {
  constructor(
    private readonly experiments: ExperimentsService,
    private readonly exports: ExperimentExports,
    private readonly artifacts: ExperimentArtifacts,
  ) {}

  @Get('projects/:projectId/experiment-runs')
  @ApiProblems('invalid-search')
  @ApiOperation({ summary: 'Search all tracked runs of a project, our own and those that clients logged' })
  @ApiOkResponse({ standardSchema: ExperimentRunPage })
  listExperimentRuns(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ExperimentRunQuery }) query: ExperimentRunQuery,
  ): Promise<ExperimentRunPage> {
    return this.experiments.list(scope, query);
  }

  @Get('projects/:projectId/experiment-runs/fields')
  @ApiOperation({ summary: 'List what runs can be searched, sorted and shown by' })
  @ApiOkResponse({ standardSchema: ExperimentFieldList })
  listExperimentFields(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
  ): Promise<ExperimentFieldList> {
    return this.experiments.fields(scope);
  }

  @Get('projects/:projectId/experiment-runs/field-values')
  @ApiProblems('invalid-search')
  @ApiOperation({ summary: 'Range and most frequent values of one field, for completion' })
  @ApiOkResponse({ standardSchema: ExperimentFieldValues })
  listExperimentFieldValues(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: FieldValuesQuery }) query: FieldValuesQuery,
  ): Promise<ExperimentFieldValues> {
    return this.experiments.fieldValues(scope, query);
  }

  @Get('projects/:projectId/experiment-runs/export')
  @ApiProblems('invalid-search')
  @ApiOperation({ summary: 'Download matching runs with the asked columns as CSV' })
  @ApiOkResponse({
    description: 'RFC 4180, UTF-8, at most 50,000 runs.',
    content: { 'text/csv': { schema: { type: 'string' } } },
  })
  exportExperimentRuns(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ExperimentExportQuery }) query: ExperimentExportQuery,
  ): Promise<StreamableFile> {
    return this.exports.csv(scope, query);
  }

  @Post('projects/:projectId/experiment-runs/tags')
  @HttpCode(200)
  @ApiOperation({ summary: 'Set or remove tags on several runs' })
  @ApiOkResponse({ standardSchema: BulkResult })
  tagExperimentRuns(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: TagExperimentRunsRequest }) body: TagExperimentRunsRequest,
  ): Promise<BulkResult> {
    return this.experiments.tag(scope, body.ids, body.tags);
  }

  @Post('projects/:projectId/experiment-runs/delete')
  @HttpCode(200)
  @ApiOperation({ summary: 'Delete several runs; says which ones are still needed and stay' })
  @ApiOkResponse({ standardSchema: BulkResult })
  deleteExperimentRuns(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: DeleteExperimentRunsRequest }) body: DeleteExperimentRunsRequest,
  ): Promise<BulkResult> {
    return this.experiments.delete(scope, body.ids);
  }

  @Get('experiment-runs/:experimentRunId')
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'Get a tracked run with all its metrics, parameters and tags' })
  @ApiOkResponse({ standardSchema: ExperimentRunDetail })
  getExperimentRun(
    @CurrentScope() scope: ProjectScope,
    @Param('experimentRunId', ParseUUIDPipe) experimentRunId: string,
  ): Promise<ExperimentRunDetail> {
    return this.experiments.get(scope, experimentRunId);
  }

  @Patch('experiment-runs/:experimentRunId')
  @ApiProblems('experiment-run-not-found', 'name-taken', 'conflict')
  @ApiOperation({ summary: 'Rename a tracked run, write notes, set tags' })
  @ApiOkResponse({ standardSchema: ExperimentRunDetail })
  updateExperimentRun(
    @CurrentScope() scope: ProjectScope,
    @Param('experimentRunId', ParseUUIDPipe) experimentRunId: string,
    @Body({ schema: UpdateExperimentRunRequest }) body: UpdateExperimentRunRequest,
  ): Promise<ExperimentRunDetail> {
    return this.experiments.update(scope, experimentRunId, body);
  }

  @Get('experiment-runs/:experimentRunId/metric-history')
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'All points of one metric of a run' })
  @ApiOkResponse({ standardSchema: MetricHistoryPage })
  getExperimentMetricHistory(
    @CurrentScope() scope: ProjectScope,
    @Param('experimentRunId', ParseUUIDPipe) experimentRunId: string,
    @Query({ schema: MetricHistoryQuery }) query: MetricHistoryQuery,
  ): Promise<MetricHistoryPage> {
    return this.experiments.metricHistory(scope, experimentRunId, query);
  }

  @Get('experiment-runs/:experimentRunId/artifacts')
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'List the files that a client left with a run' })
  @ApiOkResponse({ standardSchema: ExperimentArtifactList })
  listExperimentArtifacts(
    @CurrentScope() scope: ProjectScope,
    @Param('experimentRunId', ParseUUIDPipe) experimentRunId: string,
    @Query({ schema: ArtifactListQuery }) query: ArtifactListQuery,
  ): Promise<ExperimentArtifactList> {
    return this.artifacts.list(scope, experimentRunId, query.path);
  }

  @Get('experiment-runs/:experimentRunId/artifacts/content')
  @ApiProblems('experiment-run-not-found', 'not-found', 'artifact-damaged')
  @ApiOperation({ summary: 'Download one file of a run' })
  @ApiOkResponse({
    description: 'The bytes as they were sent.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  downloadExperimentArtifact(
    @CurrentScope() scope: ProjectScope,
    @Param('experimentRunId', ParseUUIDPipe) experimentRunId: string,
    @Query({ schema: ArtifactQuery }) query: ArtifactQuery,
  ): Promise<StreamableFile> {
    return this.artifacts.download(scope, experimentRunId, query.path);
  }
}
