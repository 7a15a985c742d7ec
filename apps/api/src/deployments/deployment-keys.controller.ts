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
import { EffectId, EffectSeed } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { PageQuery } from '../platform/paging/page.js';
import {
  CreateDeploymentKeyRequest,
  CreatedDeploymentKeyResponse,
  DeploymentKeyPage,
  DeploymentKeyResponse,
  RotateDeploymentKeyRequest,
  UpdateDeploymentKeyRequest,
} from './deployment-key.dto.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { DeploymentKeysService } from './deployment-keys.service.js';

@ApiTags('deployments')
@Controller('deployments/:deploymentId/keys')
export class DeploymentKeysController {
  constructor(private readonly keys: DeploymentKeysService) {}

  @Get()
  @ApiOperation({ summary: 'List the keys of a deployment, newest first' })
  @ApiOkResponse({ standardSchema: DeploymentKeyPage })
  listDeploymentKeys(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ) {
    return this.keys.list(scope, deploymentId, query);
  }

  @Post()
  @Idempotent('secret')
  @ApiOperation({ summary: 'Create a key; it is shown in this answer only' })
  @ApiCreatedResponse({ standardSchema: CreatedDeploymentKeyResponse })
  createDeploymentKey(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: CreateDeploymentKeyRequest }) body: CreateDeploymentKeyRequest,
    @EffectId() id: string,
    @EffectSeed() seed: string | undefined,
  ) {
    return this.keys.create(scope, deploymentId, body, { id, seed });
  }

  @Patch(':keyId')
  @ApiOperation({ summary: 'Change the name, limits and addresses of a key' })
  @ApiOkResponse({ standardSchema: DeploymentKeyResponse })
  updateDeploymentKey(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('keyId', ParseUUIDPipe) keyId: string,
    @Body({ schema: UpdateDeploymentKeyRequest }) body: UpdateDeploymentKeyRequest,
  ): Promise<DeploymentKeyResponse> {
    return this.keys.update(scope, deploymentId, keyId, body);
  }

  @Post(':keyId/rotate')
  @Idempotent('secret')
  @ApiOperation({ summary: 'Make a new key in the place of one, which goes on working for a while' })
  @ApiCreatedResponse({ standardSchema: CreatedDeploymentKeyResponse })
  @ApiProblems('conflict')
  rotateDeploymentKey(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('keyId', ParseUUIDPipe) keyId: string,
    @Body({ schema: RotateDeploymentKeyRequest }) body: RotateDeploymentKeyRequest,
    @EffectId() id: string,
    @EffectSeed() seed: string | undefined,
  ) {
    return this.keys.rotate(scope, deploymentId, keyId, body, { id, seed });
  }

  @Delete(':keyId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key at once' })
  @ApiNoContentResponse()
  revokeDeploymentKey(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Param('keyId', ParseUUIDPipe) keyId: string,
  ): Promise<void> {
    return this.keys.revoke(scope, deploymentId, keyId);
  }
}
