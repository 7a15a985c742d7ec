import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { PageQuery, type Page } from '../../platform/paging/page.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { CreatesWork } from '../../platform/system/creates-work.decorator.js';
import { DeploymentsService } from '../deployments.service.js';
import {
  ContractComparison,
  ContractComparisonQuery,
  DeploymentRevisionPage,
  DeploymentTraffic,
  RollBackRequest,
  SwitchVersionRequest,
  UpdateTargetRequest,
  type DeploymentRevision,
} from './traffic.dto.js';
import { TrafficService } from './traffic.service.js';
import { TrafficViews } from './traffic-views.service.js';

@ApiTags('traffic')
@Controller('deployments/:deploymentId')
export class TrafficController {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly service: TrafficService,
    private readonly views: TrafficViews,
  ) {}

  @Get('versions')
  @ApiOperation({ summary: 'Get the versions behind a deployment, their shares and how they do' })
  @ApiOkResponse({ standardSchema: DeploymentTraffic })
  async getDeploymentTraffic(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ): Promise<DeploymentTraffic> {
    return this.views.traffic(scope, await this.deployments.require(scope, deploymentId));
  }

  @Post('versions')
  @HttpCode(200)
  @CreatesWork()
  @ApiOperation({
    summary:
      'Switch to another version without a failed call, or give it a share of the calls or copies of them',
  })
  @ApiOkResponse({ standardSchema: DeploymentTraffic })
  @ApiProblems('model-not-found', 'contract-breaks', 'switch-refused')
  async switchDeploymentVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: SwitchVersionRequest }) body: SwitchVersionRequest,
  ): Promise<DeploymentTraffic> {
    await this.service.switchVersion(scope, deploymentId, body);
    return this.getDeploymentTraffic(scope, deploymentId);
  }

  @Post('rollback')
  @HttpCode(200)
  @CreatesWork()
  @ApiOperation({ summary: 'Go back to the version that answered before' })
  @ApiOkResponse({ standardSchema: DeploymentTraffic })
  @ApiProblems('model-not-found', 'switch-refused')
  async rollBackDeployment(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: RollBackRequest }) body: RollBackRequest,
  ): Promise<DeploymentTraffic> {
    await this.service.rollBack(scope, deploymentId, body);
    return this.getDeploymentTraffic(scope, deploymentId);
  }

  @Get('contract-comparison')
  @ApiOperation({
    summary: 'Compare what callers send and get now with what another version wants and gives',
  })
  @ApiOkResponse({ standardSchema: ContractComparison })
  @ApiProblems('model-not-found')
  compareDeploymentContract(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: ContractComparisonQuery }) query: ContractComparisonQuery,
  ): Promise<ContractComparison> {
    return this.service.compare(scope, deploymentId, query.modelVersionId);
  }

  @Get('revisions')
  @ApiOperation({ summary: 'List what answered when, by whom and why, newest first' })
  @ApiOkResponse({ standardSchema: DeploymentRevisionPage })
  async listDeploymentRevisions(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<Page<DeploymentRevision>> {
    await this.deployments.require(scope, deploymentId);
    return this.views.revisions(scope, deploymentId, query);
  }

  @Patch('targets/:targetId')
  @ApiOperation({ summary: 'Change the share of a split or a shadow' })
  @ApiOkResponse({ standardSchema: DeploymentTraffic })
  @ApiProblems('target-not-found')
  async updateDeploymentTarget(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('targetId', ParseUUIDPipe) targetId: string,
    @Body({ schema: UpdateTargetRequest }) body: UpdateTargetRequest,
  ): Promise<DeploymentTraffic> {
    await this.service.updateTarget(scope, deploymentId, targetId, body);
    return this.getDeploymentTraffic(scope, deploymentId);
  }

  @Delete('targets/:targetId')
  @ApiOperation({ summary: 'End a split or a shadow, or cancel a switch that has not happened yet' })
  @ApiOkResponse({ standardSchema: DeploymentTraffic })
  @ApiProblems('target-not-found')
  async removeDeploymentTarget(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('targetId', ParseUUIDPipe) targetId: string,
  ): Promise<DeploymentTraffic> {
    await this.service.removeTarget(scope, deploymentId, targetId);
    return this.getDeploymentTraffic(scope, deploymentId);
  }
}
