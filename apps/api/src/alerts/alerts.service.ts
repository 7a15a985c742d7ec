import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { DeploymentsService } from '../deployments/deployments.service.js';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { decodeIdCursor, toPage, type PageQuery } from '../platform/paging/page.js';
import { People } from '../platform/people/people.js';
import { Problem } from '../platform/problems/problem.js';
import { ProjectsService } from '../projects/projects.service.js';
import { ALERT_KIND_FACTS, type AlertKind } from './alert-kinds.js';
import { AlertMessages } from './alert-messages.js';
import { AlertSignals } from './alert-signals.js';
import { sentenceOf } from './alert-words.js';
import type {
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
import { AlertsRepository, type AlertRow, type RuleRow } from './alerts.repository.js';

const MAX_RULES = 20;
const MAX_POINTS = 720;
const HOUR_MS = 3_600_000;
const MAX_MUTE_MS = 30 * 24 * HOUR_MS;

/** Rules and alerts as people see them. */
@Injectable()
export class AlertsService {
  constructor(
    private readonly alerts: AlertsRepository,
    private readonly signals: AlertSignals,
    private readonly messages: AlertMessages,
    private readonly deployments: DeploymentsService,
    private readonly projects: ProjectsService,
    private readonly people: People,
    private readonly events: DomainEvents,
    private readonly dataSource: DataSource,
  ) {}

  async listRules(scope: Scope, deploymentId: string): Promise<AlertRuleList> {
    await this.deployments.require(scope, deploymentId);
    const rows = await this.alerts.rulesOf(scope, deploymentId);
    const names = await this.people.displayNames(rows.map((row) => row.createdBy));
    const items = rows.map((row) => toRule(row, names));
    const audience = await this.messages.audienceOf(scope.projectId);
    return { items, nextCursor: null, kinds: this.signals.kinds.map(toOffer), audience };
  }

  async getRule(scope: Scope, id: string): Promise<AlertRuleResponse> {
    const rule = await this.requireRule(scope, id);
    return toRule(rule, await this.people.displayNames([rule.createdBy]));
  }

  /** @param id for the rule; one that exists already is what an earlier try of the same request made */
  async createRule(
    scope: ProjectScope,
    deploymentId: string,
    request: CreateAlertRuleRequest,
    id: string,
  ): Promise<AlertRuleResponse> {
    await this.deployments.require(scope, deploymentId);
    if (await this.alerts.findRule(scope, id)) return this.getRule(scope, id);
    if (!this.signals.kinds.includes(request.kind))
      throw new Problem(
        'invalid-request',
        `Nothing here measures ${ALERT_KIND_FACTS[request.kind].label.toLowerCase()}. Kinds to choose from: ${this.signals.kinds.join(', ')}.`,
        { errors: [{ pointer: '#/kind', detail: 'is not offered' }] },
      );
    requireThreshold(request.kind, request.threshold);
    await this.saving(request.name, async (manager) => {
      const rule = { ...request, id, deploymentId, createdBy: scope.userId };
      if (!(await this.alerts.insertRule(scope, rule, MAX_RULES, manager)))
        throw new Problem('conflict', `A deployment has at most ${MAX_RULES} rules. Delete one first.`);
      await this.announce(scope, id, manager);
    });
    return this.getRule(scope, id);
  }

  async updateRule(scope: Scope, id: string, change: UpdateAlertRuleRequest): Promise<AlertRuleResponse> {
    const before = await this.requireRule(scope, id);
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const rule: RuleRow = { ...before, ...given };
    requireThreshold(rule.kind, rule.threshold);
    const measuresAnew =
      rule.threshold !== before.threshold ||
      rule.windowMinutes !== before.windowMinutes ||
      rule.enabled !== before.enabled;
    await this.saving(rule.name, async (manager) => {
      await this.alerts.updateRule(scope, id, rule, measuresAnew, manager);
      await this.announce(scope, id, manager);
    });
    return this.getRule(scope, id);
  }

  async deleteRule(scope: Scope, id: string): Promise<void> {
    await this.requireRule(scope, id);
    await this.dataSource.transaction(async (manager) => {
      await this.alerts.deleteRule(scope, id, manager);
      await this.announce(scope, id, manager);
    });
  }

  /** @throws Problem `invalid-request` for a time that lies in the past or more than 30 days ahead */
  async muteRule(scope: Scope, id: string, { until }: MuteAlertRuleRequest): Promise<AlertRuleResponse> {
    await this.requireRule(scope, id);
    const ahead = until === null ? 1 : Date.parse(until) - Date.now();
    if (ahead <= 0 || ahead > MAX_MUTE_MS)
      throw new Problem('invalid-request', 'A rule is muted until a time within the next 30 days.', {
        errors: [{ pointer: '#/until', detail: 'has to lie within the next 30 days' }],
      });
    await this.dataSource.transaction(async (manager) => {
      await this.alerts.mute(scope, id, until === null ? null : new Date(until), manager);
      await this.announce(scope, id, manager);
    });
    return this.getRule(scope, id);
  }

  /** Sends a made-up alert through the channels of the rule: the mail only to the caller. */
  async testRule(scope: ProjectScope, id: string): Promise<AlertRuleResponse> {
    const rule = await this.requireRule(scope, id);
    const sentence = sentenceOf(rule, rule.threshold);
    const value = rule.threshold;
    const news = {
      alertId: uuid(),
      value,
      worstValue: value,
      sentence,
      number: 1,
      at: new Date(),
      isTest: true,
    };
    await this.dataSource.transaction((manager) =>
      this.messages.test(rule, { type: 'alert.firing', ...news }, scope.userId, manager),
    );
    return this.getRule(scope, id);
  }

  async history(scope: Scope, id: string, { hours }: AlertHistoryQuery): Promise<AlertHistory> {
    await this.requireRule(scope, id);
    const since = new Date(Date.now() - hours * HOUR_MS);
    const stepMinutes = Math.max(1, Math.ceil((hours * 60) / MAX_POINTS));
    const [readings, transitions] = await Promise.all([
      this.alerts.readings(scope, id, since, stepMinutes),
      this.alerts.transitions(scope, id, since),
    ]);
    return {
      readings: readings.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })),
      transitions: transitions.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })),
    };
  }

  listAlerts(scope: Scope, query: AlertQuery): Promise<AlertPage> {
    return this.page([scope.projectId], query);
  }

  /** Of all projects that the person is in. */
  async listFiring(user: UserPrincipal, query: PageQuery): Promise<AlertPage> {
    return this.page(await this.projects.projectIdsOf(user), { ...query, status: 'firing' });
  }

  /** Whoever acknowledges an alert takes care of it: nobody is told of it again. Twice is fine. */
  async acknowledge(scope: ProjectScope, alertId: string): Promise<AlertResponse> {
    const alert = await this.requireAlert(scope, alertId);
    if (alert.resolvedAt !== null)
      throw new Problem('conflict', 'This alert is over; there is nothing to acknowledge.');
    await this.dataSource.transaction(async (manager) => {
      await this.alerts.acknowledge(scope, alertId, scope.userId, manager);
      await this.announce(scope, alert.ruleId, manager);
    });
    const [response] = await this.describe([await this.requireAlert(scope, alertId)]);
    if (!response) throw new Error('An alert was described by nothing.');
    return response;
  }

  private async page(
    projectIds: readonly string[],
    query: PageQuery & Pick<AlertQuery, 'status'> & { readonly deploymentId?: string | undefined },
  ): Promise<AlertPage> {
    const rows = await this.alerts.alerts(projectIds, {
      status: query.status,
      deploymentId: query.deploymentId,
      limit: query.limit + 1,
      before: decodeIdCursor(query.cursor),
    });
    const page = toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => row,
    );
    return { items: await this.describe(page.items), nextCursor: page.nextCursor };
  }

  private async describe(rows: readonly AlertRow[]): Promise<AlertResponse[]> {
    const names = await this.people.displayNames(rows.map((row) => row.acknowledgedBy));
    return rows.map((row) => toAlert(row, names));
  }

  private async requireRule(scope: Scope, id: string): Promise<RuleRow> {
    const rule = await this.alerts.findRule(scope, id);
    if (!rule) throw new Problem('alert-not-found', 'There is no alert rule with this id that you can see.');
    return rule;
  }

  private async requireAlert(scope: Scope, id: string): Promise<AlertRow> {
    const alert = await this.alerts.findAlert(scope, id);
    if (!alert) throw new Problem('alert-not-found', 'There is no alert with this id that you can see.');
    return alert;
  }

  private async saving(name: string, work: (manager: EntityManager) => Promise<void>): Promise<void> {
    try {
      await this.dataSource.transaction(work);
    } catch (error) {
      if (!isUniqueViolation(error, 'uq_alert_rule__deployment_id_name')) throw error;
      const detail = `The deployment has a rule "${name}" already. Choose another name.`;
      throw new Problem('name-taken', detail, {
        cause: error,
        errors: [{ pointer: '#/name', detail: 'taken' }],
      });
    }
  }

  private announce({ projectId }: Scope, ruleId: string, manager: EntityManager): Promise<void> {
    return this.events.publish(
      { type: 'alert.updated', projectId, entity: { kind: 'alert-rule', id: ruleId } },
      manager,
    );
  }
}

