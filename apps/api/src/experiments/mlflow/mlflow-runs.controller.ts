import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { MLFLOW_BASE } from './mlflow-address.js';
import {
  ArtifactsAnswer,
  CreateRun,
  EmptyAnswer,
  HistoryAnswer,
  HistoryQuery,
  ListArtifactsQuery,
  RunAnswer,
  RunInfoAnswer,
  RunQuery,
  RunRef,
  RunsAnswer,
  SearchRuns,
  UpdateRun,
} from './mlflow.dto.js';
import { MlflowArtifacts } from './mlflow-artifacts.service.js';
import { artifactUri } from './mlflow-responses.js';
import { MlflowRuns } from './mlflow-runs.service.js';

@ApiTags('mlflow')
@Controller(MLFLOW_BASE)
export class MlflowRunsController {
  constructor(
    private readonly runs: MlflowRuns,
    private readonly artifacts: MlflowArtifacts,
  ) {}

  @Post('runs/create')
  @HttpCode(200)
  @ApiProblems('experiment-not-found', 'conflict')
  @ApiOperation({ summary: 'Create a run' })
  @ApiOkResponse({ standardSchema: RunAnswer })
  async mlflowCreateRun(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateRun }) body: z.output<typeof CreateRun>,
  ): Promise<z.output<typeof RunAnswer>> {
    return { run: await this.runs.create(scope, body) };
  }

  @Get('runs/get')
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'Get a run with everything that was logged' })
  @ApiOkResponse({ standardSchema: RunAnswer })
  async mlflowGetRun(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: RunQuery }) query: z.output<typeof RunQuery>,
  ): Promise<z.output<typeof RunAnswer>> {
    return { run: await this.runs.get(scope, query.run_id ?? query.run_uuid) };
  }

  @Post('runs/update')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Change the state or the name of a run' })
  @ApiOkResponse({ standardSchema: RunInfoAnswer })
  async mlflowUpdateRun(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: UpdateRun }) body: z.output<typeof UpdateRun>,
  ): Promise<z.output<typeof RunInfoAnswer>> {
    return { run_info: await this.runs.update(scope, body.run_id ?? body.run_uuid, body) };
  }

  @Post('runs/delete')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Put a run away' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowDeleteRun(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: RunRef }) body: z.output<typeof RunRef>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    await this.runs.setDeleted(scope, body.run_id ?? body.run_uuid, true);
    return {};
  }

  @Post('runs/restore')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Bring a run back' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowRestoreRun(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: RunRef }) body: z.output<typeof RunRef>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    await this.runs.setDeleted(scope, body.run_id ?? body.run_uuid, false);
    return {};
  }

  @Post('runs/search')
  @HttpCode(200)
  @ApiProblems('invalid-search')
  @ApiOperation({ summary: 'Search runs' })
  @ApiOkResponse({ standardSchema: RunsAnswer })
  mlflowSearchRuns(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: SearchRuns }) body: z.output<typeof SearchRuns>,
  ): Promise<z.output<typeof RunsAnswer>> {
    return this.runs.search(scope, body);
  }

  @Get('metrics/get-history')
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'All points of one metric' })
  @ApiOkResponse({ standardSchema: HistoryAnswer })
  mlflowGetMetricHistory(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: HistoryQuery }) query: z.output<typeof HistoryQuery>,
  ): Promise<z.output<typeof HistoryAnswer>> {
    return this.runs.history(scope, query);
  }

  @Get('artifacts/list')
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'List the files of a run' })
  @ApiOkResponse({ standardSchema: ArtifactsAnswer })
  async mlflowListArtifacts(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ListArtifactsQuery }) query: z.output<typeof ListArtifactsQuery>,
  ): Promise<z.output<typeof ArtifactsAnswer>> {
    const run = await this.runs.find(scope, query.run_id ?? query.run_uuid);
    const { files } = await this.artifacts.listOfRun(scope, run.id, query.path);
    return { root_uri: artifactUri(run.id), files };
  }
}
