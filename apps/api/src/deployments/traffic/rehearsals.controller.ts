import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { PageQuery, type Page } from '../../platform/paging/page.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { CreatesWork } from '../../platform/system/creates-work.decorator.js';
import { CreateRehearsalRequest, Rehearsal, RehearsalPage } from './rehearsal.dto.js';
import { RehearsalsService } from './rehearsals.service.js';

@ApiTags('traffic')
@Controller('deployments/:deploymentId/rehearsals')
export class RehearsalsController {
  constructor(private readonly rehearsals: RehearsalsService) {}

  @Post()
  @CreatesWork()
  @ApiOperation({
    summary: 'Answer the last logged calls once more with another version, beside the live one',
  })
  @ApiCreatedResponse({ standardSchema: Rehearsal })
  @ApiProblems('model-not-found', 'switch-refused')
  createRehearsal(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: CreateRehearsalRequest }) body: CreateRehearsalRequest,
  ): Promise<Rehearsal> {
    return this.rehearsals.create(scope, deploymentId, body);
  }

  @Get()
  @ApiOperation({ summary: 'List rehearsals, newest first' })
  @ApiOkResponse({ standardSchema: RehearsalPage })
  listRehearsals(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<Page<Rehearsal>> {
    return this.rehearsals.list(scope, deploymentId, query);
  }

  @Get(':rehearsalId')
  @ApiOperation({ summary: 'Get a rehearsal with its progress or result' })
  @ApiOkResponse({ standardSchema: Rehearsal })
  @ApiProblems('rehearsal-not-found')
  getRehearsal(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('rehearsalId', ParseUUIDPipe) rehearsalId: string,
  ): Promise<Rehearsal> {
    return this.rehearsals.get(scope, deploymentId, rehearsalId);
  }

  @Post(':rehearsalId/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel a rehearsal' })
  @ApiOkResponse({ standardSchema: Rehearsal })
  @ApiProblems('rehearsal-not-found')
  cancelRehearsal(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('rehearsalId', ParseUUIDPipe) rehearsalId: string,
  ): Promise<Rehearsal> {
    return this.rehearsals.cancel(scope, deploymentId, rehearsalId);
  }
}
