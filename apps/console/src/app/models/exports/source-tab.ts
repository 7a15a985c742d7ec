import { Component, computed, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { type ModelVersion, getCandidateNotebook, listCandidates } from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { toProblem } from '../../shared/api/problem';
import { formatScore } from '../../shared/format/numbers';
import { metricLabel } from '../../shared/metrics/metric-words';
import { CodeBlock } from '../../shared/ui/code-block';
import { EmptyState } from '../../shared/ui/empty-state';
import { Icon } from '../../shared/ui/icon';
import { ProblemView } from '../../shared/ui/problem-view';
import { saveFile } from '../../shared/ui/save-file';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { type NotebookCell, readNotebook } from './notebook-cells';

/** The notebook that fits and judges a candidate again, as code to read and as a file to run. */
@Component({
  selector: 'mw-source-tab',
  imports: [
    CodeBlock,
    EmptyState,
    Icon,
    MatButton,
    ProblemView,
    RouterLink,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  template: `
    @if (version().runId; as runId) {
      <div class="bar">
        <label class="mw-row">
          <span>Candidate</span>
          <select #choice class="mw-input" [value]="candidateId()" (change)="chosen.set(choice.value)">
            @for (candidate of candidates(); track candidate.id) {
              <option [value]="candidate.id" [selected]="candidate.id === candidateId()">
                {{ candidate.text }}
              </option>
            }
          </select>
        </label>
        <span class="mw-grow"></span>
        <a matButton="text" [routerLink]="['/p', version().projectId, 'data', version().datasetId]"
          >Get the data</a
        >
        <button type="button" matButton="filled" [disabled]="!notebook.hasValue()" (click)="save()">
          <mw-icon name="download" [size]="16" /> Download .ipynb
        </button>
      </div>
      @if (problem(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <mw-view [source]="notebook">
        <ng-template mwLoading>
          <div class="mw-card mw-card-body"><mw-skeleton [lines]="12" [height]="18" /></div>
        </ng-template>
        <ng-template [mwContent]="notebook">
          <div class="mw-card mw-card-body mw-stack">
            @for (cell of cells(); track cell.id) {
              @if (cell.kind === 'code') {
                <mw-code [snippets]="cell.snippets" label="Notebook cell" />
              } @else {
                <div class="words">
                  @for (part of cell.parts; track $index) {
                    @switch (part.kind) {
                      @case ('heading') {
                        <h2>{{ part.text }}</h2>
                      }
                      @case ('code') {
                        <mw-code [snippets]="[{ language: 'Shell', code: part.text }]" label="Command" />
                      }
                      @default {
                        <p class="mw-muted">{{ part.text }}</p>
                      }
                    }
                  }
                </div>
              }
            }
          </div>
        </ng-template>
      </mw-view>
    } @else {
      <div class="mw-card">
        <mw-empty
          icon="code"
          title="This version was imported"
          text="Its source is where it was made. Models that are trained here come with a notebook for every candidate."
        />
      </div>
    }
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
      gap: 8px 12px;
    }
    select {
      max-width: min(420px, 60vw);
    }
    .words {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 8px;
      max-width: 80ch;
    }
    .words h2 {
      font-size: 16px;
      font-weight: 600;
    }
    p {
      overflow-wrap: anywhere;
    }
  `,
})
export class SourceTab {
  readonly version = input.required<ModelVersion>();
  protected readonly chosen = signal<string | undefined>(undefined);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly candidateId = computed(() => this.chosen() ?? this.version().winner.candidateId);

  private readonly list = resource({
    params: () => this.version().runId ?? undefined,
    loader: ({ params, abortSignal }) =>
      call(listCandidates({ path: { runId: params }, signal: abortSignal })),
  });
  protected readonly candidates = computed(() => {
    const { winner, evaluation } = this.version();
    if (!this.list.hasValue()) return [{ id: winner.candidateId, text: winner.label }];
    return this.list
      .value()
      .items.filter(({ status, score }) => status === 'succeeded' && score !== null)
      .map(({ candidateId, label, score }) => ({
        id: candidateId,
        text: `${label} · ${metricLabel(evaluation.metric.name)} ${formatScore(score ?? 0)}${candidateId === winner.candidateId ? ' · this model' : ''}`,
      }));
  });

  protected readonly notebook = resource({
    params: () => {
      const runId = this.version().runId;
      return runId ? { runId, candidateId: this.candidateId() } : undefined;
    },
    loader: async ({ params, abortSignal }): Promise<string> => {
      const content: unknown = await call(
        getCandidateNotebook({ path: params, parseAs: 'blob', signal: abortSignal }),
      );
      return content instanceof Blob ? content.text() : '';
    },
  });
  protected readonly cells = computed<readonly NotebookCell[]>(() =>
    this.notebook.hasValue() ? readNotebook(this.notebook.value()) : [],
  );

  protected save(): void {
    this.problem.set(undefined);
    try {
      const { modelName } = this.version();
      const file = new Blob([this.notebook.value() ?? ''], { type: 'application/x-ipynb+json' });
      saveFile(`${modelName}-${this.candidateId()}.ipynb`, file);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
