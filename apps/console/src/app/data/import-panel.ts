import { Component, computed, inject, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import type { DatasetResponse } from '@modelwright/sdk';
import { BytesPipe, CountPipe, DurationPipe } from '../shared/format/pipes';
import { plural } from '../shared/format/numbers';
import { toProblem } from '../shared/api/problem';
import { ProjectContext } from '../shared/project/project-context';
import { ProjectsStore } from '../shared/project/projects.store';
import { Announcer } from '../shared/ui/announcer';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Progress } from '../shared/ui/progress';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { type DialectField, dialectChips } from '../shared/imports/import-draft';
import { ImportsStore } from '../shared/imports/imports.store';
import { PreviewTable } from './preview-table';

/** What a dropped file looks like, before anything is kept: chips to correct the reading, the first rows, then the upload. */
@Component({
  selector: 'mw-import-panel',
  imports: [
    BytesPipe,
    CountPipe,
    DurationPipe,
    Field,
    Icon,
    MatButton,
    PreviewTable,
    ProblemView,
    Progress,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  host: { class: 'mw-card', role: 'region', 'aria-label': 'Import' },
  templateUrl: './import-panel.html',
  styleUrl: './import-panel.scss',
})
export class ImportPanel {
  readonly imported = output<DatasetResponse>();
  protected readonly store = inject(ImportsStore);
  private readonly projects = inject(ProjectsStore);
  private readonly context = inject(ProjectContext);
  private readonly announcer = inject(Announcer);
  private readonly router = inject(Router);

  protected readonly chips = computed(() =>
    this.store.preview.hasValue() ? dialectChips(this.store.preview.value()) : [],
  );
  protected readonly isDuplicate = computed(() => this.store.problem()?.code === 'dataset-duplicate');
  protected readonly title = computed(() => {
    const draft = this.store.draft();
    const waiting = this.store.waiting();
    const more = waiting > 0 ? `, ${plural(waiting, 'file')} waiting` : '';
    return draft ? `${draft.datasetId ? 'New version' : 'Import'}: ${draft.file.name}${more}` : '';
  });
  protected readonly action = computed(() =>
    this.store.draft()?.datasetId ? 'Add as new version' : 'Import dataset',
  );
  protected readonly fraction = computed(() => {
    const transfer = this.store.transfer();
    return transfer && transfer.totalBytes > 0 ? transfer.sentBytes / transfer.totalBytes : null;
  });
  protected readonly remainingSeconds = computed(() => {
    const transfer = this.store.transfer();
    if (!transfer || transfer.bytesPerSecond === 0) return null;
    return (transfer.totalBytes - transfer.sentBytes) / transfer.bytesPerSecond;
  });
  protected readonly sent = computed(() => {
    const transfer = this.store.transfer();
    return transfer !== undefined && transfer.totalBytes > 0 && transfer.sentBytes >= transfer.totalBytes;
  });

  protected choose(field: DialectField, value: string): void {
    this.store.choose(field, value);
  }

  /** A project that was made for this file alone goes with it; who looks at another one stays there. */
  protected async discard(): Promise<void> {
    const made = this.store.discard();
    if (!made) return;
    try {
      const isGone = await this.projects.deleteIfEmpty(made);
      if (isGone && this.context.id() === made.id) await this.router.navigate(['/']);
    } catch (error) {
      this.announcer.say(`The empty project “${made.name}” stays: ${toProblem(error).detail}`);
    }
  }

  protected async send(keepDuplicate = false): Promise<void> {
    const dataset = await this.store.send(keepDuplicate);
    if (dataset) this.imported.emit(dataset);
  }
}
