import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { EffectId } from '../../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { DriftService } from './drift.service.js';
import {
  DriftCheckRequest,
  DriftCheckResult,
  DriftChecksResponse,
  DriftQuery,
  DriftResponse,
  DriftSettings,
  DriftStatesResponse,
  UpdateDriftSettingsRequest,
} from './drift.dto.js';

@ApiTags('monitoring')
@Controller()
export class DriftController {
  constructor(private readonly drift: DriftService) {}

  @Get('projects/:projectId/drift')
  @ApiOperation({ summary: 'List the drift lights of the deployments of a project' })
  @ApiOkResponse({ standardSchema: DriftStatesResponse })
  async listDriftStates(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
  ) {
    const items = await this.drift.states(scope);
    return { items: items.map((item) => ({ ...item, at: item.at.toISOString() })) };
  }

  @Get('deployments/:deploymentId/drift')
  @ApiOperation({ summary: 'Compare the inputs and predictions of a window with training, as of now' })
  @ApiOkResponse({ standardSchema: DriftResponse })
  @ApiProblems('invalid-request')
  getDrift(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: DriftQuery }) query: DriftQuery,
  ): Promise<DriftResponse> {
    return this.drift.look(scope, deploymentId, query);
  }

  @Put('deployments/:deploymentId/drift/settings')
  @ApiOperation({
    summary: 'Set schedule, window, minimum sample and segment columns; what is left out stays',
  })
  @ApiOkResponse({ standardSchema: DriftSettings })
  @ApiProblems('invalid-request')
  updateDriftSettings(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: UpdateDriftSettingsRequest }) body: UpdateDriftSettingsRequest,
  ): Promise<DriftSettings> {
    return this.drift.update(scope, deploymentId, body);
  }

  @Post('deployments/:deploymentId/drift-checks')
  @Idempotent()
  @ApiOperation({ summary: 'Check for drift now and keep the result' })
  @ApiCreatedResponse({ standardSchema: DriftCheckResult })
  checkDrift(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: DriftCheckRequest }) body: DriftCheckRequest,
    @EffectId() id: string,
  ): Promise<DriftCheckResult> {
    return this.drift.check(scope, deploymentId, 'manual', body.windowHours, id);
  }

  @Get('deployments/:deploymentId/drift-checks')
  @ApiOperation({ summary: 'List the last drift checks, newest first' })
  @ApiOkResponse({ standardSchema: DriftChecksResponse })
  async listDriftChecks(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ) {
    return { items: await this.drift.checks(scope, deploymentId) };
  }

  @Get('deployments/:deploymentId/drift-checks/:checkId')
  @ApiOperation({ summary: 'Get a drift check with its whole result' })
  @ApiOkResponse({ standardSchema: DriftCheckResult })
  getDriftCheck(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('checkId', ParseUUIDPipe) checkId: string,
  ): Promise<DriftCheckResult> {
    return this.drift.findCheck(scope, deploymentId, checkId);
  }
}
