import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../platform/authorization/project-scope.js';
import type { AlertKind, RuleState, Severity } from './alert-kinds.js';
import type { RuleMemory } from './alert-state.js';

export interface RuleRow extends RuleMemory {
  readonly id: string;
  readonly projectId: string;
  readonly deploymentId: string;
  readonly deploymentName: string;
  readonly name: string;
  readonly kind: AlertKind;
  readonly threshold: number;
  readonly windowMinutes: number;
  readonly forMinutes: number;
  readonly cooldownMinutes: number;
  readonly minimumCalls: number;
  readonly severity: Severity;
  readonly mail: boolean;
  readonly webhooks: boolean;
  readonly enabled: boolean;
  readonly mutedUntil: Date | null;
  readonly stateSince: Date;
  readonly value: number | null;
  readonly sentence: string | null;
  readonly evaluatedAt: Date | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
}

export interface RuleSettings {
  readonly name: string;
  readonly kind: AlertKind;
  readonly threshold: number;
  readonly windowMinutes: number;
  readonly forMinutes: number;
  readonly cooldownMinutes: number;
  readonly minimumCalls: number;
  readonly severity: Severity;
  readonly mail: boolean;
  readonly webhooks: boolean;
  readonly enabled: boolean;
}

export interface AlertRow {
  readonly id: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly ruleState: RuleState;
  readonly kind: AlertKind;
  readonly deploymentId: string;
  readonly deploymentName: string;
  readonly severity: Severity;
  readonly threshold: number;
  readonly value: number;
  readonly worstValue: number;
  readonly sentence: string;
  readonly startedAt: Date;
  readonly resolvedAt: Date | null;
  readonly lastToldAt: Date | null;
  readonly timesTold: number;
  readonly mutedUntil: Date | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: Date | null;
}

export interface TransitionRow {
  readonly id: string;
  readonly fromState: string;
  readonly toState: string;
  readonly value: number | null;
  readonly threshold: number;
  readonly sentence: string;
  readonly at: Date;
}

export interface ReadingRow {
  readonly at: Date;
  readonly value: number | null;
  readonly threshold: number;
}

const RULE = `r.id, r.project_id AS "projectId", r.deployment_id AS "deploymentId", d.name AS "deploymentName", r.name, r.kind,
  r.threshold, r.window_minutes AS "windowMinutes", r.for_minutes AS "forMinutes",
  r.cooldown_minutes AS "cooldownMinutes", r.minimum_calls AS "minimumCalls", r.severity, r.mail, r.webhooks, r.enabled,
  r.muted_until AS "mutedUntil", r.state, r.state_since AS "stateSince", r.breached_since AS "breachedSince",
  r.recovered_since AS "recoveredSince", r.value, r.sentence, r.evaluated_at AS "evaluatedAt",
  r.created_by AS "createdBy", r.created_at AS "createdAt"
  FROM alert_rule r JOIN deployment d ON d.id = r.deployment_id`;

const ALERT = `a.id, a.project_id AS "projectId", p.name AS "projectName", a.rule_id AS "ruleId", r.name AS "ruleName",
  r.state AS "ruleState", r.kind, a.deployment_id AS "deploymentId", d.name AS "deploymentName", a.severity, a.threshold,
  a.value, a.worst_value AS "worstValue", a.sentence, a.started_at AS "startedAt", a.resolved_at AS "resolvedAt",
  a.last_told_at AS "lastToldAt", a.times_told AS "timesTold", r.muted_until AS "mutedUntil",
  a.acknowledged_by AS "acknowledgedBy", a.acknowledged_at AS "acknowledgedAt"
  FROM alert a JOIN alert_rule r ON r.id = a.rule_id JOIN deployment d ON d.id = a.deployment_id
  JOIN project p ON p.id = a.project_id`;

