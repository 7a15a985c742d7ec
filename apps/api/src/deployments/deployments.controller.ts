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
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { PageQuery, type Page } from '../platform/paging/page.js';
import { CreatesWork } from '../platform/system/creates-work.decorator.js';
import { DeploymentViews } from './deployment-views.service.js';
import {
  CreateDeploymentRequest,
  DeploymentPage,
  DeploymentResponse,
  DeploymentSchemaResponse,
  DeploymentStatsQuery,
  DeploymentStatsResponse,
  UpdateDeploymentRequest,
} from './deployment.dto.js';
import { DeploymentsService } from './deployments.service.js';

@ApiTags('deployments')
@Controller()
export class DeploymentsController {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly views: DeploymentViews,
  ) {}

  @Post('projects/:projectId/deployments')
  @Idempotent()
  @CreatesWork()
  @ApiOperation({ summary: 'Serve a model version at an endpoint' })
  @ApiCreatedResponse({ standardSchema: DeploymentResponse })
  @ApiProblems('model-not-found', 'slug-taken', 'deployment-limit')
  async createDeployment(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateDeploymentRequest }) body: CreateDeploymentRequest,
    @EffectId() id: string,
  ): Promise<DeploymentResponse> {
    return this.views.describe(scope, await this.deployments.create(scope, body, id));
  }

  @Get('projects/:projectId/deployments')
  @ApiOperation({ summary: 'List the deployments of a project, newest first' })
  @ApiOkResponse({ standardSchema: DeploymentPage })
  async listDeployments(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<Page<DeploymentResponse>> {
    const page = await this.deployments.list(scope, query);
    return { ...page, items: await Promise.all(page.items.map((item) => this.views.describe(scope, item))) };
  }

  @Get('deployments/:deploymentId')
  @ApiOperation({ summary: 'Get a deployment with its state and figures' })
  @ApiOkResponse({ standardSchema: DeploymentResponse })
  async getDeployment(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ): Promise<DeploymentResponse> {
    return this.views.describe(scope, await this.deployments.require(scope, deploymentId));
  }

  @Patch('deployments/:deploymentId')
  @ApiOperation({ summary: 'Change name, access mode or rate limit' })
  @ApiOkResponse({ standardSchema: DeploymentResponse })
  async updateDeployment(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: UpdateDeploymentRequest }) body: UpdateDeploymentRequest,
  ): Promise<DeploymentResponse> {
    return this.views.describe(scope, await this.deployments.update(scope, deploymentId, body));
  }

  @Delete('deployments/:deploymentId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a deployment, its keys and its log' })
  @ApiNoContentResponse()
  deleteDeployment(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ): Promise<void> {
    return this.deployments.delete(scope, deploymentId);
  }

  @Post('deployments/:deploymentId/start')
  @HttpCode(200)
  @CreatesWork()
  @ApiOperation({ summary: 'Start a stopped or failed deployment' })
  @ApiOkResponse({ standardSchema: DeploymentResponse })
  @ApiProblems('deployment-limit')
  async startDeployment(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ): Promise<DeploymentResponse> {
    return this.views.describe(scope, await this.deployments.start(scope, deploymentId));
  }

  @Post('deployments/:deploymentId/stop')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop a deployment; its endpoint answers 409 until it is started again' })
  @ApiOkResponse({ standardSchema: DeploymentResponse })
  async stopDeployment(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ): Promise<DeploymentResponse> {
    return this.views.describe(scope, await this.deployments.stop(scope, deploymentId));
  }

  @Get('deployments/:deploymentId/schema')
  @ApiOperation({ summary: 'Get the model contract, JSON Schemas, an example and code snippets' })
  @ApiOkResponse({ standardSchema: DeploymentSchemaResponse })
  getDeploymentSchema(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ) {
    return this.views.schema(scope, deploymentId);
  }

  @Get('deployments/:deploymentId/stats')
  @ApiOperation({ summary: 'Get calls, errors and latency by hour, and live' })
  @ApiOkResponse({ standardSchema: DeploymentStatsResponse })
  getDeploymentStats(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: DeploymentStatsQuery }) query: DeploymentStatsQuery,
  ) {
    return this.views.stats(scope, deploymentId, query);
  }
}
