import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Outbox } from '../mail/outbox.js';
import { AppConfig } from '../platform/config/app-config.js';
import { People } from '../platform/people/people.js';
import { WebhookDeliveries } from '../webhooks/webhook-deliveries.js';
import { ALERT_KIND_FACTS } from './alert-kinds.js';
import { valueWords } from './alert-words.js';
import type { AlertAudience } from './alert.dto.js';
import type { RuleRow } from './alerts.repository.js';

export interface AlertNews {
  readonly type: 'alert.firing' | 'alert.resolved';
  readonly alertId: string;
  readonly value: number;
  readonly worstValue: number;
  readonly sentence: string;
  /** Counts the messages of one alert, so that each is written once. */
  readonly number: number;
  readonly at: Date;
  /** For the Test button: goes to nobody but the one who pressed it, and says what it is. */
  readonly isTest?: boolean;
}

/** Tells people and webhooks of alerts. */
@Injectable()
export class AlertMessages {
  constructor(
    private readonly outbox: Outbox,
    private readonly webhooks: WebhookDeliveries,
    private readonly people: People,
    private readonly config: AppConfig,
  ) {}

  /** @returns to how many people and webhooks it was handed; 0: only the console shows it */
  async tell(rule: RuleRow, news: AlertNews, manager: EntityManager): Promise<number> {
    const key = `${news.type}:${news.alertId}:${news.number}`;
    let told = 0;
    if (rule.mail) {
      const userIds = await this.people.membersOf(rule.projectId, manager);
      const mail = { kind: 'alert', topic: 'alerts', key, projectId: rule.projectId, userIds } as const;
      told += await this.outbox.tell({ ...mail, ...this.textOf(rule, news) }, manager);
    }
    if (rule.webhooks) told += await this.tellWebhooks(rule, news, key, manager);
    return told;
  }

  /** Whom an alert of the project would reach outside the console now, by channel. */
  async audienceOf(projectId: string): Promise<AlertAudience> {
    const userIds = await this.people.membersOf(projectId);
    const [mailRecipients, webhooks] = await Promise.all([
      this.outbox.reach({ projectId, userIds, topic: 'alerts' }),
      this.webhooks.reach(projectId, 'alert.firing'),
    ]);
    return { mailRecipients, webhooks };
  }

  /** A trial of the channels: a mail to one person, and a message to the webhooks that hear of alerts. */
  async test(rule: RuleRow, news: AlertNews, userId: string, manager: EntityManager): Promise<void> {
    const key = `alert.test:${news.alertId}`;
    if (rule.mail) {
      const mail = { kind: 'alert', topic: 'alerts', key, projectId: rule.projectId } as const;
      await this.outbox.tell({ ...mail, userIds: [userId], ...this.textOf(rule, news) }, manager);
    }
    if (rule.webhooks) await this.tellWebhooks(rule, news, key, manager);
  }

  private async tellWebhooks(
    rule: RuleRow,
    news: AlertNews,
    key: string,
    manager: EntityManager,
  ): Promise<number> {
    const { type, at, alertId, value, worstValue, sentence } = news;
    const data = {
      alertId,
      ruleId: rule.id,
      ruleName: rule.name,
      kind: rule.kind,
      severity: rule.severity,
      deploymentId: rule.deploymentId,
      deploymentName: rule.deploymentName,
      value,
      worstValue,
      threshold: rule.threshold,
      unit: ALERT_KIND_FACTS[rule.kind].unit,
      windowMinutes: rule.windowMinutes,
      sentence,
      url: this.pageOf(rule),
      ...(news.isTest ? { test: true } : {}),
    };
    const { projectId } = rule;
    return this.webhooks.tell({ type, key, projectId, subject: alertId, at, data }, manager);
  }

  private textOf(rule: RuleRow, news: AlertNews): { subject: string; body: string } {
    const over = news.type === 'alert.resolved';
    const mark = news.isTest ? 'Test' : over ? 'Resolved' : news.number > 1 ? 'Still firing' : 'Alert';
    const lines = [
      ...(news.isTest ? ['This is a test of the channels of this rule; nothing is wrong.', ''] : []),
      news.sentence,
      '',
      `Deployment:  ${rule.deploymentName} (${rule.deploymentId})`,
      `Rule:        ${rule.name}, ${rule.severity}`,
      `Value:       ${valueWords(rule.kind, news.value)}; worst ${valueWords(rule.kind, news.worstValue)}; limit ${valueWords(rule.kind, rule.threshold)}`,
      `Alert:       ${news.alertId}`,
      `Time:        ${news.at.toISOString()}`,
      '',
      `See and acknowledge it: ${this.pageOf(rule)}`,
      `Mails about alerts are switched off under ${this.config.http.publicUrl}/settings/account`,
      '',
    ];
    const subject = `${mark}: ${rule.name} on ${rule.deploymentName} (${rule.severity})`;
    return { subject, body: lines.join('\n') };
  }

  private pageOf(rule: RuleRow): string {
    return `${this.config.http.publicUrl}/p/${rule.projectId}/deployments/${rule.deploymentId}?tab=alerts`;
  }
}
