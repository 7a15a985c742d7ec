import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { RuleMemory } from './alert-state.js';
import type { RuleRow } from './alerts.repository.js';

export interface RuleMark {
  readonly id: string;
  readonly projectId: string;
}

export interface OpenAlert {
  readonly id: string;
  readonly worstValue: number;
  readonly timesTold: number;
  readonly lastToldAt: Date | null;
  readonly isAcknowledged: boolean;
}

/** What the evaluator writes: background work over the rules of all projects. */
@Injectable()
export class EvaluationRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns whether this caller is the one to look at the rules in this minute: one among all replicas is */
  async claim(minute: Date): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `INSERT INTO alert_round (minute) VALUES (date_trunc('minute', $1::timestamptz)) ON CONFLICT DO NOTHING RETURNING minute`,
      [minute],
    );
    return rows.length > 0;
  }

  /** Rules that are looked at, those that were looked at longest ago first. */
  due(): Promise<RuleMark[]> {
    return this.dataSource.query<RuleMark[]>(
      `SELECT r.id, r.project_id AS "projectId" FROM alert_rule r JOIN project p ON p.id = r.project_id
        WHERE r.enabled AND p.deleting_at IS NULL ORDER BY r.evaluated_at NULLS FIRST, r.id`,
    );
  }

  /** Takes the rule for this transaction. @returns false when it is gone, off, or was looked at since `before` */
  async lock(id: string, now: Date, manager: EntityManager): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      `SELECT id FROM alert_rule WHERE id = $1 AND enabled AND (evaluated_at IS NULL OR evaluated_at < $2) FOR UPDATE`,
      [id, now],
    );
    return rows.length > 0;
  }

  async openAlert(ruleId: string, manager: EntityManager): Promise<OpenAlert | undefined> {
    const rows = await manager.query<OpenAlert[]>(
      `SELECT id, worst_value AS "worstValue", times_told AS "timesTold", last_told_at AS "lastToldAt",
              acknowledged_at IS NOT NULL AS "isAcknowledged"
         FROM alert WHERE rule_id = $1 AND resolved_at IS NULL`,
      [ruleId],
    );
    return rows[0];
  }

  async remember(
    rule: RuleRow,
    next: RuleMemory & { readonly value: number | null; readonly sentence: string },
    now: Date,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `UPDATE alert_rule SET state = $2, state_since = CASE WHEN state = $2 THEN state_since ELSE $7 END,
              breached_since = $3, recovered_since = $4, value = $5, sentence = $6, evaluated_at = $7 WHERE id = $1`,
      [rule.id, next.state, next.breachedSince, next.recoveredSince, next.value, next.sentence, now],
    );
    await manager.query(
      `INSERT INTO alert_reading (rule_id, at, value, threshold) VALUES ($1, date_trunc('minute', $2::timestamptz), $3, $4)
       ON CONFLICT (rule_id, at) DO UPDATE SET value = excluded.value, threshold = excluded.threshold`,
      [rule.id, now, next.value, rule.threshold],
    );
  }

  async open(
    rule: RuleRow,
    alert: { readonly id: string; readonly value: number; readonly sentence: string },
    now: Date,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO alert (id, project_id, rule_id, deployment_id, severity, threshold, value, worst_value, sentence, started_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)`,
      [
        alert.id,
        rule.projectId,
        rule.id,
        rule.deploymentId,
        rule.severity,
        rule.threshold,
        alert.value,
        alert.sentence,
        now,
      ],
    );
  }

  async update(
    alertId: string,
    change: { readonly value: number; readonly worstValue: number; readonly sentence: string },
    resolvedAt: Date | null,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      'UPDATE alert SET value = $2, worst_value = $3, sentence = $4, resolved_at = $5 WHERE id = $1',
      [alertId, change.value, change.worstValue, change.sentence, resolvedAt],
    );
  }

  async noteTold(alertId: string, now: Date, manager: EntityManager): Promise<void> {
    await manager.query('UPDATE alert SET times_told = times_told + 1, last_told_at = $2 WHERE id = $1', [
      alertId,
      now,
    ]);
  }

  async prune(): Promise<void> {
    await this.dataSource.query(`DELETE FROM alert_round WHERE minute < now() - interval '1 day'`);
    await this.dataSource.query(`DELETE FROM alert_reading WHERE at < now() - interval '8 days'`);
    await this.dataSource.query(`DELETE FROM alert_transition WHERE at < now() - interval '90 days'`);
    await this.dataSource.query(`DELETE FROM alert WHERE resolved_at < now() - interval '90 days'`);
  }
}
