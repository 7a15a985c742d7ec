import { Component, ElementRef, computed, inject, input, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import { toProblem } from '../shared/api/problem';
import { BytesPipe, CountPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { datasetCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { LineageView } from '../shared/lineage/lineage-view';
import { type Tab, Tabs } from '../shared/ui/tabs';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { ColumnsTab } from './columns-tab';
import { DatasetActions } from './dataset-actions';
import { DatasetStore } from './dataset.store';
import { ImportPanel } from './import-panel';
import { ImportsStore } from '../shared/imports/imports.store';
import { IngestState } from './ingest-state';
import { QualityTab } from './quality-tab';
import { TableTab } from './table-tab';
import { TargetBar } from './target-bar';
import { VersionsTab } from './versions-tab';

@Component({
  selector: 'mw-dataset-page',
  imports: [
    BytesPipe,
    ColumnsTab,
    CopyButton,
    CountPipe,
    Icon,
    ImportPanel,
    IngestState,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    PageHeader,
    ProblemView,
    LineageView,
    QualityTab,
    RouterLink,
    Skeleton,
    StatusChip,
    TableTab,
    Tabs,
    TargetBar,
    TimeAgo,
    VersionsTab,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [DatasetStore, DatasetActions],
  templateUrl: './dataset-page.html',
  styleUrl: './dataset-page.scss',
})
export class DatasetPage {
  /** From the URL. */
  readonly project = input.required<string>();
  readonly tab = input<string>();

  protected readonly store = inject(DatasetStore);
  protected readonly imports = inject(ImportsStore);
  protected readonly context = inject(ProjectContext);
  private readonly actions = inject(DatasetActions);
  private readonly router = inject(Router);
  private readonly code = inject(CopyAsCode);
  private readonly picker = viewChild.required<ElementRef<HTMLInputElement>>('picker');

  protected readonly trail = computed(() => [{ label: 'Data', link: ['/p', this.project(), 'data'] }]);
  protected readonly heading = computed(() =>
    this.store.dataset.hasValue() ? this.store.dataset.value().name : 'Dataset',
  );
  protected readonly active = computed(() => this.tab() ?? 'table');
  protected readonly tabs = computed<readonly Tab[]>(() => {
    const profile = this.store.profile.hasValue() ? this.store.profile.value() : undefined;
    return [
      { id: 'table', label: 'Table', icon: 'table' },
      {
        id: 'columns',
        label: 'Columns',
        icon: 'chart',
        ...(profile ? { count: profile.columns.length } : {}),
      },
      {
        id: 'quality',
        label: 'Quality',
        icon: 'shield',
        ...(profile ? { count: profile.flags.length } : {}),
      },
      { id: 'versions', label: 'Versions', icon: 'layers' },
      { id: 'lineage', label: 'Lineage', icon: 'link' },
    ];
  });
  protected readonly lineageFocus = computed(() => ({ kind: 'dataset' as const, id: this.store.id() }));
  protected readonly importsHere = computed(() => this.imports.draft()?.datasetId === this.store.id());
  protected readonly isOld = computed(() => {
    const version = this.store.version();
    return (
      version !== undefined &&
      this.store.dataset.hasValue() &&
      version !== this.store.dataset.value().versionNumber
    );
  });

  constructor() {
    inject(Keyboard).use([
      { keys: 't', description: 'Train a model', group: 'Dataset', run: () => this.train() },
    ]);
  }

  protected train(): void {
    if (!this.context.canEdit() || !this.store.isReady()) return;
    void this.router.navigate(['/p', this.project(), 'runs', 'new'], {
      queryParams: { dataset: this.store.id() },
    });
  }

  protected addVersion(files: FileList | null): void {
    const file = files?.[0];
    if (file) this.imports.add([{ file, projectId: this.project(), datasetId: this.store.id() }]);
    this.picker().nativeElement.value = '';
  }

  protected async rename(): Promise<void> {
    if (!this.store.dataset.hasValue()) return;
    await this.actions.rename(this.store.dataset.value(), (name) => this.store.rename(name));
  }

  protected copyAsCode(): Promise<void> {
    const target = this.store.dataset.hasValue() ? this.store.dataset.value().target : null;
    return this.code.open('This dataset as code', datasetCode(this.project(), this.store.id(), target));
  }

  protected async remove(): Promise<void> {
    if (!this.store.dataset.hasValue()) return;
    await this.attempt(async () => {
      await this.actions.remove(this.store.dataset.value()!, async () => {
        await this.store.delete();
        await this.router.navigate(['/p', this.project(), 'data']);
      });
    });
  }

  protected async download(format: 'original' | 'parquet'): Promise<void> {
    if (!this.store.dataset.hasValue()) return;
    const { name, source } = this.store.dataset.value();
    await this.attempt(() =>
      this.store.download(format === 'parquet' ? `${name}.parquet` : source.fileName, format),
    );
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.store.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.store.problem.set(toProblem(error));
    }
  }
}
