import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { MLFLOW_BASE } from './mlflow-address.js';
import {
  DeleteTag,
  EmptyAnswer,
  LogBatch,
  LogInputs,
  LogMetric,
  LogModel,
  LogOutputs,
  LogParameter,
  SetTag,
} from './mlflow.dto.js';
import { TrackingRepository } from '../tracking/tracking.repository.js';
import { MlflowInputs } from './mlflow-inputs.service.js';
import { MlflowLog } from './mlflow-log.service.js';
import { MlflowRuns } from './mlflow-runs.service.js';

const MAX_MODEL_TEXT = 8_000;

@ApiTags('mlflow')
@Controller(MLFLOW_BASE)
export class MlflowLogController {
  constructor(
    private readonly runs: MlflowRuns,
    private readonly log: MlflowLog,
    private readonly inputs: MlflowInputs,
    private readonly tracking: TrackingRepository,
  ) {}

  @Post('runs/log-metric')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Log one value of a metric' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowLogMetric(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: LogMetric }) body: z.output<typeof LogMetric>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.writable(scope, body.run_id ?? body.run_uuid);
    await this.log.write(scope, run, { metrics: [body], params: [], tags: [] });
    return {};
  }

  @Post('runs/log-parameter')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Log a parameter' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowLogParameter(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: LogParameter }) body: z.output<typeof LogParameter>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.writable(scope, body.run_id ?? body.run_uuid);
    await this.log.write(scope, run, { metrics: [], params: [body], tags: [] });
    return {};
  }

  @Post('runs/log-batch')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Log metrics, parameters and tags together' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowLogBatch(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: LogBatch }) body: z.output<typeof LogBatch>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.writable(scope, body.run_id ?? body.run_uuid);
    await this.log.write(scope, run, body);
    return {};
  }

  @Post('runs/set-tag')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'Set a tag' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowSetTag(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: SetTag }) body: z.output<typeof SetTag>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.find(scope, body.run_id ?? body.run_uuid);
    await this.log.write(scope, run, { metrics: [], params: [], tags: [body] });
    return {};
  }

  @Post('runs/delete-tag')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found')
  @ApiOperation({ summary: 'Remove a tag' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowDeleteTag(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: DeleteTag }) body: z.output<typeof DeleteTag>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.find(scope, body.run_id ?? body.run_uuid);
    await this.tracking.removeValues(scope, [run.id], 'tag', [body.key]);
    return {};
  }

  @Post('runs/log-model')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Describe a model that a run made' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowLogModel(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: LogModel }) body: z.output<typeof LogModel>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.writable(scope, body.run_id ?? body.run_uuid);
    const tag = { key: 'mlflow.log-model.history', value: body.model_json.slice(0, MAX_MODEL_TEXT) };
    await this.log.write(scope, run, { metrics: [], params: [], tags: [tag] });
    return {};
  }

  @Post('runs/log-inputs')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Describe the data that a run read' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowLogInputs(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: LogInputs }) body: z.output<typeof LogInputs>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.writable(scope, body.run_id ?? body.run_uuid);
    await this.inputs.add(scope, run.id, body.datasets);
    return {};
  }

  @Post('runs/outputs')
  @HttpCode(200)
  @ApiProblems('experiment-run-not-found', 'conflict')
  @ApiOperation({ summary: 'Say which logged models a run made' })
  @ApiOkResponse({ standardSchema: EmptyAnswer })
  async mlflowLogOutputs(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: LogOutputs }) body: z.output<typeof LogOutputs>,
  ): Promise<z.output<typeof EmptyAnswer>> {
    const run = await this.runs.writable(scope, body.run_id ?? body.run_uuid);
    const tags = body.models.map(({ model_id }, index) => ({
      key: `mlflow.output-model.${index}`,
      value: model_id,
    }));
    await this.log.write(scope, run, { metrics: [], params: [], tags });
    return {};
  }
}
