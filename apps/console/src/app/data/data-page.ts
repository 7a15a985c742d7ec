import { Component, ElementRef, computed, effect, inject, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import type { DatasetResponse } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { SampleCards } from '../shared/project/sample-cards';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { DatasetActions } from './dataset-actions';
import { DatasetTable } from './dataset-table';
import { DatasetsStore } from './datasets.store';
import { DropZone } from './drop-zone';
import { ImportPanel } from './import-panel';
import { ImportsStore } from '../shared/imports/imports.store';

/** The tables of the project, and the door through which they come in. */
@Component({
  selector: 'mw-data-page',
  imports: [
    DatasetTable,
    DropZone,
    EmptyState,
    Icon,
    ImportPanel,
    MatButton,
    PageHeader,
    ProblemView,
    SampleCards,
    Skeleton,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  providers: [DatasetActions],
  templateUrl: './data-page.html',
  styleUrl: './data-page.scss',
})
export class DataPage {
  protected readonly store = inject(DatasetsStore);
  protected readonly imports = inject(ImportsStore);
  protected readonly project = inject(ProjectContext);
  private readonly actions = inject(DatasetActions);
  private readonly router = inject(Router);
  private readonly picker = viewChild.required<ElementRef<HTMLInputElement>>('picker');
  protected readonly failure = signal<unknown>(undefined);
  protected readonly showsSamples = computed(() => this.project.canEdit());
  /** Files that came before it was known whether this person may add any: they wait, they are not lost. */
  private readonly held = signal<readonly File[]>([]);

  constructor() {
    effect(() => {
      const projectId = this.project.id();
      const files = this.held();
      if (!projectId || files.length === 0 || !this.project.project.hasValue()) return;
      this.held.set([]);
      if (this.project.canEdit()) this.imports.add(files.map((file) => ({ file, projectId })));
    });
    inject(Keyboard).use([
      { keys: 'u', description: 'Upload a file', group: 'Data', run: () => this.pick() },
    ]);
  }

  protected pick(): void {
    if (this.project.canEdit()) this.picker().nativeElement.click();
  }

  protected take(files: readonly File[] | FileList | null): void {
    if (!files) return;
    this.held.update((held) => [...held, ...files]);
    this.picker().nativeElement.value = '';
  }

  protected open(dataset: DatasetResponse): void {
    void this.router.navigate(['/p', dataset.projectId, 'data', dataset.id]);
  }

  protected async rename(dataset: DatasetResponse): Promise<void> {
    await this.actions.rename(dataset, (name) => this.store.rename(dataset, name));
  }

  protected async remove(dataset: DatasetResponse): Promise<void> {
    await this.attempt(() => this.actions.remove(dataset, () => this.store.delete(dataset)));
  }

  protected async download(dataset: DatasetResponse): Promise<void> {
    await this.attempt(() => this.store.download(dataset));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.failure.set(undefined);
    try {
      await work();
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }
}
