import { Controller, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { CurrentScope } from '../../platform/authorization/request-context.js';
import { EffectId } from '../../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { PageQuery } from '../../platform/paging/page.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { CreatesWork } from '../../platform/system/creates-work.decorator.js';
import { ModelReproduction, ModelReproductionPage, SealedManifest } from './reproduction.dto.js';
import { Reproductions } from './reproductions.service.js';

@ApiTags('model registry')
@Controller('model-versions/:modelVersionId')
export class ReproductionController {
  constructor(private readonly reproductions: Reproductions) {}

  @Get('manifest')
  @ApiProblems('model-not-found', 'conflict')
  @ApiOperation({ summary: 'Everything that a version was made of, as sealed when its run began' })
  @ApiOkResponse({ standardSchema: SealedManifest })
  getModelVersionManifest(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<SealedManifest> {
    return this.reproductions.manifest(scope, modelVersionId);
  }

  @Post('reproduce')
  @CreatesWork()
  @Idempotent()
  @ApiProblems(
    'model-not-found',
    'conflict',
    'reproduction-running',
    'queue-full',
    'installation-frozen',
    'rate-limited',
  )
  @ApiOperation({ summary: 'Train a version again from its sealed manifest and compare what comes out' })
  @ApiCreatedResponse({ standardSchema: ModelReproduction })
  reproduceModelVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @EffectId() id: string,
  ): Promise<ModelReproduction> {
    return this.reproductions.start(scope, modelVersionId, id);
  }

  @Get('reproductions')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'List how often a version was trained again and what came of it, newest first' })
  @ApiOkResponse({ standardSchema: ModelReproductionPage })
  listModelReproductions(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<ModelReproductionPage> {
    return this.reproductions.list(scope, modelVersionId, query);
  }
}
