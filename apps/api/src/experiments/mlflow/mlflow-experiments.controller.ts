import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { MLFLOW_BASE } from './mlflow-address.js';
import {
  CreateExperiment,
  EmptyAnswer,
  ExperimentAnswer,
  ExperimentIdAnswer,
  ExperimentIdQuery,
  ExperimentNameQuery,
  ExperimentRef,
  ExperimentsAnswer,
  SearchExperiments,
  SearchExperimentsQuery,
  SetExperimentTag,
  UpdateExperiment,
} from './mlflow.dto.js';
import { MlflowExperiments } from './mlflow-experiments.service.js';

@ApiTags('mlflow')
@Controller(MLFLOW_BASE)
export class MlflowExperimentsController {
  constructor(private readonly experiments: MlflowExperiments) {}

  @Post('experiments/create')
  @HttpCode(200)
  @ApiProblems('name-taken')
  @ApiOperation({ summary: 'Create an experiment' })
  @ApiOkResponse({ standardSchema: ExperimentIdAnswer })
  async mlflowCreateExperiment(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateExperiment }) body: z.output<typeof CreateExperiment>,
  ): Promise<z.output<typeof ExperimentIdAnswer>> {
    return { experiment_id: await this.experiments.create(scope, body.name, body.tags) };
  }

  @Get('experiments/get')
  @ApiProblems('experiment-not-found')
  @ApiOperation({ summary: 'Get an experiment' })
  @ApiOkResponse({ standardSchema: ExperimentAnswer })
  async mlflowGetExperiment(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ExperimentIdQuery }) query: z.output<typeof ExperimentIdQuery>,
  ): Promise<z.output<typeof ExperimentAnswer>> {
    return { experiment: await this.experiments.get(scope, query.experiment_id) };
  }

  @Get('experiments/get-by-name')
  @ApiProblems('experiment-not-found')
  @ApiOperation({ summary: 'Find an experiment by its name' })
  @ApiOkResponse({ standardSchema: ExperimentAnswer })
  async mlflowGetExperimentByName(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: ExperimentNameQuery }) query: z.output<typeof ExperimentNameQuery>,
  ): Promise<z.output<typeof ExperimentAnswer>> {
    return { experiment: await this.experiments.getByName(scope, query.experiment_name) };
  }

  @Post('experiments/search')
  @HttpCode(200)
  @ApiProblems('invalid-search')
  @ApiOperation({ summary: 'Search experiments by name' })
  @ApiOkResponse({ standardSchema: ExperimentsAnswer })
  mlflowSearchExperiments(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: SearchExperiments }) body: z.output<typeof SearchExperiments>,
  ): Promise<z.output<typeof ExperimentsAnswer>> {
    return this.experiments.search(scope, body);
  }

  @Get('experiments/search')
  @ApiProblems('invalid-search')
  @ApiOperation({ summary: 'Search experiments by name, as older clients do' })
  @ApiOkResponse({ standardSchema: ExperimentsAnswer })
  mlflowListExperiments(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: SearchExperimentsQuery }) query: z.output<typeof SearchExperimentsQuery>,
  ): Promise<z.output<typeof ExperimentsAnswer>> {
    return this.experiments.search(scope, query);
  }

  @Post('experiments/update')
  @HttpCode(200)
  @ApiProblems('experiment-not-found', 'name-taken', 'conflict')
  @ApiOperation({ summary: 'Rename an experiment' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowUpdateExperiment(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: UpdateExperiment }) body: z.output<typeof UpdateExperiment>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    await this.experiments.rename(scope, body.experiment_id, body.new_name);
    return {};
  }

  @Post('experiments/delete')
  @HttpCode(200)
  @ApiProblems('experiment-not-found', 'conflict')
  @ApiOperation({ summary: 'Put an experiment and its runs away' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowDeleteExperiment(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: ExperimentRef }) body: z.output<typeof ExperimentRef>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    await this.experiments.setDeleted(scope, body.experiment_id, true);
    return {};
  }

  @Post('experiments/restore')
  @HttpCode(200)
  @ApiProblems('experiment-not-found', 'conflict')
  @ApiOperation({ summary: 'Bring an experiment and its runs back' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowRestoreExperiment(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: ExperimentRef }) body: z.output<typeof ExperimentRef>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    await this.experiments.setDeleted(scope, body.experiment_id, false);
    return {};
  }

  @Post('experiments/set-experiment-tag')
  @HttpCode(200)
  @ApiProblems('experiment-not-found')
  @ApiOperation({ summary: 'Tag an experiment' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowSetExperimentTag(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: SetExperimentTag }) body: z.output<typeof SetExperimentTag>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    await this.experiments.setTag(scope, body.experiment_id, body.key, body.value);
    return {};
  }
}
