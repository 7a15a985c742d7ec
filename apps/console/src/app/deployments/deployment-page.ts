import { Component, computed, effect, inject, input, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { formatCount } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { statusLook } from '../shared/ui/status';
import { StatusChip } from '../shared/ui/status-chip';
import { AliasChips } from '../shared/ui/alias-chips';
import { LineageView } from '../shared/lineage/lineage-view';
import { type Tab, Tabs } from '../shared/ui/tabs';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { AlertsTab } from './alerts-tab';
import { BatchTab } from './batch-tab';
import { CodeTab } from './code-tab';
import { DeploymentActions } from './deployment-actions';
import { DeploymentHead } from './deployment-head';
import { DeploymentMenu } from './deployment-menu';
import { DeploymentStore } from './deployment.store';
import { DeploymentExplainTab } from './explain-tab';
import { DriftTab } from './drift-tab';
import { FeedbackTab } from './feedback-tab';
import { KeysTab } from './keys-tab';
import { LogsTab } from './logs-tab';
import { MetricsTab } from './metrics-tab';
import { PredictionForm } from './prediction-form';
import { RandomRow } from './random-row';
import { RequestsTab } from './requests-tab';
import { SettingsTab } from './settings-tab';
import { TryTab } from './try-tab';
import { VersionsTab } from './versions-tab';

@Component({
  selector: 'mw-deployment-page',
  imports: [
    AlertsTab,
    AliasChips,
    BatchTab,
    CodeTab,
    CopyButton,
    DeploymentExplainTab,
    DeploymentHead,
    DeploymentMenu,
    DriftTab,
    FeedbackTab,
    Icon,
    KeysTab,
    LineageView,
    LogsTab,
    MatButton,
    MetricsTab,
    PageHeader,
    ProblemView,
    RequestsTab,
    RouterLink,
    SettingsTab,
    Skeleton,
    StatusChip,
    Tabs,
    TimeAgo,
    TryTab,
    VersionsTab,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [DeploymentStore, DeploymentActions, RandomRow, PredictionForm],
  template: `
    <div class="mw-page">
      <mw-page-header [heading]="heading()" [trail]="trail()">
        <ng-container meta>
          @if (store.current(); as deployment) {
            <mw-status [status]="deployment.observedState" [title]="deployment.failureReason ?? ''" />
            <span class="facts mw-muted">
              <a
                [routerLink]="['/p', project(), 'models', deployment.modelId]"
                [queryParams]="{ version: deployment.modelVersionNumber }"
                >{{ deployment.modelName }} version {{ deployment.modelVersionNumber }}</a
              >
              @if (deployment.modelAliases.length > 0) {
                <mw-alias-chips [aliases]="deployment.modelAliases" />
              } @else if (deployment.modelAlias) {
                <span>{{ deployment.modelAlias }} has moved on</span>
              }
              @if (deployment.readyAt && store.isServing()) {
                <span>ready <mw-time [at]="deployment.readyAt" /></span>
              }
              @if (deployment.restartCount > 0) {
                <span>{{ restarts() }}</span>
              }
            </span>
            <mw-copy [text]="deployment.id" label="Copy deployment id" />
          }
        </ng-container>
        @if (context.canEdit() && store.isServing()) {
          <button type="button" matButton="outlined" [disabled]="store.isBusy()" (click)="store.stop()">
            <mw-icon name="stop" [size]="15" /> Stop
          </button>
        }
        @if (store.current(); as deployment) {
          <mw-deployment-menu [deployment]="deployment" />
        }
      </mw-page-header>
      @if (store.problem(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <mw-view [source]="store.deployment" class="body">
        <ng-template mwLoading><mw-skeleton [lines]="10" [height]="20" /></ng-template>
        <ng-template [mwContent]="store.deployment">
          <mw-deployment-head />
          <mw-tabs [tabs]="tabs()" [active]="active()" label="Deployment" />
          @switch (active()) {
            @case ('code') {
              <mw-code-tab />
            }
            @case ('keys') {
              <mw-keys-tab />
            }
            @case ('requests') {
              <mw-requests-tab />
            }
            @case ('metrics') {
              <mw-metrics-tab />
            }
            @case ('batch') {
              <mw-batch-tab />
            }
            @case ('versions') {
              <mw-versions-tab />
            }
            @case ('drift') {
              <mw-drift-tab />
            }
            @case ('feedback') {
              @defer {
                <mw-feedback-tab />
              } @placeholder {
                <mw-skeleton [lines]="6" />
              }
            }
            @case ('explain') {
              <mw-deployment-explain-tab [project]="project()" />
            }
            @case ('alerts') {
              @defer {
                <mw-alerts-tab />
              } @placeholder {
                <mw-skeleton [lines]="6" />
              }
            }
            @case ('logs') {
              <mw-logs-tab />
            }
            @case ('lineage') {
              @if (lineageFocus(); as focus) {
                <mw-lineage [focus]="focus" />
              }
            }
            @case ('settings') {
              <mw-settings-tab />
            }
            @default {
              <mw-try-tab />
            }
          }
        </ng-template>
      </mw-view>
    </div>
  `,
  styles: `
    .mw-page {
      gap: 16px;
    }
    .facts {
      display: flex;
      flex-wrap: wrap;
      gap: 2px 14px;
    }
    .body {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
      align-content: start;
    }
  `,
})
export class DeploymentPage {
  /** From the URL. */
  readonly project = input.required<string>();
  readonly tab = input<string>();

  protected readonly store = inject(DeploymentStore);
  protected readonly context = inject(ProjectContext);
  private readonly announcer = inject(Announcer);
  private lastState: string | undefined;

  protected readonly trail = computed(() => [
    { label: 'Deployments', link: ['/p', this.project(), 'deployments'] },
  ]);
  protected readonly heading = computed(() => this.store.current()?.name ?? 'Deployment');
  protected readonly restarts = computed(() => {
    const count = this.store.current()?.restartCount ?? 0;
    return count === 1 ? 'restarted once' : `restarted ${formatCount(count)} times`;
  });
  protected readonly tabs = computed<readonly Tab[]>(() => [
    { id: 'try', label: 'Try it' },
    { id: 'code', label: 'Code' },
    ...(this.context.canEdit() ? [{ id: 'keys', label: 'Keys' }] : []),
    { id: 'requests', label: 'Requests' },
    { id: 'batch', label: 'Batch' },
    { id: 'metrics', label: 'Metrics' },
    { id: 'versions', label: 'Versions' },
    { id: 'drift', label: 'Drift' },
    { id: 'feedback', label: 'Feedback' },
    { id: 'explain', label: 'Explain' },
    { id: 'alerts', label: 'Alerts' },
    { id: 'logs', label: 'Logs' },
    { id: 'lineage', label: 'Lineage' },
    ...(this.context.canEdit() ? [{ id: 'settings', label: 'Settings' }] : []),
  ]);
  protected readonly lineageFocus = computed(() => {
    const deployment = this.store.current();
    return deployment && { kind: 'deployment' as const, id: deployment.id };
  });
  protected readonly active = computed(() => {
    const wanted = this.tab();
    return this.tabs().find((one) => one.id === wanted)?.id ?? 'try';
  });

  constructor() {
    effect(() => {
      const state = this.store.state();
      if (state && this.lastState && state !== this.lastState)
        untracked(() => this.announcer.say(`The deployment is now: ${statusLook(state).word}`));
      this.lastState = state ?? this.lastState;
    });
  }
}
