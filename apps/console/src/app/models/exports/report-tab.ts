import { Component, computed, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { DomSanitizer } from '@angular/platform-browser';
import { type ModelVersion, getModelCard } from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { toProblem } from '../../shared/api/problem';
import { Icon } from '../../shared/ui/icon';
import { ProblemView } from '../../shared/ui/problem-view';
import { saveFile } from '../../shared/ui/save-file';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';

type CardFormat = 'html' | 'pdf';

/** The model card, in a frame that can run nothing and reach nothing. */
@Component({
  selector: 'mw-report-tab',
  imports: [Icon, MatButton, ProblemView, Skeleton, View, ViewContent, ViewLoading],
  template: `
    <div class="bar">
      <p class="mw-muted">
        Everything that is known about this version on one page, to be sent or printed. What it is for comes
        from the description of the model.
      </p>
      <button type="button" matButton="outlined" [disabled]="busy() !== undefined" (click)="save('html')">
        <mw-icon [name]="busy() === 'html' ? 'running' : 'download'" [spin]="busy() === 'html'" [size]="16" />
        HTML
      </button>
      <button type="button" matButton="outlined" [disabled]="busy() !== undefined" (click)="save('pdf')">
        <mw-icon [name]="busy() === 'pdf' ? 'running' : 'download'" [spin]="busy() === 'pdf'" [size]="16" />
        PDF
      </button>
    </div>
    @if (problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="card">
      <ng-template mwLoading>
        <div class="mw-card mw-card-body"><mw-skeleton [lines]="14" [height]="18" /></div>
      </ng-template>
      <ng-template [mwContent]="card">
        <iframe class="mw-card" title="Model card" sandbox="" [srcdoc]="page()"></iframe>
      </ng-template>
    </mw-view>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .bar {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px;
    }
    .bar p {
      flex: 1 1 320px;
    }
    iframe {
      display: block;
      width: 100%;
      height: max(560px, calc(100vh - 260px));
    }
  `,
})
export class ReportTab {
  readonly version = input.required<ModelVersion>();
  private readonly sanitizer = inject(DomSanitizer);
  protected readonly busy = signal<CardFormat | undefined>(undefined);
  protected readonly problem = signal<unknown>(undefined);

  protected readonly card = resource({
    params: () => this.version().id,
    loader: async ({ params, abortSignal }) => (await this.fetch(params, 'html', abortSignal)).text(),
  });
  /** Our own page with everything escaped; the sandbox allows it neither scripts nor our origin. */
  protected readonly page = computed(() =>
    this.sanitizer.bypassSecurityTrustHtml(this.card.hasValue() ? this.card.value() : ''),
  );

  protected async save(format: CardFormat): Promise<void> {
    this.busy.set(format);
    this.problem.set(undefined);
    try {
      const { id, modelName, number } = this.version();
      saveFile(`${modelName}-v${number}-card.${format}`, await this.fetch(id, format));
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(undefined);
    }
  }

  private async fetch(modelVersionId: string, format: CardFormat, signal?: AbortSignal): Promise<Blob> {
    const content: unknown = await call(
      getModelCard({
        path: { modelVersionId },
        query: { format },
        parseAs: 'blob',
        ...(signal ? { signal } : {}),
      }),
    );
    return content instanceof Blob ? content : new Blob();
  }
}