function requireThreshold(kind: AlertKind, value: number): void {
  const { label, threshold, unit } = ALERT_KIND_FACTS[kind];
  const fits =
    value >= threshold.min && value <= threshold.max && (unit !== 'calls' || Number.isInteger(value));
  if (fits) return;
  const detail = `has to lie between ${threshold.min} and ${threshold.max}${unit === 'calls' ? ', in whole calls' : ''}`;
  throw new Problem('invalid-request', `The threshold of “${label}” ${detail}.`, {
    errors: [{ pointer: '#/threshold', detail }],
  });
}

function toOffer(kind: AlertKind): AlertRuleList['kinds'][number] {
  const { label, unit, bad, threshold, proposedWindowMinutes } = ALERT_KIND_FACTS[kind];
  return {
    kind,
    label,
    unit,
    bad,
    thresholdMin: threshold.min,
    thresholdMax: threshold.max,
    proposedThreshold: threshold.proposed,
    proposedWindowMinutes,
  };
}

function toRule(row: RuleRow, names: ReadonlyMap<string, string>): AlertRuleResponse {
  const { breachedSince: _breached, recoveredSince: _recovered, ...rest } = row;
  return {
    ...rest,
    mutedUntil: ahead(row.mutedUntil),
    stateSince: row.stateSince.toISOString(),
    evaluatedAt: row.evaluatedAt?.toISOString() ?? null,
    createdBy: row.createdBy === null ? null : (names.get(row.createdBy) ?? null),
    createdAt: row.createdAt.toISOString(),
  };
}

function toAlert(row: AlertRow, names: ReadonlyMap<string, string>): AlertResponse {
  return {
    ...row,
    status: row.resolvedAt === null ? 'firing' : 'resolved',
    startedAt: row.startedAt.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    lastToldAt: row.lastToldAt?.toISOString() ?? null,
    mutedUntil: ahead(row.mutedUntil),
    acknowledgedBy: row.acknowledgedBy === null ? null : (names.get(row.acknowledgedBy) ?? null),
    acknowledgedAt: row.acknowledgedAt?.toISOString() ?? null,
  };
}

/** A time that is over says nothing any more. */
function ahead(time: Date | null): string | null {
  return time !== null && time > new Date() ? time.toISOString() : null;
}
