import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import type { Deployment } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { Confirm } from '../shared/ui/confirm';
import { CopyButton, copyText } from '../shared/ui/copy-button';
import { Dialogs } from '../shared/ui/dialogs';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Prompt } from '../shared/ui/prompt';
import { Skeleton } from '../shared/ui/skeleton';
import { type Tab, Tabs } from '../shared/ui/tabs';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import type { DeployRequest } from './deploy-dialog';
import { ModelStore } from './model.store';
import { PerformanceTab } from './performance-tab';
import { SummaryTab } from './summary-tab';
import { VersionsList } from './versions-list';

/** One version of a model: how good it is, what it takes, and the way to serve it. */
@Component({
  selector: 'mw-model-page',
  imports: [
    CopyButton,
    EmptyState,
    Icon,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    PageHeader,
    PerformanceTab,
    ProblemView,
    RouterLink,
    Skeleton,
    SummaryTab,
    Tabs,
    VersionsList,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [ModelStore],
  host: { class: 'mw-page' },
  templateUrl: './model-page.html',
  styles: `
    .version select {
      width: auto;
      min-height: 30px;
      padding-block: 3px;
    }
    .older {
      margin-bottom: 16px;
    }
  `,
})
export class ModelPage {
  /** From the URL. */
  readonly project = input.required<string>();
  readonly tab = input<string>();
  /** Threshold and costs of the performance tab. */
  readonly t = input<string>();
  readonly fp = input<string>();
  readonly fn = input<string>();

  protected readonly store = inject(ModelStore);
  protected readonly context = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly prompt = inject(Prompt);
  private readonly dialogs = inject(Dialogs);
  private readonly router = inject(Router);
  protected readonly problem = signal<unknown>(undefined);

  protected readonly trail = computed(() => [{ label: 'Models', link: ['/p', this.project(), 'models'] }]);
  protected readonly heading = computed(() =>
    this.store.model.hasValue() ? this.store.model.value().name : 'Model',
  );
  protected readonly active = computed(() => this.tab() ?? 'summary');
  protected readonly tabs = computed<readonly Tab[]>(() => [
    { id: 'summary', label: 'Summary', icon: 'models' },
    { id: 'performance', label: 'Performance', icon: 'chart' },
    {
      id: 'versions',
      label: 'Versions',
      icon: 'layers',
      ...(this.store.model.hasValue() ? { count: this.store.model.value().versionCount } : {}),
    },
  ]);
  protected readonly deployments = computed(() =>
    this.store.deployments.hasValue() ? this.store.deployments.value() : [],
  );
  /** The open version is always among them, however far back it is. */
  protected readonly versionChoices = computed(() => {
    const listed = this.store.versions.items();
    const open = this.store.version.hasValue() ? this.store.version.value() : undefined;
    const all = open && !listed.some((one) => one.id === open.id) ? [...listed, open] : listed;
    return all.map((one) => ({ id: one.id, label: `Version ${one.number}` }));
  });

  constructor() {
    inject(Keyboard).use([
      { keys: 'd', description: 'Deploy this version', group: 'Model', run: () => void this.deploy() },
    ]);
  }

  protected open(version: string): void {
    void this.router.navigate([], { queryParams: { version }, queryParamsHandling: 'merge' });
  }

  protected copyLink(): void {
    void copyText(location.href);
  }

  protected async deploy(): Promise<void> {
    if (!this.context.canEdit() || !this.store.version.hasValue()) return;
    const { DeployDialog } = await import('./deploy-dialog');
    const data: DeployRequest = {
      version: this.store.version.value(),
      perform: (request, key) => this.store.deploy(this.project(), request, key),
    };
    const deployment = await this.dialogs.open<Deployment>(DeployDialog, { data, width: '520px' });
    if (deployment) await this.router.navigate(['/p', this.project(), 'deployments', deployment.id]);
  }

  protected async rename(): Promise<void> {
    await this.prompt.ask({
      title: 'Rename model',
      label: 'Name',
      value: this.heading(),
      action: 'Rename model',
      perform: (name) => this.store.rename(name),
    });
  }

  protected async download(): Promise<void> {
    const version = this.store.version.value();
    if (version) await this.attempt(() => this.store.download(version));
  }

  protected async removeVersion(): Promise<void> {
    const version = this.store.version.value();
    if (!version) return;
    const sure = await this.confirm.ask({
      title: `Delete version ${version.number} of “${version.modelName}”?`,
      text: 'Its artifact and evaluation go. It is refused while a deployment serves it.',
      action: 'Delete version',
      destructive: true,
    });
    if (!sure) return;
    await this.attempt(async () => {
      await this.store.deleteVersion(version);
      this.store.model.reload();
      this.store.versions.source.reload();
      await this.router.navigate([], { queryParams: { version: null }, queryParamsHandling: 'merge' });
    });
  }

  protected async remove(): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete model “${this.heading()}”?`,
      text: 'All its versions and their files go. It is refused while a deployment serves one of them.',
      action: 'Delete model',
      destructive: true,
    });
    if (!sure) return;
    await this.attempt(async () => {
      await this.store.deleteModel();
      await this.router.navigate(['/p', this.project(), 'models']);
    });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
