import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import type { AlertRule, CreateAlertRuleRequest } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { AlertHistory } from './alert-history';
import { AlertRuleForm } from './alert-rule-form';
import { SEVERITY_WORDS, conditionText } from './alert-words';
import { AlertsStore } from './alerts.store';

/** Rules that watch the deployment, what fires, and how the values went. */
@Component({
  selector: 'mw-alerts-tab',
  imports: [
    AlertHistory,
    AlertRuleForm,
    EmptyState,
    Icon,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    ProblemView,
    Skeleton,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  providers: [AlertsStore],
  templateUrl: './alerts-tab.html',
  styleUrl: './alerts-tab.scss',
})
export class AlertsTab {
  protected readonly severityWords = SEVERITY_WORDS;
  protected readonly store = inject(AlertsStore);
  protected readonly context = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);
  /** The rule in the form; `new` for one to be made. */
  protected readonly edited = signal<AlertRule | 'new' | undefined>(undefined);
  protected readonly busy = signal(false);
  protected readonly formProblem = signal<ApiProblem | undefined>(undefined);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly tested = signal<string | undefined>(undefined);
  protected readonly hasNoRules = computed(
    () => this.store.rules.hasValue() && this.store.rules.value().items.length === 0,
  );
  protected readonly formRule = computed(() => {
    const edited = this.edited();
    return edited === 'new' ? undefined : edited;
  });

  protected offerOf(rule: AlertRule) {
    return this.store.kinds().find(({ kind }) => kind === rule.kind);
  }

  protected conditionOf(rule: AlertRule): string {
    const offer = this.offerOf(rule);
    return offer ? conditionText(offer, rule) : 'Nothing measures this any more.';
  }

  protected async save(request: Required<CreateAlertRuleRequest>): Promise<void> {
    const rule = this.formRule();
    this.busy.set(true);
    this.formProblem.set(undefined);
    try {
      const { kind: _kind, ...change } = request;
      if (rule) await this.store.update(rule, change);
      else await this.store.create(request);
      this.edited.set(undefined);
    } catch (error) {
      this.formProblem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }

  protected async test(rule: AlertRule): Promise<void> {
    await this.attempt(async () => {
      await this.store.test(rule);
      this.tested.set(rule.name);
      this.announcer.say('Test sent');
    });
  }

  protected mute(rule: AlertRule, hours: number | null): Promise<void> {
    return this.attempt(() => this.store.mute(rule, hours));
  }

  protected toggle(rule: AlertRule): Promise<void> {
    return this.attempt(() => this.store.update(rule, { enabled: !rule.enabled }));
  }

  protected acknowledge(alertId: string): Promise<void> {
    return this.attempt(() => this.store.acknowledge(alertId));
  }

  protected async remove(rule: AlertRule): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete rule “${rule.name}”?`,
      text: 'Its alerts and its history go with it. This cannot be undone.',
      action: 'Delete rule',
      destructive: true,
    });
    if (sure) await this.attempt(() => this.store.delete(rule));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    this.tested.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
