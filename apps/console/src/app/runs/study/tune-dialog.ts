import { Component, computed, inject, resource, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogRef,
  MatDialogTitle,
} from '@angular/material/dialog';
import { type Candidate, type Run, type StartStudyRequest, getStudySpace } from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { toProblem } from '../../shared/api/problem';
import { formatDuration } from '../../shared/format/numbers';
import { Field } from '../../shared/ui/field';
import { ProblemView } from '../../shared/ui/problem-view';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { SpaceEditor } from './space-editor';
import { type StudyDraft, draftOf, requestOf } from './study-draft';

export interface TuneRequest {
  readonly run: Run;
  readonly candidate: Candidate;
  /** Starts it; while it fails the dialog stays open with the reason. */
  readonly perform: (request: StartStudyRequest) => Promise<Run>;
}

const TIMES = [30, 60, 300, 600, 1800, 3600];

/** What is searched, how, and for how long. Closes with the study. */
@Component({
  selector: 'mw-tune-dialog',
  imports: [
    Field,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    ProblemView,
    Skeleton,
    SpaceEditor,
    View,
    ViewContent,
    ViewLoading,
  ],
  template: `
    <h2 mat-dialog-title>Tune “{{ asked.candidate.label }}”</h2>
    <mat-dialog-content>
      <mw-view [source]="offered">
        <ng-template mwLoading><mw-skeleton [lines]="7" /></ng-template>
        <ng-template [mwContent]="offered" let-space>
          @if (draft(); as draft) {
            <div class="mw-stack">
              <p class="mw-muted">
                Trials are judged on the same rows and folds as the run; the first is the candidate itself. No
                model is made until you apply a trial.
              </p>
              <mw-space-editor
                [family]="asked.candidate.family"
                [dimensions]="draft.dimensions"
                (changed)="change({ dimensions: $event })"
              />
              <div class="fields">
                <mw-field #samplerField label="Sampler" [help]="meaning(space.samplers, draft.sampler)">
                  <select
                    #sampler
                    class="mw-input"
                    [id]="samplerField.controlId"
                    [attr.aria-describedby]="samplerField.describedBy()"
                    (change)="chooseSampler(sampler.value)"
                  >
                    @for (one of space.samplers; track one.name) {
                      <option [value]="one.name" [selected]="one.name === draft.sampler">
                        {{ one.label }}
                      </option>
                    }
                  </select>
                </mw-field>
                <mw-field #prunerField label="Pruner" [help]="meaning(space.pruners, draft.pruner)">
                  <select
                    #pruner
                    class="mw-input"
                    [id]="prunerField.controlId"
                    [attr.aria-describedby]="prunerField.describedBy()"
                    (change)="choosePruner(pruner.value)"
                  >
                    @for (one of space.pruners; track one.name) {
                      <option [value]="one.name" [selected]="one.name === draft.pruner">
                        {{ one.label }}
                      </option>
                    }
                  </select>
                </mw-field>
                <mw-field #trialsField label="Most trials" [help]="perTrial()">
                  <input
                    #trials
                    class="mw-input"
                    type="number"
                    min="1"
                    max="2000"
                    [id]="trialsField.controlId"
                    [value]="draft.maxTrials"
                    [attr.aria-describedby]="trialsField.describedBy()"
                    (change)="change({ maxTrials: whole(trials.value) })"
                  />
                </mw-field>
                <mw-field #timeField label="Most time" help="It ends with whichever comes first.">
                  <select
                    #time
                    class="mw-input"
                    [id]="timeField.controlId"
                    [attr.aria-describedby]="timeField.describedBy()"
                    (change)="change({ budgetSeconds: +time.value })"
                  >
                    @for (one of times; track one.seconds) {
                      <option [value]="one.seconds" [selected]="one.seconds === draft.budgetSeconds">
                        {{ one.text }}
                      </option>
                    }
                  </select>
                </mw-field>
              </div>
              @if (problem(); as error) {
                <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
              }
            </div>
          }
        </ng-template>
      </mw-view>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" mat-dialog-close>Cancel</button>
      <button type="button" matButton="filled" [disabled]="busy() || !request()" (click)="start()">
        {{ busy() ? 'Starting' : 'Start study' }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    .fields {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(230px, 100%), 1fr));
      gap: 16px 20px;
    }
  `,
})
export class TuneDialog {
  protected readonly asked = inject<TuneRequest>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<TuneDialog, Run>>(MatDialogRef);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly times = TIMES.map((seconds) => ({ seconds, text: formatDuration(seconds) }));

  protected readonly offered = resource({
    loader: ({ abortSignal }) =>
      call(
        getStudySpace({
          path: { runId: this.asked.run.id, candidateId: this.asked.candidate.candidateId },
          signal: abortSignal,
        }),
      ),
  });
  protected readonly draft = linkedSignal<StudyDraft | undefined>(() =>
    this.offered.hasValue() ? draftOf(this.offered.value()) : undefined,
  );
  protected readonly request = computed(() => {
    const draft = this.draft();
    return draft && requestOf(draft);
  });
  protected readonly perTrial = computed(() => {
    const seconds = this.offered.hasValue() ? this.offered.value().secondsPerTrial : null;
    return seconds === null ? '' : `One takes about ${formatDuration(seconds)}; those given up take less.`;
  });

  protected change(change: Partial<StudyDraft>): void {
    this.draft.update((draft) => draft && { ...draft, ...change });
  }

  protected chooseSampler(name: string): void {
    if (name === 'tpe' || name === 'random' || name === 'grid') this.change({ sampler: name });
  }

  protected choosePruner(name: string): void {
    if (name === 'none' || name === 'median' || name === 'hyperband') this.change({ pruner: name });
  }

  protected meaning(methods: readonly { name: string; meaning: string }[], name: string): string {
    return methods.find((one) => one.name === name)?.meaning ?? '';
  }

  protected whole(text: string): number {
    return Math.min(2_000, Math.max(1, Math.round(Number(text)) || 1));
  }

  protected async start(): Promise<void> {
    const request = this.request();
    if (!request) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      this.dialog.close(await this.asked.perform(request));
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
