import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { EffectId } from '../../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { PageQuery, type Page } from '../../platform/paging/page.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { CreatesWork } from '../../platform/system/creates-work.decorator.js';
import {
  CreateCorrectedDatasetRequest,
  FeedbackJob,
  FeedbackJobPage,
  ImportFeedbackDatasetRequest,
  ImportFeedbackFileQuery,
  RetrainingDefaults,
} from './feedback-job.dto.js';
import { FeedbackJobs } from './feedback-jobs.service.js';

const FILE_BODY = {
  schema: {
    type: 'object',
    required: ['file'],
    properties: {
      file: { type: 'string', format: 'binary', description: 'CSV whose first line names its columns.' },
    },
  },
};

@ApiTags('feedback')
@Controller('deployments/:deploymentId/feedback')
export class FeedbackJobsController {
  constructor(private readonly jobs: FeedbackJobs) {}

  @Post('file-imports')
  @CreatesWork()
  @ApiOperation({ summary: 'Send a CSV of outcomes, to be joined with the log by request id' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(FILE_BODY)
  @ApiCreatedResponse({ standardSchema: FeedbackJob })
  @ApiProblems('invalid-request', 'unsupported-media-type', 'upload-too-large', 'out-of-space')
  importFeedbackFile(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: ImportFeedbackFileQuery }) query: ImportFeedbackFileQuery,
    @Req() request: FastifyRequest,
    @EffectId() id: string,
  ): Promise<FeedbackJob> {
    return this.jobs.importFile(scope, deploymentId, query, request, id);
  }

  @Post('dataset-imports')
  @Idempotent()
  @CreatesWork()
  @ApiOperation({ summary: 'Join a dataset version of outcomes with the log by request id' })
  @ApiCreatedResponse({ standardSchema: FeedbackJob })
  @ApiProblems('invalid-request', 'dataset-not-found', 'dataset-not-ready', 'dataset-damaged')
  importFeedbackDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: ImportFeedbackDatasetRequest }) body: ImportFeedbackDatasetRequest,
    @EffectId() id: string,
  ): Promise<FeedbackJob> {
    return this.jobs.importDataset(scope, deploymentId, body, id);
  }

  @Post('dataset-versions')
  @Idempotent()
  @CreatesWork()
  @ApiOperation({ summary: 'Make a dataset version of logged inputs and their true outcomes' })
  @ApiCreatedResponse({ standardSchema: FeedbackJob })
  @ApiProblems('invalid-request', 'conflict', 'dataset-not-ready', 'dataset-damaged')
  createCorrectedDataset(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: CreateCorrectedDatasetRequest }) body: CreateCorrectedDatasetRequest,
    @EffectId() id: string,
  ): Promise<FeedbackJob> {
    return this.jobs.makeVersion(scope, deploymentId, body, id);
  }

  @Get('retraining')
  @ApiOperation({ summary: 'Get what a new run needs to do as the one of the served version did' })
  @ApiOkResponse({ standardSchema: RetrainingDefaults })
  getRetrainingDefaults(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ): Promise<RetrainingDefaults> {
    return this.jobs.retraining(scope, deploymentId);
  }

  @Get('jobs')
  @ApiOperation({ summary: 'List imports of outcomes and dataset versions made of them, newest first' })
  @ApiOkResponse({ standardSchema: FeedbackJobPage })
  listFeedbackJobs(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<Page<FeedbackJob>> {
    return this.jobs.list(scope, deploymentId, query);
  }

  @Get('jobs/:jobId')
  @ApiOperation({ summary: 'Get an import or a dataset version with its progress and report' })
  @ApiOkResponse({ standardSchema: FeedbackJob })
  @ApiProblems('not-found')
  getFeedbackJob(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('jobId', ParseUUIDPipe) jobId: string,
  ): Promise<FeedbackJob> {
    return this.jobs.get(scope, deploymentId, jobId);
  }

  @Post('jobs/:jobId/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel work on outcomes; what is stored already stays' })
  @ApiOkResponse({ standardSchema: FeedbackJob })
  @ApiProblems('not-found')
  cancelFeedbackJob(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('jobId', ParseUUIDPipe) jobId: string,
  ): Promise<FeedbackJob> {
    return this.jobs.cancel(scope, deploymentId, jobId);
  }
}
