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
import type { UserPrincipal } from '../platform/authorization/principal.js';
import { CurrentUser } from '../platform/authorization/request-context.js';
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

/** Webhooks of the whole installation, for its administrators. */
@ApiTags('webhooks')
@Controller()
export class InstallationWebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get('installation/webhooks')
  @ApiOperation({ summary: 'List webhooks of the installation, newest first' })
  @ApiOkResponse({ standardSchema: WebhookPage })
  listInstallationWebhooks(@Query({ schema: PageQuery }) query: PageQuery): Promise<WebhookPage> {
    return this.webhooks.list('installation', query);
  }

  @Post('installation/webhooks')
  @Idempotent('secret')
  @ApiProblems('conflict')
  @ApiOperation({ summary: 'Create a webhook of the installation; its secret is shown in this answer only' })
  @ApiCreatedResponse({ standardSchema: WebhookWithSecret })
  createInstallationWebhook(
    @CurrentUser() user: UserPrincipal,
    @Body({ schema: CreateWebhookRequest }) body: CreateWebhookRequest,
    @EffectId() id: string,
    @EffectSeed() seed: string | undefined,
  ): Promise<WebhookWithSecret> {
    return this.webhooks.create('installation', user.userId, body, { id, seed });
  }

  @Get('installation/webhooks/:webhookId')
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Read a webhook of the installation' })
  @ApiOkResponse({ standardSchema: WebhookResponse })
  getInstallationWebhook(@Param('webhookId', ParseUUIDPipe) webhookId: string): Promise<WebhookResponse> {
    return this.webhooks.get('installation', webhookId);
  }

  @Patch('installation/webhooks/:webhookId')
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Change a webhook of the installation, or switch it on or off' })
  @ApiOkResponse({ standardSchema: WebhookResponse })
  updateInstallationWebhook(
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Body({ schema: UpdateWebhookRequest }) body: UpdateWebhookRequest,
  ): Promise<WebhookResponse> {
    return this.webhooks.update('installation', webhookId, body);
  }

  @Delete('installation/webhooks/:webhookId')
  @HttpCode(204)
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Delete a webhook of the installation with its delivery log' })
  @ApiNoContentResponse()
  deleteInstallationWebhook(@Param('webhookId', ParseUUIDPipe) webhookId: string): Promise<void> {
    return this.webhooks.delete('installation', webhookId);
  }

  @Post('installation/webhooks/:webhookId/rotate')
  @HttpCode(200)
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Make a new secret; the old one is good for a while longer' })
  @ApiOkResponse({ standardSchema: WebhookWithSecret })
  rotateInstallationWebhookSecret(
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Body({ schema: RotateWebhookSecretRequest }) body: RotateWebhookSecretRequest,
  ): Promise<WebhookWithSecret> {
    return this.webhooks.rotate('installation', webhookId, body);
  }

  @Post('installation/webhooks/:webhookId/test')
  @HttpCode(202)
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'Send a test message; the delivery log shows what becomes of it' })
  @ApiAcceptedResponse({ standardSchema: WebhookDeliveryResponse })
  testInstallationWebhook(
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
  ): Promise<WebhookDeliveryResponse> {
    return this.webhooks.test('installation', webhookId);
  }

  @Get('installation/webhooks/:webhookId/deliveries')
  @ApiProblems('webhook-not-found')
  @ApiOperation({ summary: 'List deliveries, newest first' })
  @ApiOkResponse({ standardSchema: WebhookDeliveryPage })
  listInstallationWebhookDeliveries(
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Query({ schema: WebhookDeliveryQuery }) query: WebhookDeliveryQuery,
  ): Promise<WebhookDeliveryPage> {
    return this.webhooks.listDeliveries('installation', webhookId, query);
  }

  @Get('installation/webhooks/:webhookId/deliveries/:deliveryId')
  @ApiProblems('webhook-not-found', 'not-found')
  @ApiOperation({ summary: 'Read a delivery with its payload and the last answer' })
  @ApiOkResponse({ standardSchema: WebhookDeliveryResponse })
  getInstallationWebhookDelivery(
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Param('deliveryId', ParseUUIDPipe) deliveryId: string,
  ): Promise<WebhookDeliveryResponse> {
    return this.webhooks.getDelivery('installation', webhookId, deliveryId);
  }

  @Post('installation/webhooks/:webhookId/deliveries/:deliveryId/redeliver')
  @HttpCode(202)
  @ApiProblems('webhook-not-found', 'not-found', 'conflict')
  @ApiOperation({ summary: 'Send the same message again' })
  @ApiAcceptedResponse({ standardSchema: WebhookDeliveryResponse })
  redeliverInstallationWebhook(
    @Param('webhookId', ParseUUIDPipe) webhookId: string,
    @Param('deliveryId', ParseUUIDPipe) deliveryId: string,
  ): Promise<WebhookDeliveryResponse> {
    return this.webhooks.redeliver('installation', webhookId, deliveryId);
  }
}
