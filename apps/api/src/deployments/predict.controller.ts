import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../platform/authorization/request-context.js';
import type { Principal } from '../platform/authorization/principal.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import { explainRequestSchema, predictRequestSchema, PredictResponse } from './prediction.dto.js';
import { HttpPredictions } from './predict/http-predictions.js';
import type { PredictReply } from './predict/predict.service.js';
import { readExplain } from './predict/question.js';

const PROBLEMS = [
  'invalid-request',
  'key-invalid',
  'invalid-prediction-input',
  'rate-limited',
  'deployment-not-ready',
  'deployment-unavailable',
  'prediction-failed',
  'prediction-timeout',
] as const;

@ApiTags('predictions')
@Controller('deployments/:deploymentId')
export class PredictController {
  constructor(private readonly predictions: HttpPredictions) {}

  @Post('predict')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Predict rows, by a key of the deployment, as a member, or openly, as the deployment allows',
  })
  @ApiBody({ schema: predictRequestSchema() })
  @ApiOkResponse({ standardSchema: PredictResponse })
  @ApiProblems(...PROBLEMS)
  async predict(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PredictReply> {
    return (await this.predictions.answer({ request, reply, principal, idOrSlug, body })).reply;
  }

  @Post('explain')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Predict up to 100 rows and say how much each column contributed',
  })
  @ApiBody({ schema: explainRequestSchema() })
  @ApiOkResponse({ standardSchema: PredictResponse })
  @ApiProblems(...PROBLEMS)
  async explainPrediction(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PredictReply> {
    const call = { request, reply, principal, idOrSlug, body, read: readExplain };
    return (await this.predictions.answer(call)).reply;
  }
}
