import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import type { ModelImport } from '@modelwright/sdk';
import { toProblem } from '../../shared/api/problem';
import { BytesPipe } from '../../shared/format/pipes';
import { ProjectContext } from '../../shared/project/project-context';
import { Confirm } from '../../shared/ui/confirm';
import { importCode } from '../../shared/ui/code-actions';
import { CopyAsCode } from '../../shared/ui/copy-as-code';
import { EmptyState } from '../../shared/ui/empty-state';
import { Field } from '../../shared/ui/field';
import { Icon } from '../../shared/ui/icon';
import { PageHeader } from '../../shared/ui/page-header';
import { ProblemView } from '../../shared/ui/problem-view';
import { Progress } from '../../shared/ui/progress';
import { Prompt } from '../../shared/ui/prompt';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { ImportReport } from './import-report';
import { ModelImportsStore } from './model-imports.store';

/** A model that was made elsewhere: dropped here, looked at in a container, registered by name. */
@Component({
  selector: 'mw-model-import-page',
  imports: [
    BytesPipe,
    EmptyState,
    Field,
    Icon,
    ImportReport,
    MatButton,
    PageHeader,
    ProblemView,
    Progress,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [ModelImportsStore],
  templateUrl: './import-page.html',
  styleUrl: './import-page.scss',
})
export class ModelImportPage {
  /** From the URL. */
  readonly project = input.required<string>();

  protected readonly store = inject(ModelImportsStore);
  protected readonly context = inject(ProjectContext);
  private readonly prompt = inject(Prompt);
  private readonly code = inject(CopyAsCode);
  private readonly confirm = inject(Confirm);
  private readonly router = inject(Router);

  protected readonly file = signal<File | undefined>(undefined);
  protected readonly sample = signal<File | undefined>(undefined);
  protected readonly datasetId = signal('');
  protected readonly ownTarget = signal<string | undefined>(undefined);
  protected readonly over = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly sending = computed(() => this.store.transfer() !== undefined);
  protected readonly fraction = computed(() => {
    const transfer = this.store.transfer();
    return transfer && transfer.totalBytes > 0 ? transfer.sentBytes / transfer.totalBytes : null;
  });
  protected readonly trail = computed(() => [{ label: 'Models', link: ['/p', this.project(), 'models'] }]);
  private readonly dataset = computed(() => this.store.datasets().find(({ id }) => id === this.datasetId()));
  /** Follows the dataset until it was typed by hand. */
  protected readonly target = computed(() => this.ownTarget() ?? this.dataset()?.target ?? '');

  protected drop(event: DragEvent): void {
    event.preventDefault();
    this.over.set(false);
    this.take([...(event.dataTransfer?.files ?? [])]);
  }

  protected hover(event: DragEvent): void {
    event.preventDefault();
    this.over.set(true);
  }

  protected pick(files: FileList | null): void {
    this.take([...(files ?? [])]);
  }

  /** A table is the sample, anything else the model. */
  private take(files: readonly File[]): void {
    for (const file of files) (isTable(file) ? this.sample : this.file).set(file);
  }

  protected async send(): Promise<void> {
    const file = this.file();
    if (!file || this.sending()) return;
    await this.attempt(async () => {
      await this.store.send({
        file,
        sample: this.datasetId() ? undefined : this.sample(),
        datasetId: this.datasetId() || undefined,
        target: this.target().trim(),
      });
      this.file.set(undefined);
      this.sample.set(undefined);
    });
  }

  protected copyAsCode(): Promise<void> {
    const datasetId = this.datasetId() || undefined;
    return this.code.open(
      'This import as code',
      importCode(this.project(), {
        file: this.file()?.name ?? 'model.zip',
        sample: datasetId ? undefined : this.sample()?.name,
        datasetId,
        target: this.target().trim(),
      }),
    );
  }

  protected async register(item: ModelImport): Promise<void> {
    await this.prompt.ask({
      title: 'Register model',
      label: 'Model name',
      value: item.suggestedName,
      help: 'A model of this name gets another version; otherwise it is made.',
      action: 'Register model',
      maxLength: 120,
      perform: async (name) => {
        const { modelId, number } = await this.store.register(item, name);
        await this.router.navigate(['/p', this.project(), 'models', modelId], {
          queryParams: { version: number },
        });
      },
    });
  }

  protected cancel(item: ModelImport): Promise<void> {
    return this.attempt(() => this.store.cancel(item));
  }

  protected async remove(item: ModelImport): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete “${item.fileName}”?`,
      text: 'The uploaded file and what was found in it go.',
      action: 'Delete upload',
      destructive: true,
    });
    if (sure) await this.attempt(() => this.store.delete(item));
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

function isTable({ name }: File): boolean {
  return /\.(csv|tsv|txt)$/i.test(name);
}
