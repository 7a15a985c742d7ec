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
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { EventStreams } from '../platform/http/sse.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { CreatesWork } from '../platform/system/creates-work.decorator.js';
import { CandidateListResponse } from './candidate.dto.js';
import { CreateRunRequest, RunPreviewResponse } from './create-run.dto.js';
import { RunSnapshot, RunStreamQuery } from './run-stream.dto.js';
import {
  ExtendRunRequest,
  FitCandidateRequest,
  RunListQuery,
  RunLogPage,
  RunLogQuery,
  RunPage,
  RunResponse,
} from './run.dto.js';
import { RunQueueResponse } from './run-queue.dto.js';
import { RunQueueService } from './run-queue.service.js';
import { RunStreamService } from './stream/run-stream.service.js';
import { TrainingService } from './training.service.js';

@ApiTags('training')
@Controller()
export class TrainingController {
  constructor(
    private readonly training: TrainingService,
    private readonly runStreams: RunStreamService,
    private readonly streams: EventStreams,
    private readonly runQueue: RunQueueService,
  ) {}

  @Post('projects/:projectId/runs/preview')
  @ApiProblems('dataset-not-found', 'dataset-not-ready')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say what a run would do, without starting it' })
  @ApiOkResponse({ standardSchema: RunPreviewResponse })
  previewRun(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateRunRequest }) body: CreateRunRequest,
  ): Promise<RunPreviewResponse> {
    return this.training.previewRun(scope, body);
  }

  @Post('projects/:projectId/runs')
  @CreatesWork()
  @Idempotent()
  @ApiProblems(
    'dataset-not-found',
    'dataset-not-ready',
    'unsuitable-data',
    'name-taken',
    'queue-full',
    'installation-frozen',
    'rate-limited',
  )
  @ApiOperation({ summary: 'Queue a training run' })
  @ApiCreatedResponse({ standardSchema: RunResponse })
  createRun(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateRunRequest }) body: CreateRunRequest,
    @EffectId() id: string,
  ): Promise<RunResponse> {
    return this.training.createRun(scope, body, id);
  }

  @Get('projects/:projectId/runs')
  @ApiOperation({ summary: 'List the runs of a project, newest first' })
  @ApiOkResponse({ standardSchema: RunPage })
  listRuns(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: RunListQuery }) query: RunListQuery,
  ): Promise<RunPage> {
    return this.training.listRuns(scope, query);
  }

  @Get('runs/:runId')
  @ApiProblems('run-not-found')
  @ApiOperation({ summary: 'Get a run' })
  @ApiOkResponse({ standardSchema: RunResponse })
  getRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<RunResponse> {
    return this.training.getRun(scope, runId);
  }

  @Delete('runs/:runId')
  @ApiProblems('run-not-found', 'run-active', 'run-in-use')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a run that has ended and that no model needs' })
  @ApiNoContentResponse()
  deleteRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<void> {
    return this.training.deleteRun(scope, runId);
  }

  @Get('projects/:projectId/queue')
  @ApiOperation({
    summary: 'Look at the queue of training runs',
    description: 'It is one for the whole installation; runs of other projects count but have no name here.',
  })
  @ApiOkResponse({ standardSchema: RunQueueResponse })
  getRunQueue(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
  ): Promise<RunQueueResponse> {
    return this.runQueue.read(scope);
  }

  @Get('runs/:runId/candidates')
  @ApiProblems('run-not-found')
  @ApiOperation({ summary: 'Get the leaderboard of a run' })
  @ApiOkResponse({ standardSchema: CandidateListResponse })
  listCandidates(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<CandidateListResponse> {
    return this.training.listCandidates(scope, runId);
  }

  @Get('runs/:runId/events')
  @ApiProblems('run-not-found')
  @ApiOperation({
    summary: 'Follow a run live',
    description:
      'Server-sent events. First `snapshot` (schema below), then every event of the trainer under its type with its ' +
      'number as id, `run` with the run whenever it changed, and `end` when nothing more will come.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Go on after the event with this number.',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ standardSchema: RunSnapshot, description: 'Data of the first event.' })
  streamRunEvents(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Query({ schema: RunStreamQuery }) query: RunStreamQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.streams.stream(request, reply, (context) =>
      this.runStreams.open(scope, runId, query.afterSeq, context),
    );
  }

  @Get('runs/:runId/logs')
  @ApiProblems('run-not-found')
  @ApiOperation({ summary: 'Read the log of a run, newest first' })
  @ApiOkResponse({ standardSchema: RunLogPage })
  getRunLogs(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Query({ schema: RunLogQuery }) query: RunLogQuery,
  ): Promise<RunLogPage> {
    return this.training.getRunLogs(scope, runId, query);
  }

  @Post('runs/:runId/cancel')
  @ApiProblems('run-not-found')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel a run; one that has ended is returned unchanged' })
  @ApiOkResponse({ standardSchema: RunResponse })
  cancelRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<RunResponse> {
    return this.training.cancelRun(scope, runId);
  }

  @Post('runs/:runId/stop')
  @ApiProblems('run-not-found', 'conflict')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop searching and keep the best model so far' })
  @ApiOkResponse({ standardSchema: RunResponse })
  stopRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<RunResponse> {
    return this.training.stopRun(scope, runId);
  }

  @Post('runs/:runId/pause')
  @ApiProblems('run-not-found', 'conflict')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a run',
    description:
      'Folds under way end, no new one begins, and the clock stands still. The run gives up its place and keeps its memory.',
  })
  @ApiOkResponse({ standardSchema: RunResponse })
  pauseRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<RunResponse> {
    return this.training.pauseRun(scope, runId);
  }

  @Post('runs/:runId/continue')
  @ApiProblems('run-not-found')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on with a paused run as soon as there is a free place' })
  @ApiOkResponse({ standardSchema: RunResponse })
  continueRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<RunResponse> {
    return this.training.continueRun(scope, runId);
  }

  @Post('runs/:runId/extend')
  @CreatesWork()
  @Idempotent()
  @ApiProblems(
    'run-not-found',
    'conflict',
    'unsuitable-data',
    'name-taken',
    'queue-full',
    'installation-frozen',
    'rate-limited',
  )
  @ApiOperation({
    summary: 'Give a run that has ended more time',
    description: 'Queues a new run that goes on from what the search of this one knew.',
  })
  @ApiCreatedResponse({ standardSchema: RunResponse })
  extendRun(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Body({ schema: ExtendRunRequest }) body: ExtendRunRequest,
    @EffectId() id: string,
  ): Promise<RunResponse> {
    return this.training.extendRun(scope, runId, body, id);
  }

  @Post('runs/:runId/candidates/:candidateId/fit')
  @CreatesWork()
  @Idempotent()
  @ApiProblems(
    'run-not-found',
    'candidate-not-found',
    'conflict',
    'name-taken',
    'queue-full',
    'installation-frozen',
    'rate-limited',
  )
  @ApiOperation({
    summary: 'Fit one candidate and keep it as a model',
    description: 'Queues a new run that fits the same recipe on the same rows and folds.',
  })
  @ApiCreatedResponse({ standardSchema: RunResponse })
  fitCandidate(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Param('candidateId') candidateId: string,
    @Body({ schema: FitCandidateRequest }) body: FitCandidateRequest,
    @EffectId() id: string,
  ): Promise<RunResponse> {
    return this.training.fitCandidate(scope, runId, candidateId, body, id);
  }
}
