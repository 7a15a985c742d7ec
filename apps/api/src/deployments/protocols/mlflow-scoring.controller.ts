import { Body, Controller, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../../platform/authorization/request-context.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { ApiProblems } from '../../platform/problems/api-problems.js';
import { VERSION } from '../../platform/version.js';
import { HttpPredictions } from '../predict/http-predictions.js';
import { notesOf } from './inference-reply.js';
import { mlflowRequestSchema, MlflowScoringResponse } from './mlflow-scoring.dto.js';
import { mlflowPredictions, readMlflow, type MlflowQuestion } from './mlflow-scoring.js';
import { isReady, ServedEndpoints } from './served-endpoints.js';

const TEXT = 'text/plain; charset=utf-8';
const MAX_NOTES_CHARACTERS = 2_000;

/** An endpoint as clients of MLflow's scoring server know one; its base address is `/api/deployments/:idOrSlug`. */
@ApiTags('predictions')
@Controller('deployments/:deploymentId')
export class MlflowScoringController {
  constructor(
    private readonly predictions: HttpPredictions,
    private readonly endpoints: ServedEndpoints,
  ) {}

  @Post('invocations')
  @HttpCode(200)
  @ApiOperation({ summary: 'Predict as a scoring server of MLflow does' })
  @ApiConsumes('application/json', 'text/csv')
  @ApiBody({ schema: mlflowRequestSchema() })
  @ApiOkResponse({ standardSchema: MlflowScoringResponse })
  @ApiProblems('invalid-prediction-input', 'rate-limited', 'deployment-not-ready', 'deployment-unavailable')
  async mlflowInvocations(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MlflowScoringResponse> {
    let question: MlflowQuestion | undefined;
    const outcome = await this.predictions.answer({
      request,
      reply,
      principal,
      idOrSlug,
      body,
      read: (sent, { contract }) => {
        question = readMlflow(sent, contract);
        return { body: { rows: question.rows } };
      },
    });
    const { predictions, request_id: requestId } = outcome.reply;
    const notes = notesOf(predictions);
    void reply.header('X-Prediction-Id', requestId);
    if (notes !== '') void reply.header('X-Prediction-Notes', headerText(notes));
    return { predictions: mlflowPredictions(predictions, question?.wantsProbabilities ?? false) };
  }

  @Get('ping')
  @Header('Content-Type', TEXT)
  @ApiOperation({ summary: 'Whether the endpoint answers, as SageMaker and MLflow ask' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  mlflowPing(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.health(request, reply, principal, idOrSlug);
  }

  @Get('health')
  @Header('Content-Type', TEXT)
  @ApiOperation({ summary: 'Whether the endpoint answers, as MLflow asks' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  mlflowHealth(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.health(request, reply, principal, idOrSlug);
  }

  @Get('version')
  @Header('Content-Type', TEXT)
  @ApiOperation({ summary: 'Version of the server, as MLflow asks' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  async mlflowVersion(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Req() request: FastifyRequest,
  ): Promise<string> {
    await this.endpoints.find({ principal, idOrSlug, clientAddress: request.clientAddress });
    return VERSION;
  }

  /** A line break either way: those who ask look at the status only. */
  private async health(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    idOrSlug: string,
  ): Promise<string> {
    const look = { principal, idOrSlug, clientAddress: request.clientAddress };
    if (!isReady(await this.endpoints.find(look))) void reply.status(503).header('Retry-After', '2');
    return '\n';
  }
}

/** The answer of this protocol has no room for remarks, so they are in a header: in ASCII, and not endless. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAX_NOTES_CHARACTERS);
}
