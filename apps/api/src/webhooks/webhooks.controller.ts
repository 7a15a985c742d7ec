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
  ApiAcceptedResponse,
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
import { ApiProblems } from '../platform/problems/api-problems.js';
import {
  CreateWebhookRequest,
  RotateWebhookSecretRequest,
  UpdateWebhookRequest,
  WebhookDeliveryPage,
  WebhookDeliveryQuery,
  WebhookDeliveryResponse,
  WebhookPage,
  WebhookResponse,
  WebhookWithSecret,
} from './webhook.dto.js';
import { WebhooksService } from './webhooks.service.js';

/** Webhooks of one project. */
@ApiTags('webhooks')
@Controller()
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get('projects/:projectId/webhooks')
  @ApiOperation({ summary: 'List webhooks of a project, newest first' })
  @ApiOkResponse({ standardSchema: WebhookPage })
  listWebhooks(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<WebhookPage> {
    return this.webhooks.list(scope, query);
  }

  @Post('projects/:projectId/webhooks')
  @Idempotent('secret')
  @ApiProblems('conflict')
  @ApiOperation({ summary: 'Create a webhook of a project; its secret is shown in this answer only' })
  @ApiCreatedResponse({ standardSchema: WebhookWithSecret })
  createWebhook(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Body({ schema: CreateWebhookRequest }) body: CreateWebhookRequest,
    @EffectId() id: string,
    @EffectSeed() seed: string | undefined,
  ): Promise<WebhookWithSecret> {
    return this.webhooks.create(scope, scope.userId, body, { id, seed });
  }

  @Get('webhooks/:webhookId')
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Read a webhook of a project' })
  @ApiOkResponse({ standardSchema: WebhookResponse })
  getWebhook(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
  ): Promise<WebhookResponse> {
    return this.webhooks.get(scope, webhookId);
  }

  @Patch('webhooks/:webhookId')
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Change a webhook of a project, or switch it on or off' })
  @ApiOkResponse({ standardSchema: WebhookResponse })
  updateWebhook(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Body({ schema: UpdateWebhookRequest }) body: UpdateWebhookRequest,
  ): Promise<WebhookResponse> {
    return this.webhooks.update(scope, webhookId, body);
  }

  @Delete('webhooks/:webhookId')
  @HttpCode(204)
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Delete a webhook of a project with its delivery log' })
  @ApiNoContentResponse()
  deleteWebhook(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
  ): Promise<void> {
    return this.webhooks.delete(scope, webhookId);
  }

  @Post('webhooks/:webhookId/rotate')
  @HttpCode(200)
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Make a new secret; the old one is good for a while longer' })
  @ApiOkResponse({ standardSchema: WebhookWithSecret })
  rotateWebhookSecret(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Body({ schema: RotateWebhookSecretRequest }) body: RotateWebhookSecretRequest,
  ): Promise<WebhookWithSecret> {
    return this.webhooks.rotate(scope, webhookId, body);
  }

  @Post('webhooks/:webhookId/test')
  @HttpCode(202)
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Send a test message; the delivery log shows what becomes of it' })
  @ApiAcceptedResponse({ standardSchema: WebhookDeliveryResponse })
  testWebhook(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
  ): Promise<WebhookDeliveryResponse> {
    return this.webhooks.test(scope, webhookId);
  }

  @Get('webhooks/:webhookId/deliveries')
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'List deliveries, newest first' })
  @ApiOkResponse({ standardSchema: WebhookDeliveryPage })
  listWebhookDeliveries(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Query({ schema: WebhookDeliveryQuery }) query: WebhookDeliveryQuery,
  ): Promise<WebhookDeliveryPage> {
    return this.webhooks.listDeliveries(scope, webhookId, query);
  }

  @Get('webhooks/:webhookId/deliveries/:deliveryId')
  @ApiProblems('webhook-not-found', 'not-found')
  @ApiOperation({ summary: 'Read a delivery with its payload and the last answer' })
  @ApiOkResponse({ standardSchema: WebhookDeliveryResponse })
  getWebhookDelivery(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Param('deliveryId', ParseUUIDPipe) deliveryId: string,
  ): Promise<WebhookDeliveryResponse> {
    return this.webhooks.getDelivery(scope, webhookId, deliveryId);
  }

  @Post('webhooks/:webhookId/deliveries/:deliveryId/redeliver')
  @HttpCode(202)
  @ApiProblems('webhook-not-found', 'not-found', 'conflict')
  @ApiOperation({ summary: 'Send the same message again' })
  @ApiAcceptedResponse({ standardSchema: WebhookDeliveryResponse })
  redeliverWebhook(
    @CurrentScope() scope: ProjectScope,
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Param('deliveryId', ParseUUIDPipe) deliveryId: string,
  ): Promise<WebhookDeliveryResponse> {
    return this.webhooks.redeliver(scope, webhookId, deliveryId);
  }
}
