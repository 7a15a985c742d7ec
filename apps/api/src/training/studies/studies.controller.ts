import { Body, Controller, Get, Param, ParseIntPipe, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { EffectId } from '../../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { CreatesWork } from '../../platform/system/creates-work.decorator.js';
import { RunResponse } from '../run.dto.js';
import {
  ApplyTrialRequest,
  StartStudyRequest,
  StudySpaceResponse,
  TrialListQuery,
  TrialListResponse,
} from './study.dto.js';
import { StudiesService } from './studies.service.js';

@ApiTags('training')
@Controller()
export class StudiesController {
  constructor(private readonly studies: StudiesService) {}

  @Get('runs/:runId/candidates/:candidateId/study-space')
  @ApiProblems('run-not-found', 'candidate-not-found', 'conflict')
  @ApiOperation({ summary: 'Say what of a candidate can be tuned, and suggest a study' })
  @ApiOkResponse({ standardSchema: StudySpaceResponse })
  getStudySpace(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Param('candidateId') candidateId: string,
  ): Promise<StudySpaceResponse> {
    return this.studies.space(scope, runId, candidateId);
  }

  @Post('runs/:runId/candidates/:candidateId/studies')
  @CreatesWork()
  @Idempotent()
  @ApiProblems(
    'run-not-found',
    'candidate-not-found',
    'conflict',
    'invalid-request',
    'unsuitable-data',
    'name-taken',
    'queue-full',
    'installation-frozen',
    'rate-limited',
  )
  @ApiOperation({
    summary: 'Tune the hyperparameters of a candidate',
    description:
      'Queues a run of kind `study` on the same rows and folds. It makes no model; apply a trial for that.',
  })
  @ApiCreatedResponse({ standardSchema: RunResponse })
  startStudy(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Param('candidateId') candidateId: string,
    @Body({ schema: StartStudyRequest }) body: StartStudyRequest,
    @EffectId() id: string,
  ): Promise<RunResponse> {
    return this.studies.start(scope, runId, candidateId, body, id);
  }

  @Get('runs/:runId/trials')
  @ApiProblems('run-not-found', 'conflict')
  @ApiOperation({ summary: 'List the trials of a tuning study, with the importance of its hyperparameters' })
  @ApiOkResponse({ standardSchema: TrialListResponse })
  listTrials(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Query({ schema: TrialListQuery }) query: TrialListQuery,
  ): Promise<TrialListResponse> {
    return this.studies.list(scope, runId, query);
  }

  @Post('runs/:runId/trials/:number/apply')
  @CreatesWork()
  @Idempotent()
  @ApiProblems(
    'run-not-found',
    'trial-not-found',
    'conflict',
    'name-taken',
    'queue-full',
    'installation-frozen',
    'rate-limited',
  )
  @ApiOperation({
    summary: 'Fit the recipe of a trial and keep it as a model',
    description: 'Queues a run that fits these hyperparameters on the same rows and folds.',
  })
  @ApiCreatedResponse({ standardSchema: RunResponse })
  applyTrial(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Param('number', ParseIntPipe) number: number,
    @Body({ schema: ApplyTrialRequest }) body: ApplyTrialRequest,
    @EffectId() id: string,
  ): Promise<RunResponse> {
    return this.studies.apply(scope, runId, number, body, id);
  }
}
