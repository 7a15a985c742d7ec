import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { RunFinding, RunFindingList, WaiveFindingRequest, WithdrawWaiverRequest } from './finding.dto.js';
import { FindingsService } from './findings.service.js';

@ApiTags('training')
@Controller()
export class FindingsController {
  constructor(private readonly findings: FindingsService) {}

  @Get('runs/:runId/findings')
  @ApiProblems('run-not-found')
  @ApiOperation({
    summary: 'List the doubts about the data of a run',
    description: 'Leaks, copies, order in time: known before the run from the table, and found at its end.',
  })
  @ApiOkResponse({ standardSchema: RunFindingList })
  listRunFindings(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<RunFindingList> {
    return this.findings.list(scope, runId);
  }

  @Post('runs/:runId/findings/:findingId/waive')
  @HttpCode(200)
  @ApiProblems('run-not-found', 'finding-not-found', 'conflict')
  @ApiOperation({
    summary: 'Let a finding pass, with a reason that stays on the run and on its model',
  })
  @ApiOkResponse({ standardSchema: RunFinding })
  waiveFinding(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Param('findingId', ParseUUIDPipe) findingId: string,
    @Body({ schema: WaiveFindingRequest }) body: WaiveFindingRequest,
  ): Promise<RunFinding> {
    return this.findings.waive(scope, runId, findingId, body.reason);
  }

  @Post('runs/:runId/findings/:findingId/withdraw')
  @HttpCode(200)
  @ApiProblems('run-not-found', 'finding-not-found', 'conflict')
  @ApiOperation({ summary: 'Take a waiver back; that it was given stays on record' })
  @ApiOkResponse({ standardSchema: RunFinding })
  withdrawWaiver(
    @CurrentScope() scope: ProjectScope,
    @Param('runId', ParseUUIDPipe) runId: string,
    @Param('findingId', ParseUUIDPipe) findingId: string,
    @Body({ schema: WithdrawWaiverRequest }) body: WithdrawWaiverRequest,
  ): Promise<RunFinding> {
    return this.findings.withdraw(scope, runId, findingId, body.reason ?? null);
  }
}
