import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import type { ModelVersionSummary } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { Keyboard } from '../shared/keyboard/keyboard';
import { taskWord } from '../shared/metrics/metric-words';
import { ProjectContext } from '../shared/project/project-context';
import { copyText } from '../shared/ui/copy-button';
import { EmptyState } from '../shared/ui/empty-state';
import { modelCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { LineageView } from '../shared/lineage/lineage-view';
import { type Tab, Tabs } from '../shared/ui/tabs';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { ErrorsTab } from './errors-tab';
import { ExplainTab } from './explain-tab';
import { FairnessTab } from './fairness-tab';
import { insightTabs } from './insights/insight-tabs';
import { InsightsStore } from './insights/insights.store';
import { ModelActions } from './model-actions';
import { ModelStore } from './model.store';
import { ReportTab } from './exports/report-tab';
import { SourceTab } from './exports/source-tab';
import { PerformanceTab } from './performance-tab';
import { AliasChips } from '../shared/ui/alias-chips';
import { AliasHistory } from './registry/alias-history';
import { AliasesCard, type AliasOfModel } from './registry/aliases-card';
import { ChecksTab } from './registry/checks-tab';
import { RegistryActions } from './registry/registry-actions';
import { RegistryStore } from './registry/registry.store';
import { reproductionLook } from './registry/registry-words';
import { SummaryTab } from './summary-tab';
import { OPEN_FINDINGS_MEANING, openFindingsText } from './open-findings';
import { VersionsTab } from './versions-tab';
import { WhatIfTab } from './what-if-tab';

@Component({
  selector: 'mw-model-page',
  imports: [
    AliasChips,
    AliasHistory,
    AliasesCard,
    ChecksTab,
    EmptyState,
    ErrorsTab,
    ExplainTab,
    FairnessTab,
    Icon,
    LineageView,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    PageHeader,
    PerformanceTab,
    ProblemView,
    ReportTab,
    RouterLink,
    Skeleton,
    SourceTab,
    StatusChip,
    SummaryTab,
    Tabs,
    TimeAgo,
    VersionsTab,
    View,
    ViewContent,
    ViewLoading,
    WhatIfTab,
  ],
  providers: [ModelStore, InsightsStore, ModelActions, RegistryStore, RegistryActions],
  templateUrl: './model-page.html',
  styleUrl: './model-page.scss',
})
export class ModelPage {
  protected readonly openFindingsText = openFindingsText;
  protected readonly openFindingsMeaning = OPEN_FINDINGS_MEANING;
  /** From the URL. */
  readonly project = input.required<string>();
  readonly tab = input<string>();

  protected readonly store = inject(ModelStore);
  protected readonly context = inject(ProjectContext);
  private readonly insights = inject(InsightsStore);
  private readonly actions = inject(ModelActions);
  private readonly registry = inject(RegistryActions);
  private readonly registryStore = inject(RegistryStore);
  private readonly router = inject(Router);
  private readonly code = inject(CopyAsCode);
  protected readonly problem = signal<unknown>(undefined);

  private readonly model = computed(() =>
    this.store.model.hasValue() ? this.store.model.value() : undefined,
  );
  protected readonly version = computed(() =>
    this.store.version.hasValue() ? this.store.version.value() : undefined,
  );
  protected readonly equal = computed(() =>
    this.store.equal.hasValue() ? this.store.equal.value() : undefined,
  );
  protected readonly reproduction = computed(() => {
    const found = this.version()?.reproduction;
    return found?.verdict ? { ...reproductionLook(found), sentence: found.sentence } : undefined;
  });
  protected readonly lineageFocus = computed(() => {
    const version = this.version();
    return version
      ? { kind: 'model-version' as const, id: version.id }
      : { kind: 'model' as const, id: this.store.id() };
  });
  protected readonly trail = computed(() => [{ label: 'Models', link: ['/p', this.project(), 'models'] }]);
  protected readonly heading = computed(() => this.model()?.name ?? 'Model');
  protected readonly task = computed(() => taskWord(this.model()?.task ?? ''));
  protected readonly active = computed(() => this.tab() ?? 'summary');
  protected readonly tabs = computed<readonly Tab[]>(() => {
    const model = this.model();
    return [
      { id: 'summary', label: 'Summary', icon: 'file' },
      ...insightTabs(this.version(), this.insights),
      { id: 'source', label: 'Source', icon: 'code' },
      { id: 'report', label: 'Report', icon: 'text' },
      {
        id: 'versions',
        label: 'Versions',
        icon: 'layers',
        ...(model ? { count: model.versionCount } : {}),
      },
      { id: 'checks', label: 'Checks', icon: 'shield' },
      { id: 'lineage', label: 'Lineage', icon: 'link' },
    ];
  });

  constructor() {
    inject(Keyboard).use([
      { keys: 'd', description: 'Deploy', group: 'Model', run: () => void this.deploy() },
      { keys: 'x', description: 'Export', group: 'Model', run: () => void this.export() },
      { keys: 'c', description: 'Compare', group: 'Model', run: () => void this.compare() },
      { keys: 'p', description: 'Promote', group: 'Model', run: () => void this.promote() },
      { keys: 'e', description: 'Rename', group: 'Model', run: () => void this.rename() },
    ]);
  }

  protected async deploy(): Promise<void> {
    const version = this.version();
    if (!version || !this.context.canEdit()) return;
    await this.actions.deploy({
      projectId: version.projectId,
      modelName: this.model()?.name ?? version.modelName,
      modelVersionId: version.id,
      versionNumber: version.number,
      openFindings: version.openFindings,
    });
  }

  /** @param version the shown one if left out */
  protected async promote(version?: ModelVersionSummary, alias?: string): Promise<void> {
    const chosen = version ?? this.version();
    const model = this.model();
    if (chosen && model && this.context.canEdit())
      await this.registry.promote({ modelName: model.name, id: chosen.id, number: chosen.number }, alias);
  }

  /** Trains the version again; how it came out shows on the Checks tab. @param version the shown one if left out */
  protected async reproduce(version?: ModelVersionSummary): Promise<void> {
    const chosen = version ?? this.version();
    if (!chosen?.runId || !this.context.canEdit()) return;
    await this.attempt(async () => {
      await this.registryStore.reproduce(chosen.id);
      await this.router.navigate([], {
        queryParams: { tab: 'checks', version: chosen.number },
        queryParamsHandling: 'merge',
      });
    });
  }

  protected async tag(version: ModelVersionSummary): Promise<void> {
    await this.registry.tag(version);
  }

  protected async describe(version: ModelVersionSummary): Promise<void> {
    await this.registry.describe(version);
  }

  /** With the champion, else with the version before it, else with the one after. */
  protected async compare(): Promise<void> {
    const version = this.version();
    if (!version) return;
    await this.attempt(async () => {
      const other = await this.store.rivalOf(version);
      if (other) await this.compareThese([version.id, other]);
    });
  }

  protected async compareThese(ids: readonly string[]): Promise<void> {
    await this.router.navigate(['/p', this.project(), 'compare'], { queryParams: { ids: ids.join(',') } });
  }

  protected async moveAlias({ alias }: AliasOfModel): Promise<void> {
    await this.promote(undefined, alias);
  }

  protected async rollBack(alias: AliasOfModel): Promise<void> {
    await this.registry.rollBack(alias);
  }

  protected async removeAlias(alias: AliasOfModel): Promise<void> {
    await this.registry.remove(alias);
  }

  protected async rename(): Promise<void> {
    const model = this.model();
    if (model && this.context.canEdit()) await this.actions.rename(model, (name) => this.store.rename(name));
  }

  protected async remove(): Promise<void> {
    const model = this.model();
    if (!model) return;
    await this.attempt(() =>
      this.actions.remove(model, async () => {
        await this.store.delete();
        await this.router.navigate(['/p', this.project(), 'models']);
      }),
    );
  }

  protected async removeVersion(version: ModelVersionSummary): Promise<void> {
    const model = this.model();
    if (!model) return;
    await this.attempt(() =>
      this.actions.removeVersion(model, version, () => this.store.deleteVersion(version)),
    );
  }

  protected async export(): Promise<void> {
    const version = this.version();
    if (!version) return;
    await this.actions.export({
      modelVersionId: version.id,
      modelName: this.model()?.name ?? version.modelName,
      versionNumber: version.number,
      canEdit: this.context.canEdit(),
    });
  }

  protected async download(): Promise<void> {
    const version = this.version();
    if (version) await this.attempt(() => this.store.download(version));
  }

  protected copyAsCode(): Promise<void> {
    const model = this.model();
    if (!model) return Promise.resolve();
    return this.code.open('This model as code', modelCode(this.project(), model.id, this.version()?.id));
  }

  protected copyLink(): void {
    void copyText(location.href);
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
