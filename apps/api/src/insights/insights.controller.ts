import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope } from '../platform/authorization/request-context.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { CreatesWork } from '../platform/system/creates-work.decorator.js';
import {
  AnalysisListQuery,
  AnalysisPage,
  AnalysisResponse,
  CompiledFormResponse,
  ModelPredictionResponse,
  PredictWithModelRequest,
  RequestAnalysisRequest,
} from './analysis.dto.js';
import { InsightsService } from './insights.service.js';
import { Translations } from './translations.service.js';
import { ModelPredictions } from './sessions/model-predictions.service.js';

@ApiTags('insights')
@Controller()
export class InsightsController {
  constructor(
    private readonly insights: InsightsService,
    private readonly predictions: ModelPredictions,
    private readonly translations: Translations,
  ) {}

  @Post('model-versions/:modelVersionId/analyses')
  @HttpCode(200)
  @CreatesWork()
  @Idempotent()
  @ApiProblems('model-not-found', 'analysis-not-applicable', 'installation-frozen')
  @ApiOperation({ summary: 'Ask for an analysis of a model version, or get the one there is' })
  @ApiOkResponse({ standardSchema: AnalysisResponse })
  requestAnalysis(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Body({ schema: RequestAnalysisRequest }) body: RequestAnalysisRequest,
    @EffectId() id: string,
  ): Promise<AnalysisResponse> {
    return this.insights.requestAnalysis(scope, modelVersionId, body, id);
  }

  @Get('model-versions/:modelVersionId/analyses')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'List the analyses of a model version, and what can be asked' })
  @ApiOkResponse({ standardSchema: AnalysisPage })
  listAnalyses(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Query({ schema: AnalysisListQuery }) query: AnalysisListQuery,
  ): Promise<AnalysisPage> {
    return this.insights.listAnalyses(scope, modelVersionId, query);
  }

  @Get('analyses/:analysisId')
  @ApiProblems('analysis-not-found')
  @ApiOperation({ summary: 'Get an analysis with its result' })
  @ApiOkResponse({ standardSchema: AnalysisResponse })
  getAnalysis(
    @CurrentScope() scope: ProjectScope,
    @Param('analysisId', ParseUUIDPipe) analysisId: string,
  ): Promise<AnalysisResponse> {
    return this.insights.getAnalysis(scope, analysisId);
  }

  @Post('analyses/:analysisId/cancel')
  @HttpCode(200)
  @ApiProblems('analysis-not-found')
  @ApiOperation({ summary: 'End an analysis that waits or runs' })
  @ApiOkResponse({ standardSchema: AnalysisResponse })
  cancelAnalysis(
    @CurrentScope() scope: ProjectScope,
    @Param('analysisId', ParseUUIDPipe) analysisId: string,
  ): Promise<AnalysisResponse> {
    return this.insights.cancelAnalysis(scope, analysisId);
  }

  @Get('model-versions/:modelVersionId/compiled-form')
  @ApiProblems('model-not-found')
  @ApiOperation({ summary: 'Whether a model version has a compiled form, and if not, why' })
  @ApiOkResponse({ standardSchema: CompiledFormResponse })
  getCompiledForm(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
  ): Promise<CompiledFormResponse> {
    return this.translations.describe(scope, modelVersionId);
  }

  @Post('model-versions/:modelVersionId/compiled-form')
  @HttpCode(200)
  @CreatesWork()
  @Idempotent()
  @ApiProblems('model-not-found', 'analysis-not-applicable', 'installation-frozen')
  @ApiOperation({ summary: 'Translate a model version into its compiled form; cancel it as an analysis' })
  @ApiOkResponse({ standardSchema: CompiledFormResponse })
  translateModelVersion(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @EffectId() id: string,
  ): Promise<CompiledFormResponse> {
    return this.translations.request(scope, modelVersionId, id);
  }

  @Post('model-versions/:modelVersionId/predictions')
  @HttpCode(200)
  @ApiProblems(
    'model-not-found',
    'invalid-prediction-input',
    'prediction-failed',
    'prediction-timeout',
    'model-session-unavailable',
    'installation-frozen',
    'overloaded',
  )
  @ApiOperation({ summary: 'Predict rows with a model version that need not be deployed, and explain them' })
  @ApiOkResponse({ standardSchema: ModelPredictionResponse })
  predictWithModel(
    @CurrentScope() scope: ProjectScope,
    @Param('modelVersionId', ParseUUIDPipe) modelVersionId: string,
    @Body({ schema: PredictWithModelRequest }) body: PredictWithModelRequest,
  ): Promise<ModelPredictionResponse> {
    return this.predictions.predictWithModel(scope, modelVersionId, body);
  }
}
