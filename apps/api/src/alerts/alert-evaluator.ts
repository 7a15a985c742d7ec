import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { messageOf } from '../platform/database/data-source.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { AlertMessages } from './alert-messages.js';
import { AlertSignals } from './alert-signals.js';
import { isTold, nextState, worseOf } from './alert-state.js';
import { sentenceOf } from './alert-words.js';
import { AlertsRepository, type RuleRow } from './alerts.repository.js';
import { EvaluationRepository, type OpenAlert, type RuleMark } from './evaluation.repository.js';

interface Look {
  readonly rule: RuleRow;
  readonly value: number | null;
  readonly sentence: string;
  readonly now: Date;
}

/** Looks at every rule once a minute, on one replica. */
@Injectable()
export class AlertEvaluator {
  private readonly logger = new Logger('Alerts');

  constructor(
    private readonly signals: AlertSignals,
    private readonly alerts: AlertsRepository,
    private readonly evaluation: EvaluationRepository,
    private readonly messages: AlertMessages,
    private readonly events: DomainEvents,
    private readonly dataSource: DataSource,
  ) {}

  /** Whoever writes the row of the minute looks; a replica that dies meanwhile costs the rest of one minute. */
  @Cron(CronExpression.EVERY_MINUTE)
  async round(now = new Date()): Promise<boolean> {
    try {
      if (!(await this.evaluation.claim(now))) return false;
      for (const mark of await this.evaluation.due()) await this.lookSafely(mark, now);
      return true;
    } catch (error) {
      this.logger.warn(`The alert rules could not be looked at: ${messageOf(error)}`);
      return false;
    }
  }

  @Cron(CronExpression.EVERY_HOUR)
  async prune(): Promise<void> {
    await this.evaluation.prune();
  }

  /** One rule, now. */
  async look({ id, projectId }: RuleMark, now: Date): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    const known = await this.alerts.findRule(scope, id);
    if (!known || !this.signals.kinds.includes(known.kind)) return;
    const value = await this.signals.read(known.kind, known.deploymentId, known);
    await this.dataSource.transaction(async (manager) => {
      if (!(await this.evaluation.lock(id, now, manager))) return;
      const rule = await this.alerts.findRule(scope, id);
      if (!rule) return;
      const sentence = sentenceOf(rule, value);
      if (await this.advance({ rule, value, sentence, now }, manager))
        await this.events.publish(
          { type: 'alert.updated', projectId, entity: { kind: 'alert-rule', id } },
          manager,
        );
    });
  }

  private async lookSafely(mark: RuleMark, now: Date): Promise<void> {
    try {
      await this.look(mark, now);
    } catch (error) {
      this.logger.warn(`Alert rule ${mark.id} could not be looked at: ${messageOf(error)}`);
    }
  }

  /** @returns whether anything changed that people see */
  private async advance(look: Look, manager: EntityManager): Promise<boolean> {
    const { rule, value, sentence, now } = look;
    const open = await this.evaluation.openAlert(rule.id, manager);
    const next = nextState(rule, rule, value, open !== undefined, now);
    await this.evaluation.remember(rule, { ...next, value, sentence }, now, manager);
    const changed = next.state !== rule.state;
    const toState = next.move === 'resolves' ? 'resolved' : next.state;
    if (changed || next.move !== 'none')
      await this.alerts.addTransition(
        rule.id,
        { fromState: rule.state, toState, value, threshold: rule.threshold, sentence, at: now },
        manager,
      );
    if (value === null) return changed;
    const told = open
      ? await this.follow(look, value, open, next.move === 'resolves', manager)
      : next.move === 'opens' && (await this.open(look, value, manager));
    return changed || told || next.move !== 'none';
  }

  private async open(look: Look, value: number, manager: EntityManager): Promise<boolean> {
    const { rule, sentence, now } = look;
    const id = uuid();
    await this.evaluation.open(rule, { id, value, sentence }, now, manager);
    const alert = { id, worstValue: value, timesTold: 0, lastToldAt: null, isAcknowledged: false };
    return this.tellOfFiring(look, value, alert, manager);
  }

  private async follow(
    look: Look,
    value: number,
    open: OpenAlert,
    resolves: boolean,
    manager: EntityManager,
  ): Promise<boolean> {
    const { rule, sentence, now } = look;
    const worstValue = worseOf(rule.kind, open.worstValue, value);
    await this.evaluation.update(open.id, { value, worstValue, sentence }, resolves ? now : null, manager);
    if (!resolves) return this.tellOfFiring(look, value, { ...open, worstValue }, manager);
    const isMuted = rule.mutedUntil !== null && rule.mutedUntil > now;
    // Who was not told of the beginning is not told of the end.
    if (open.timesTold === 0 || isMuted) return false;
    const news = { alertId: open.id, value, worstValue, sentence, number: 1, at: now };
    await this.messages.tell(rule, { type: 'alert.resolved', ...news }, manager);
    return true;
  }

  private async tellOfFiring(
    { rule, sentence, now }: Look,
    value: number,
    alert: OpenAlert,
    manager: EntityManager,
  ): Promise<boolean> {
    const scope = SystemScope.forBackgroundWork(rule.projectId);
    // Of the rule, not of this alert: one that flaps opens many.
    const lastToldAt = alert.lastToldAt ?? (await this.alerts.lastToldAt(scope, rule.id, manager));
    if (!isTold(rule, lastToldAt, alert.isAcknowledged, now)) return false;
    const number = alert.timesTold + 1;
    const news = { alertId: alert.id, value, worstValue: alert.worstValue, sentence, number, at: now };
    // With nobody to hand it to it stays untold, and the first look after somebody can be reached tells it.
    if ((await this.messages.tell(rule, { type: 'alert.firing', ...news }, manager)) === 0) return false;
    await this.evaluation.noteTold(alert.id, now, manager);
    return true;
  }
}
