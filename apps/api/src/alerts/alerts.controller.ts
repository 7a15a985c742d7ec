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
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { CurrentScope, CurrentUser } from '../platform/authorization/request-context.js';
import { EffectId } from '../platform/idempotency/effect-id.decorator.js';
import { Idempotent } from '../platform/idempotency/idempotent.decorator.js';
import { PageQuery } from '../platform/paging/page.js';
import { ApiProblems } from '../platform/problems/api-problems.js';
import {
  AlertHistory,
  AlertHistoryQuery,
  AlertPage,
  AlertQuery,
  AlertResponse,
  AlertRuleList,
  AlertRuleResponse,
  CreateAlertRuleRequest,
  MuteAlertRuleRequest,
  UpdateAlertRuleRequest,
} from './alert.dto.js';
import { AlertsService } from './alerts.service.js';

@ApiTags('alerts')
@Controller()
export class AlertsController {
  constructor(private readonly alerts: AlertsService) {}

  @Get('deployments/:deploymentId/alert-rules')
  @ApiProblems('deployment-not-found')
  @ApiOperation({ summary: 'List the alert rules of a deployment, and the kinds that can be made' })
  @ApiOkResponse({ standardSchema: AlertRuleList })
  listAlertRules(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
  ): Promise<AlertRuleList> {
    return this.alerts.listRules(scope, deploymentId);
  }

  @Post('deployments/:deploymentId/alert-rules')
  @Idempotent()
  @ApiProblems('deployment-not-found', 'name-taken', 'conflict')
  @ApiOperation({ summary: 'Create an alert rule; it is looked at every minute' })
  @ApiCreatedResponse({ standardSchema: AlertRuleResponse })
  createAlertRule(
    @CurrentScope() scope: ProjectScope,
    @Param('deploymentId', ParseUUIDPipe) deploymentId: string,
    @Body({ schema: CreateAlertRuleRequest }) body: CreateAlertRuleRequest,
    @EffectId() id: string,
  ): Promise<AlertRuleResponse> {
    return this.alerts.createRule(scope, deploymentId, body, id);
  }

  @Get('alert-rules/:alertRuleId')
  @ApiProblems('alert-not-found')
  @ApiOperation({ summary: 'Read an alert rule with its state' })
  @ApiOkResponse({ standardSchema: AlertRuleResponse })
  getAlertRule(
    @CurrentScope() scope: ProjectScope,
    @Param('alertRuleId', ParseUUIDPipe) alertRuleId: string,
  ): Promise<AlertRuleResponse> {
    return this.alerts.getRule(scope, alertRuleId);
  }

  @Patch('alert-rules/:alertRuleId')
  @ApiProblems('alert-not-found', 'name-taken')
  @ApiOperation({ summary: 'Change an alert rule, or switch it on or off' })
  @ApiOkResponse({ standardSchema: AlertRuleResponse })
  updateAlertRule(
    @CurrentScope() scope: ProjectScope,
    @Param('alertRuleId', ParseUUIDPipe) alertRuleId: string,
    @Body({ schema: UpdateAlertRuleRequest }) body: UpdateAlertRuleRequest,
  ): Promise<AlertRuleResponse> {
    return this.alerts.updateRule(scope, alertRuleId, body);
  }

  @Delete('alert-rules/:alertRuleId')
  @HttpCode(204)
  @ApiProblems('alert-not-found')
  @ApiOperation({ summary: 'Delete an alert rule with its alerts' })
  @ApiNoContentResponse()
  deleteAlertRule(
    @CurrentScope() scope: ProjectScope,
    @Param('alertRuleId', ParseUUIDPipe) alertRuleId: string,
  ): Promise<void> {
    return this.alerts.deleteRule(scope, alertRuleId);
  }

  @Post('alert-rules/:alertRuleId/mute')
  @HttpCode(200)
  @ApiProblems('alert-not-found')
  @ApiOperation({ summary: 'Tell nobody of a rule until a time' })
  @ApiOkResponse({ standardSchema: AlertRuleResponse })
  muteAlertRule(
    @CurrentScope() scope: ProjectScope,
    @Param('alertRuleId', ParseUUIDPipe) alertRuleId: string,
    @Body({ schema: MuteAlertRuleRequest }) body: MuteAlertRuleRequest,
  ): Promise<AlertRuleResponse> {
    return this.alerts.muteRule(scope, alertRuleId, body);
  }

  @Post('alert-rules/:alertRuleId/test')
  @HttpCode(202)
  @ApiProblems('alert-not-found')
  @ApiOperation({ summary: 'Try the channels of a rule: a mail to the caller, a message to the webhooks' })
  @ApiAcceptedResponse({ standardSchema: AlertRuleResponse })
  testAlertRule(
    @CurrentScope() scope: ProjectScope,
    @Param('alertRuleId', ParseUUIDPipe) alertRuleId: string,
  ): Promise<AlertRuleResponse> {
    return this.alerts.testRule(scope, alertRuleId);
  }

  @Get('alert-rules/:alertRuleId/history')
  @ApiProblems('alert-not-found')
  @ApiOperation({ summary: 'Values of a rule over time, and its changes of state' })
  @ApiOkResponse({ standardSchema: AlertHistory })
  getAlertHistory(
    @CurrentScope() scope: ProjectScope,
    @Param('alertRuleId', ParseUUIDPipe) alertRuleId: string,
    @Query({ schema: AlertHistoryQuery }) query: AlertHistoryQuery,
  ): Promise<AlertHistory> {
    return this.alerts.history(scope, alertRuleId, query);
  }

  @Get('projects/:projectId/alerts')
  @ApiOperation({ summary: 'List alerts of a project, newest first' })
  @ApiOkResponse({ standardSchema: AlertPage })
  listAlerts(
    @CurrentScope() scope: ProjectScope,
    @Param('projectId', ParseUUIDPipe) _projectId: string,
    @Query({ schema: AlertQuery }) query: AlertQuery,
  ): Promise<AlertPage> {
    return this.alerts.listAlerts(scope, query);
  }

  @Get('alerts')
  @ApiOperation({ summary: "List what fires in the caller's projects, newest first" })
  @ApiOkResponse({ standardSchema: AlertPage })
  listFiringAlerts(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<AlertPage> {
    return this.alerts.listFiring(user, query);
  }

  @Post('alerts/:alertId/acknowledge')
  @HttpCode(200)
  @ApiProblems('alert-not-found', 'conflict')
  @ApiOperation({ summary: 'Take care of an alert: nobody is told of it again' })
  @ApiOkResponse({ standardSchema: AlertResponse })
  acknowledgeAlert(
    @CurrentScope() scope: ProjectScope,
    @Param('alertId', ParseUUIDPipe) alertId: string,
  ): Promise<AlertResponse> {
    return this.alerts.acknowledge(scope, alertId);
  }
}
