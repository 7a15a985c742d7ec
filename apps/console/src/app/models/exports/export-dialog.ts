import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogTitle,
} from '@angular/material/dialog';
import type { ModelExport } from '@modelwright/sdk';
import { toProblem } from '../../shared/api/problem';
import { BytesPipe } from '../../shared/format/pipes';
import { TimeAgo } from '../../shared/format/time-ago';
import { exportCode } from '../../shared/ui/code-actions';
import { CodeBlock } from '../../shared/ui/code-block';
import { CopyAsCode } from '../../shared/ui/copy-as-code';
import { CopyButton } from '../../shared/ui/copy-button';
import { Icon } from '../../shared/ui/icon';
import type { IconName } from '../../shared/ui/icons';
import { ProblemView } from '../../shared/ui/problem-view';
import { Progress } from '../../shared/ui/progress';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { shortHash } from '../metric-text';
import { type ExportFormat, ExportsStore } from './exports.store';

export interface ExportRequest {
  readonly modelVersionId: string;
  readonly modelName: string;
  readonly versionNumber: number;
  readonly canEdit: boolean;
}

const ICONS: Readonly<Record<string, IconName>> = {
  mlflow: 'folder',
  package: 'terminal',
  image: 'server',
  onnx: 'bolt',
};

/** Formats with what each is for; the file, its hash and how to use it once it is made. */
@Component({
  selector: 'mw-export-dialog',
  imports: [
    BytesPipe,
    CodeBlock,
    CopyButton,
    Icon,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    ProblemView,
    Progress,
    Skeleton,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [ExportsStore],
  templateUrl: './export-dialog.html',
  styleUrl: './export-dialog.scss',
})
export class ExportDialog {
  protected readonly request = inject<ExportRequest>(MAT_DIALOG_DATA);
  protected readonly store = inject(ExportsStore);
  private readonly code = inject(CopyAsCode);
  protected readonly busy = signal<string | undefined>(undefined);
  protected readonly problem = signal<unknown>(undefined);

  /** Each format with its newest export that is worth showing. */
  protected readonly rows = computed(() => {
    if (!this.store.list.hasValue()) return [];
    const { items, formats } = this.store.list.value();
    return formats.map((format) => {
      const made = items.find((item) => item.format === format.format && item.status !== 'cancelled');
      return {
        ...format,
        icon: ICONS[format.format] ?? 'file',
        made,
        isWorking: made?.status === 'queued' || made?.status === 'running',
        hash: shortHash(made?.sha256 ?? ''),
        snippets: (made?.commands ?? []).map(({ label, code }) => ({ language: label, code })),
        note: made ? noteOf(made) : undefined,
      };
    });
  });

  constructor() {
    this.store.modelVersionId.set(this.request.modelVersionId);
  }

  protected copyAsCode(): Promise<void> {
    return this.code.open('These exports as code', exportCode(this.request.modelVersionId, this.rows()));
  }

  protected make(format: ExportFormat): Promise<void> {
    return this.attempt(format, () => this.store.create(format));
  }

  protected cancel(made: ModelExport): Promise<void> {
    return this.attempt(made.format, () => this.store.cancel(made));
  }

  protected download(made: ModelExport): Promise<void> {
    return this.attempt(made.format, () => this.store.download(made));
  }

  private async attempt(format: string, work: () => Promise<void>): Promise<void> {
    this.problem.set(undefined);
    this.busy.set(format);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(undefined);
    }
  }
}

/** What was proved about the file. */
function noteOf({ details, status }: ModelExport): string | undefined {
  if (status !== 'succeeded') return undefined;
  const { parity } = details;
  if (parity)
    return `Compared with this model on ${parity.rows.toLocaleString()} rows: ${differenceOf(parity.largestDifference)}${parity.otherClasses > 0 ? `, ${parity.otherClasses.toLocaleString()} on the threshold got the other class` : ''}.`;
  if (details.checkedRows !== undefined)
    return `Gave exactly the predictions of this model on ${details.checkedRows.toLocaleString()} rows.`;
  return details.image === undefined ? undefined : `Image ${details.image}, listens on port 8080.`;
}

function differenceOf(value: number): string {
  return value === 0 ? 'no difference' : `largest difference ${value.toExponential(1)}`;
}