/** Every query on rules and alerts of a project. */
@Injectable()
export class AlertsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Alerts that go on and nobody has taken care of, newest first. */
  waiting(scope: Scope, limit: number): Promise<AlertRow[]> {
    return this.dataSource.query<AlertRow[]>(
      `SELECT ${ALERT} WHERE a.project_id = $1 AND a.resolved_at IS NULL AND a.acknowledged_at IS NULL
       ORDER BY a.started_at DESC LIMIT $2`,
      [scope.projectId, limit],
    );
  }

  rulesOf(scope: Scope, deploymentId: string): Promise<RuleRow[]> {
    return this.dataSource.query<RuleRow[]>(
      `SELECT ${RULE} WHERE r.project_id = $1 AND r.deployment_id = $2 ORDER BY r.id`,
      [scope.projectId, deploymentId],
    );
  }

  async findRule(scope: Scope, id: string): Promise<RuleRow | undefined> {
    const rows = await this.dataSource.query<RuleRow[]>(
      `SELECT ${RULE} WHERE r.project_id = $1 AND r.id = $2`,
      [scope.projectId, id],
    );
    return rows[0];
  }

  /** @returns false beyond `most` rules of the deployment */
  async insertRule(
    scope: Scope,
    rule: RuleSettings & { readonly id: string; readonly deploymentId: string; readonly createdBy: string },
    most: number,
    manager: EntityManager,
  ): Promise<boolean> {
    // The row of the deployment is locked, so that requests at the same time cannot pass the limit together.
    await manager.query('SELECT id FROM deployment WHERE id = $1 AND project_id = $2 FOR UPDATE', [
      rule.deploymentId,
      scope.projectId,
    ]);
    const rows = await manager.query<unknown[]>(
      `INSERT INTO alert_rule (id, project_id, deployment_id, name, kind, threshold, window_minutes, for_minutes,
         cooldown_minutes, minimum_calls, severity, mail, webhooks, enabled, created_by)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
        WHERE (SELECT count(*) FROM alert_rule WHERE deployment_id = $3) < $16 RETURNING id`,
      [
        rule.id,
        scope.projectId,
        rule.deploymentId,
        rule.name,
        rule.kind,
        rule.threshold,
        rule.windowMinutes,
        rule.forMinutes,
        rule.cooldownMinutes,
        rule.minimumCalls,
        rule.severity,
        rule.mail,
        rule.webhooks,
        rule.enabled,
        rule.createdBy,
        most,
      ],
    );
    return rows.length > 0;
  }

  /** Writes the settings; what was measured by other terms is forgotten when `measuresAnew`. */
  async updateRule(
    scope: Scope,
    id: string,
    rule: RuleSettings,
    measuresAnew: boolean,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `UPDATE alert_rule SET name = $3, threshold = $4, window_minutes = $5, for_minutes = $6, cooldown_minutes = $7,
              minimum_calls = $8, severity = $9, mail = $10, webhooks = $11, enabled = $12, updated_at = now(),
              breached_since = CASE WHEN $13 THEN NULL ELSE breached_since END,
              recovered_since = CASE WHEN $13 THEN NULL ELSE recovered_since END
        WHERE id = $1 AND project_id = $2`,
      [
        id,
        scope.projectId,
        rule.name,
        rule.threshold,
        rule.windowMinutes,
        rule.forMinutes,
        rule.cooldownMinutes,
        rule.minimumCalls,
        rule.severity,
        rule.mail,
        rule.webhooks,
        rule.enabled,
        measuresAnew,
      ],
    );
  }

  async mute(scope: Scope, id: string, until: Date | null, manager: EntityManager): Promise<void> {
    await manager.query(
      'UPDATE alert_rule SET muted_until = $3, updated_at = now() WHERE id = $1 AND project_id = $2',
      [id, scope.projectId, until],
    );
  }

  async deleteRule(scope: Scope, id: string, manager: EntityManager): Promise<void> {
    await manager.query('DELETE FROM alert_rule WHERE id = $1 AND project_id = $2', [id, scope.projectId]);
  }

  async deleteOfProject(projectId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM alert_rule WHERE project_id = $1', [projectId]);
  }

  /** @param projectIds of projects that the caller was admitted to */
  alerts(
    projectIds: readonly string[],
    filter: {
      readonly status: 'firing' | 'resolved' | 'all';
      readonly deploymentId?: string | undefined;
      readonly limit: number;
      readonly before?: string | undefined;
    },
  ): Promise<AlertRow[]> {
    const open = { firing: 'AND a.resolved_at IS NULL', resolved: 'AND a.resolved_at IS NOT NULL', all: '' };
    return this.dataSource.query<AlertRow[]>(
      `SELECT ${ALERT} WHERE a.project_id = ANY ($1::uuid[]) ${open[filter.status]}
          AND ($2::uuid IS NULL OR a.deployment_id = $2) AND ($3::uuid IS NULL OR a.id < $3)
        ORDER BY a.id DESC LIMIT $4`,
      [projectIds, filter.deploymentId ?? null, filter.before ?? null, filter.limit],
    );
  }

  async findAlert(scope: Scope, id: string): Promise<AlertRow | undefined> {
    const rows = await this.dataSource.query<AlertRow[]>(
      `SELECT ${ALERT} WHERE a.project_id = $1 AND a.id = $2`,
      [scope.projectId, id],
    );
    return rows[0];
  }

  async acknowledge(scope: Scope, id: string, userId: string, manager: EntityManager): Promise<void> {
    await manager.query(
      `UPDATE alert SET acknowledged_by = $3, acknowledged_at = now()
        WHERE id = $1 AND project_id = $2 AND acknowledged_at IS NULL AND resolved_at IS NULL`,
      [id, scope.projectId, userId],
    );
  }

  /** @returns the time at which anybody was last told of an alert of this rule */
  async lastToldAt(scope: Scope, ruleId: string, manager: EntityManager): Promise<Date | null> {
    const rows = await manager.query<{ at: Date | null }[]>(
      'SELECT max(last_told_at) AS at FROM alert WHERE rule_id = $1 AND project_id = $2',
      [ruleId, scope.projectId],
    );
    return rows[0]?.at ?? null;
  }

  transitions(scope: Scope, ruleId: string, since: Date): Promise<TransitionRow[]> {
    return this.dataSource.query<TransitionRow[]>(
      `SELECT t.id, t.from_state AS "fromState", t.to_state AS "toState", t.value, t.threshold, t.sentence, t.at
         FROM alert_transition t JOIN alert_rule r ON r.id = t.rule_id
        WHERE t.rule_id = $1 AND r.project_id = $2 AND t.at >= $3 ORDER BY t.id DESC LIMIT 200`,
      [ruleId, scope.projectId, since],
    );
  }

  /** Values over time, at most about 720 points: the last of each step. */
  readings(scope: Scope, ruleId: string, since: Date, stepMinutes: number): Promise<ReadingRow[]> {
    return this.dataSource.query<ReadingRow[]>(
      `SELECT DISTINCT ON (step) g.at, g.value, g.threshold FROM (
         SELECT v.at, v.value, v.threshold, date_bin(make_interval(mins => $4), v.at, 'epoch') AS step
           FROM alert_reading v JOIN alert_rule r ON r.id = v.rule_id
          WHERE v.rule_id = $1 AND r.project_id = $2 AND v.at >= $3
       ) g ORDER BY step, g.at DESC`,
      [ruleId, scope.projectId, since, stepMinutes],
    );
  }

  async addTransition(
    ruleId: string,
    transition: Omit<TransitionRow, 'id'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO alert_transition (id, rule_id, from_state, to_state, value, threshold, sentence, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        uuid(),
        ruleId,
        transition.fromState,
        transition.toState,
        transition.value,
        transition.threshold,
        transition.sentence,
        transition.at,
      ],
    );
  }
}
