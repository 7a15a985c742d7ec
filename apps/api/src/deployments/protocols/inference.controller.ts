import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../../platform/authorization/request-context.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { VERSION } from '../../platform/version.js';
import type { Endpoint, ServingTarget } from '../predict/endpoint.js';
import { HttpPredictions } from '../predict/http-predictions.js';
import {
  inferenceRequestSchema,
  InferenceLive,
  InferenceModel,
  InferenceModelReady,
  InferenceReady,
  InferenceResponse,
  InferenceServer,
} from './inference.dto.js';
import { describeModel, inferenceReply, outputNames } from './inference-reply.js';
import { readInference, type InferenceQuestion } from './inference-tensors.js';
import { isReady, ServedEndpoints, versionOf } from './served-endpoints.js';

/** Open Inference Protocol v2: every endpoint is a model of one server. Outside `/api`, where its clients look. */
@ApiTags('open-inference')
@Controller('v2')
export class InferenceController {
  constructor(
    private readonly predictions: HttpPredictions,
    private readonly endpoints: ServedEndpoints,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Name and version of the server' })
  @ApiOkResponse({ standardSchema: InferenceServer })
  inferenceServer(): InferenceServer {
    return { name: 'modelwright', version: VERSION, extensions: [] };
  }

  @Get('health/live')
  @ApiOperation({ summary: 'Whether the server runs' })
  @ApiOkResponse({ standardSchema: InferenceLive })
  inferenceLive(): InferenceLive {
    return { live: true };
  }

  @Get('health/ready')
  @ApiOperation({ summary: 'Whether the server takes requests; each model has a state of its own' })
  @ApiOkResponse({ standardSchema: InferenceReady })
  inferenceReady(): InferenceReady {
    return { ready: true };
  }

  @Get('models/:deploymentId')
  @ApiOperation({ summary: 'Inputs and outputs of a model' })
  @ApiOkResponse({ standardSchema: InferenceModel })
  inferenceModel(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Req() request: FastifyRequest,
  ): Promise<InferenceModel> {
    return this.describe(request, principal, idOrSlug, undefined);
  }

  @Get('models/:deploymentId/versions/:number')
  @ApiOperation({ summary: 'Inputs and outputs of a version of a model' })
  @ApiOkResponse({ standardSchema: InferenceModel })
  inferenceModelVersion(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Param('number') version: string,
    @Req() request: FastifyRequest,
  ): Promise<InferenceModel> {
    return this.describe(request, principal, idOrSlug, version);
  }

  @Get('models/:deploymentId/ready')
  @ApiOperation({ summary: 'Whether a model answers' })
  @ApiOkResponse({ standardSchema: InferenceModelReady })
  inferenceModelReady(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InferenceModelReady> {
    return this.readiness(request, reply, principal, idOrSlug, undefined);
  }

  @Get('models/:deploymentId/versions/:number/ready')
  @ApiOperation({ summary: 'Whether a version of a model answers' })
  @ApiOkResponse({ standardSchema: InferenceModelReady })
  inferenceModelVersionReady(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Param('number') version: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InferenceModelReady> {
    return this.readiness(request, reply, principal, idOrSlug, version);
  }

  @Post('models/:deploymentId/infer')
  @HttpCode(200)
  @ApiOperation({ summary: 'Predict rows that come as tensors' })
  @ApiBody({ schema: inferenceRequestSchema() })
  @ApiOkResponse({ standardSchema: InferenceResponse })
  infer(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InferenceResponse> {
    return this.answer(request, reply, principal, idOrSlug, undefined, body);
  }

  @Post('models/:deploymentId/versions/:number/infer')
  @HttpCode(200)
  @ApiOperation({ summary: 'Predict rows that come as tensors, by a version of a model' })
  @ApiBody({ schema: inferenceRequestSchema() })
  @ApiOkResponse({ standardSchema: InferenceResponse })
  inferByVersion(
    @CurrentPrincipal() principal: Principal,
    @Param('deploymentId') idOrSlug: string,
    @Param('number') version: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InferenceResponse> {
    return this.answer(request, reply, principal, idOrSlug, version, body);
  }

  private async find(
    { clientAddress }: FastifyRequest,
    principal: Principal,
    idOrSlug: string,
    version: string | undefined,
  ): Promise<{ readonly endpoint: Endpoint; readonly target: ServingTarget }> {
    const endpoint = await this.endpoints.find({ principal, idOrSlug, clientAddress });
    return { endpoint, target: versionOf(endpoint, version) };
  }

  private async describe(
    request: FastifyRequest,
    principal: Principal,
    idOrSlug: string,
    version: string | undefined,
  ): Promise<InferenceModel> {
    const { endpoint, target } = await this.find(request, principal, idOrSlug, version);
    return describeModel(endpoint, target);
  }

  private async readiness(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    idOrSlug: string,
    version: string | undefined,
  ): Promise<InferenceModelReady> {
    const { endpoint, target } = await this.find(request, principal, idOrSlug, version);
    const ready = isReady(endpoint, target);
    if (!ready) void reply.status(503).header('Retry-After', '2');
    return { name: endpoint.slug, ready };
  }

  private async answer(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    idOrSlug: string,
    version: string | undefined,
    body: unknown,
  ): Promise<InferenceResponse> {
    let question: InferenceQuestion | undefined;
    const outcome = await this.predictions.answer({
      request,
      reply,
      principal,
      idOrSlug,
      body,
      ...(version === undefined ? {} : { version }),
      read: (sent, target) => {
        question = readInference(sent, target.contract, outputNames(target));
        return { body: { rows: question.rows } };
      },
    });
    return inferenceReply(question ?? EVERYTHING, outcome.target, outcome.reply);
  }
}

const EVERYTHING: InferenceQuestion = { rows: [], id: undefined, wanted: undefined };
