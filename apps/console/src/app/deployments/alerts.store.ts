import { Injectable, computed, inject, resource, signal } from '@angular/core';
import {
  type AlertRule,
  type CreateAlertRuleRequest,
  type UpdateAlertRuleRequest,
  acknowledgeAlert,
  createAlertRule,
  deleteAlertRule,
  getAlertHistory,
  listAlertRules,
  listAlerts,
  muteAlertRule,
  testAlertRule,
  updateAlertRule,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { DeploymentStore } from './deployment.store';

const HOUR_MS = 3_600_000;

/** Rules and alerts of the deployment in the URL, and the history of the rule that is open. */
@Injectable()
export class AlertsStore {
  private readonly deployment = inject(DeploymentStore);
  private readonly project = inject(ProjectContext);
  readonly rules = resource({
    params: () => this.deployment.id(),
    loader: ({ params, abortSignal }) =>
      call(listAlertRules({ path: { deploymentId: params }, signal: abortSignal })),
  });
  readonly kinds = computed(() => (this.rules.hasValue() ? this.rules.value().kinds : []));
  readonly audience = computed(() => (this.rules.hasValue() ? this.rules.value().audience : undefined));
  readonly alerts = pages({
    params: () => {
      const projectId = this.project.id();
      return projectId === undefined ? undefined : { projectId, deploymentId: this.deployment.id() };
    },
    load: ({ projectId, deploymentId }, page, signal) =>
      call(listAlerts({ path: { projectId }, query: { ...page, deploymentId }, signal })),
  });
  readonly openId = signal<string | undefined>(undefined);
  readonly hours = signal(24);
  readonly history = resource({
    params: () => {
      const alertRuleId = this.openId();
      return alertRuleId === undefined ? undefined : { alertRuleId, hours: this.hours() };
    },
    loader: ({ params: { alertRuleId, hours }, abortSignal }) =>
      call(getAlertHistory({ path: { alertRuleId }, query: { hours }, signal: abortSignal })),
  });

  constructor() {
    for (const source of [this.rules, this.alerts.source, this.history])
      reloadOn(source, (event) => event.type === 'alert.updated');
  }

  async create(body: CreateAlertRuleRequest): Promise<void> {
    const rule = await call(createAlertRule({ path: { deploymentId: this.deployment.id() }, body }));
    this.rules.reload();
    this.openId.set(rule.id);
  }

  async update({ id: alertRuleId }: AlertRule, body: UpdateAlertRuleRequest): Promise<void> {
    await call(updateAlertRule({ path: { alertRuleId }, body }));
    this.rules.reload();
  }

  async delete({ id: alertRuleId }: AlertRule): Promise<void> {
    await call(deleteAlertRule({ path: { alertRuleId } }));
    if (this.openId() === alertRuleId) this.openId.set(undefined);
    this.rules.reload();
    this.alerts.source.reload();
  }

  /** @param hours from now; null ends the silence */
  async mute({ id: alertRuleId }: AlertRule, hours: number | null): Promise<void> {
    const until = hours === null ? null : new Date(Date.now() + hours * HOUR_MS).toISOString();
    await call(muteAlertRule({ path: { alertRuleId }, body: { until } }));
    this.rules.reload();
  }

  async test({ id: alertRuleId }: AlertRule): Promise<void> {
    await call(testAlertRule({ path: { alertRuleId } }));
  }

  async acknowledge(alertId: string): Promise<void> {
    await call(acknowledgeAlert({ path: { alertId } }));
    this.alerts.source.reload();
  }
}
