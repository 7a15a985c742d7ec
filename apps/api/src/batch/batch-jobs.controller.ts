import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { CreatesWork } from '../platform/system/creates-work.decorator.js';
import {
  BatchJob,
  BatchJobCheck,
  BatchJobListQuery,
  BatchJobPage,
  BatchJobPreview,
  CheckBatchJobRequest,
  CreateBatchJobRequest,
  PreviewBatchJobRequest,
} from './batch-job.dto.js';
import { BatchJobsService } from './batch-jobs.service.js';

@ApiTags('batch jobs')
@Controller()
export class BatchJobsController {
  constructor(private readonly jobs: BatchJobsService) {}

  @Get('projects/:projectId/batch-jobs')
  @ApiOperation({ summary: 'List batch jobs of a project, newest first' })
  @ApiOkResponse({ standardSchema: BatchJobPage })
  listBatchJobs(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: BatchJobListQuery }) query: BatchJobListQuery,
  ): Promise<BatchJobPage> {
    return this.jobs.list(scope, query);
  }

  @Post('projects/:projectId/batch-jobs')
  @CreatesWork()
  @Idempotent()
  @ApiOperation({ summary: 'Predict all rows of a dataset into a dataset of their own' })
  @ApiCreatedResponse({ standardSchema: BatchJob })
  @ApiProblems(
    'deployment-not-found',
    'model-not-found',
    'dataset-not-found',
    'dataset-not-ready',
    'dataset-damaged',
    'unsuitable-data',
    'name-taken',
    'conflict',
    'installation-frozen',
  )
  createBatchJob(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateBatchJobRequest }) body: CreateBatchJobRequest,
    @EffectId() id: string,
  ): Promise<BatchJob> {
    return this.jobs.create(scope, body, id);
  }

  @Post('projects/:projectId/batch-jobs/check')
  @HttpCode(200)
  @ApiOperation({ summary: 'Compare the columns of a dataset with what a model takes, before a batch job' })
  @ApiOkResponse({ standardSchema: BatchJobCheck })
  @ApiProblems(
    'deployment-not-found',
    'model-not-found',
    'dataset-not-found',
    'dataset-not-ready',
    'dataset-damaged',
  )
  checkBatchJob(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CheckBatchJobRequest }) body: CheckBatchJobRequest,
  ): Promise<BatchJobCheck> {
    return this.jobs.check(scope, body);
  }

  @Post('projects/:projectId/batch-jobs/preview')
  @HttpCode(200)
  @ApiOperation({ summary: 'Predict the first rows of a dataset as a batch job would' })
  @ApiOkResponse({ standardSchema: BatchJobPreview })
  @ApiProblems(
    'deployment-not-found',
    'model-not-found',
    'dataset-not-found',
    'dataset-not-ready',
    'dataset-damaged',
    'unsuitable-data',
    'model-session-unavailable',
    'prediction-failed',
    'prediction-timeout',
    'overloaded',
    'installation-frozen',
  )
  previewBatchJob(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: PreviewBatchJobRequest }) body: PreviewBatchJobRequest,
  ): Promise<BatchJobPreview> {
    return this.jobs.preview(scope, body);
  }

  @Get('batch-jobs/:batchJobId')
  @ApiOperation({ summary: 'Get a batch job with its progress or result' })
  @ApiOkResponse({ standardSchema: BatchJob })
  @ApiProblems('batch-job-not-found')
  getBatchJob(
    @CurrentScope() scope: ProjectScope,
    @Param('batchJobId', ParseUUIDPipe) batchJobId: string,
  ): Promise<BatchJob> {
    return this.jobs.get(scope, batchJobId);
  }

  @Post('batch-jobs/:batchJobId/cancel')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a batch job; one that is storing its output, or has ended, stays as it is',
  })
  @ApiOkResponse({ standardSchema: BatchJob })
  @ApiProblems('batch-job-not-found')
  cancelBatchJob(
    @CurrentScope() scope: ProjectScope,
    @Param('batchJobId', ParseUUIDPipe) batchJobId: string,
  ): Promise<BatchJob> {
    return this.jobs.cancel(scope, batchJobId);
  }

  @Post('batch-jobs/:batchJobId/repeat')
  @CreatesWork()
  @Idempotent()
  @ApiOperation({ summary: 'Run a batch job again on the newest rows, with the version that is served now' })
  @ApiCreatedResponse({ standardSchema: BatchJob })
  @ApiProblems(
    'batch-job-not-found',
    'dataset-not-ready',
    'dataset-damaged',
    'unsuitable-data',
    'conflict',
    'installation-frozen',
  )
  repeatBatchJob(
    @CurrentScope() scope: ProjectScope,
    @Param('batchJobId', ParseUUIDPipe) batchJobId: string,
    @EffectId() id: string,
  ): Promise<BatchJob> {
    return this.jobs.repeat(scope, batchJobId, id);
  }

  @Delete('batch-jobs/:batchJobId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Forget a batch job that has ended; its output stays' })
  @ApiNoContentResponse()
  @ApiProblems('batch-job-not-found', 'conflict')
  deleteBatchJob(
    @CurrentScope() scope: ProjectScope,
    @Param('batchJobId', ParseUUIDPipe) batchJobId: string,
  ): Promise<void> {
    return this.jobs.delete(scope, batchJobId);
  }
}
