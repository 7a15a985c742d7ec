import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { ModelRegistry } from './registry.service.js';
import {
  AliasChangeQuery,
  ModelAlias,
  ModelAliasChangePage,
  ModelAliasPage,
  ModelPolicyRequest,
  ModelPolicyResponse,
  ModelPromotion,
  PromotionQuery,
  RemoveModelAliasQuery,
  RequiredCheck,
  RollBackModelAliasRequest,
  SetModelAliasRequest,
  WaiveCheckRequest,
} from './registry.dto.js';
import { pageOf } from '../../platform/paging/page.js';

const RequiredCheckPage = pageOf(RequiredCheck, 'RequiredCheckPage');

const IfMatch = (): MethodDecorator =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Revision of the alias that this change is based on; 412 when it has moved since.',
    schema: { type: 'string', maxLength: 200 },
  });

@ApiTags('model registry')
@Controller()
export class RegistryController {
  constructor(private readonly registry: ModelRegistry) {}

  @Get('models/:modelId/aliases')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'List the aliases of a model with the versions they name' })
  @ApiOkResponse({ standardSchema: ModelAliasPage })
  async listModelAliases(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
  ): Promise<ModelAliasPage> {
    return { items: await this.registry.aliases(scope, modelId), nextCursor: null };
  }

  @Put('models/:modelId/aliases/:alias')
  @IfMatch()
  @ApiProblems('model-not-found', 'checks-failed', 'alias-moved', 'version-conflict')
  @ApiOperation({ summary: 'Make an alias name a version; a protected one only when its checks allow' })
  @ApiOkResponse({ standardSchema: ModelAlias })
  async setModelAlias(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
    @Param('alias') alias: string,
    @Body({ schema: SetModelAliasRequest }) body: SetModelAliasRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModelAlias> {
    return tagged(reply, await this.registry.setAlias(scope, modelId, alias, body, ifMatch));
  }

  @Delete('models/:modelId/aliases/:alias')
  @HttpCode(204)
  @IfMatch()
  @ApiProblems('model-not-found', 'not-found', 'alias-moved', 'version-conflict')
  @ApiOperation({ summary: 'Remove an alias; its history stays' })
  @ApiNoContentResponse()
  removeModelAlias(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
    @Param('alias') alias: string,
    @Query({ schema: RemoveModelAliasQuery }) query: RemoveModelAliasQuery,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.registry.removeAlias(scope, modelId, alias, query, ifMatch);
  }

  @Post('models/:modelId/aliases/:alias/rollback')
  @HttpCode(200)
  @IfMatch()
  @ApiProblems('model-not-found', 'conflict', 'checks-failed', 'alias-moved', 'version-conflict')
  @ApiOperation({ summary: 'Move an alias back to the version it named before' })
  @ApiOkResponse({ standardSchema: ModelAlias })
  async rollBackModelAlias(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
    @Param('alias') alias: string,
    @Body({ schema: RollBackModelAliasRequest }) body: RollBackModelAliasRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModelAlias> {
    return tagged(reply, await this.registry.rollBack(scope, modelId, alias, body, ifMatch));
  }

  @Get('models/:modelId/alias-history')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'List every change of the aliases of a model, newest first' })
  @ApiOkResponse({ standardSchema: ModelAliasChangePage })
  listModelAliasChanges(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
    @Query({ schema: AliasChangeQuery }) query: AliasChangeQuery,
  ): Promise<ModelAliasChangePage> {
    return this.registry.history(scope, modelId, query);
  }

  @Get('model-versions/:modelVersionId/promotion')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Compare a version with the one an alias names, and say whether it may move' })
  @ApiOkResponse({ standardSchema: ModelPromotion })
  previewModelPromotion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Query({ schema: PromotionQuery }) query: PromotionQuery,
  ): Promise<ModelPromotion> {
    return this.registry.promotion(scope, modelVersionId, query.alias);
  }

  @Post('model-versions/:modelVersionId/waivers')
  @ApiProblems('model-not-found', 'conflict')
  @ApiOperation({ summary: 'Let a failing check of a version pass, with a reason that stays' })
  @ApiCreatedResponse({ standardSchema: RequiredCheckPage })
  async waiveModelCheck(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Body({ schema: WaiveCheckRequest }) body: WaiveCheckRequest,
  ): Promise<{ items: RequiredCheck[]; nextCursor: null }> {
    return { items: await this.registry.waive(scope, modelVersionId, body), nextCursor: null };
  }

  @Delete('model-versions/:modelVersionId/waivers/:check')
  @HttpCode(204)
  @ApiProblems('model-not-found', 'not-found')
  @ApiOperation({ summary: 'Withdraw a waiver; that it was given stays on record' })
  @ApiNoContentResponse()
  withdrawModelWaiver(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Param('check') check: string,
  ): Promise<void> {
    return this.registry.withdraw(scope, modelVersionId, check);
  }

  @Get('projects/:projectId/model-policy')
  @ApiOperation({ summary: 'What a project asks of a version before a protected alias may name it' })
  @ApiOkResponse({ standardSchema: ModelPolicyResponse })
  getProjectModelPolicy(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
  ): Promise<ModelPolicyResponse> {
    return this.registry.projectPolicy(scope);
  }

  @Put('projects/:projectId/model-policy')
  @ApiOperation({ summary: 'Set the policy of a project' })
  @ApiOkResponse({ standardSchema: ModelPolicyResponse })
  setProjectModelPolicy(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: ModelPolicyRequest }) body: ModelPolicyRequest,
  ): Promise<ModelPolicyResponse> {
    return this.registry.setProjectPolicy(scope, body);
  }

  @Get('models/:modelId/policy')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'The policy in force for a model, and where it comes from' })
  @ApiOkResponse({ standardSchema: ModelPolicyResponse })
  getModelPolicy(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
  ): Promise<ModelPolicyResponse> {
    return this.registry.modelPolicy(scope, modelId);
  }

  @Put('models/:modelId/policy')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Give a model a policy of its own' })
  @ApiOkResponse({ standardSchema: ModelPolicyResponse })
  setModelPolicy(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
    @Body({ schema: ModelPolicyRequest }) body: ModelPolicyRequest,
  ): Promise<ModelPolicyResponse> {
    return this.registry.setModelPolicy(scope, modelId, body);
  }

  @Delete('models/:modelId/policy')
  @HttpCode(204)
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Go back to the policy of the project' })
  @ApiNoContentResponse()
  resetModelPolicy(
    @CurrentScope() scope: ProjectScope,
    @Param('modelId', ParseUUIDPipe) modelId: string,
  ): Promise<void> {
    return this.registry.resetModelPolicy(scope, modelId);
  }
}

function tagged(reply: FastifyReply, alias: ModelAlias): ModelAlias {
  reply.header('ETag', `"${alias.revision}"`);
  return alias;
}
