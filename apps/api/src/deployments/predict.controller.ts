import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../platform/authorization/request-context.js';
import type { Principal } from '../platform/authorization/principal.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import '../platform/http/http-app.js';
import { CALL_ID_HEADER } from './predict/call-id.js';
import { SPLIT_HEADER } from './predict/choose-target.js';
import { predictRequestSchema, PredictResponse } from './prediction.dto.js';
import { allowanceHeaders, PredictService, type PredictReply } from './predict/predict.service.js';

@ApiTags('predictions')
@Controller('deployments/:deploymentId/predict')
export class PredictController {
  constructor(private readonly predictions: PredictService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Predict rows, by a key of the deployment, as a member, or openly, as the deployment allows',
  })
  @ApiBody({ schema: predictRequestSchema() })
  @ApiOkResponse({ standardSchema: PredictResponse })
  @ApiProblems(
    'invalid-prediction-input',
    'rate-limited',
    'deployment-not-ready',
    'deployment-unavailable',
    'prediction-failed',
    'prediction-timeout',
  )
  async predict(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PredictReply> {
    // Fastify's own clock starts when the request line was read; M11 counts from there to the last byte.
    const arrivedAt = performance.now() - reply.elapsedTime;
    const { clientAddress } = request;
    const callId = headerOf(request, CALL_ID_HEADER);
    const splitKey = headerOf(request, SPLIT_HEADER);
    const outcome = await this.predictions.predict({
      idOrSlug,
      principal,
      body,
      clientAddress,
      arrivedAt,
      ...(callId === undefined ? {} : { callId }),
      ...(splitKey === undefined ? {} : { splitKey }),
    });
    reply.raw.once('finish', () => (outcome.entry.latencyMs = performance.now() - arrivedAt));
    void reply.headers(allowanceHeaders(outcome.allowance));
    return outcome.reply;
  }
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
