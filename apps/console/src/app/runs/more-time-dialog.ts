import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogRef,
  MatDialogTitle,
} from '@angular/material/dialog';
import type { Run } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { formatDuration } from '../shared/format/numbers';
import { ProblemView } from '../shared/ui/problem-view';

export interface MoreTimeRequest {
  readonly run: Run;
  /** Starts it; while it fails the dialog stays open with the reason. */
  readonly perform: (seconds: number) => Promise<Run>;
}

const CHOICES = [60, 300, 600, 1800, 3600];

/** How much more time a run gets. Closes with the new run. */
@Component({
  selector: 'mw-more-time-dialog',
  imports: [MatButton, MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle, ProblemView],
  template: `
    <h2 mat-dialog-title>More time for “{{ request.run.name }}”</h2>
    <mat-dialog-content>
      <div class="mw-stack">
        @if (request.run.kind === 'study') {
          <p>
            A new study goes on from what this one knows: its trials are there at once, and as many again are
            tried.
          </p>
        } @else {
          <p>
            A new run goes on from what this one knows: its candidates are on the board at once, on the same
            rows and folds, and the search continues.
          </p>
        }
        <fieldset class="mw-stack-tight">
          <legend>Time on top</legend>
          <div class="mw-segments">
            @for (choice of choices; track choice.seconds) {
              <label>
                <input
                  type="radio"
                  name="more-time"
                  [checked]="choice.seconds === seconds()"
                  (change)="seconds.set(choice.seconds)"
                />
                {{ choice.text }}
              </label>
            }
          </div>
        </fieldset>
        @if (problem(); as error) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" mat-dialog-close>Cancel</button>
      <button type="button" matButton="filled" [disabled]="busy()" (click)="perform()">{{ action() }}</button>
    </mat-dialog-actions>
  `,
})
export class MoreTimeDialog {
  protected readonly request = inject<MoreTimeRequest>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<MoreTimeDialog, Run>>(MatDialogRef);
  protected readonly choices = CHOICES.map((seconds) => ({ seconds, text: formatDuration(seconds) }));
  protected readonly seconds = signal(this.request.run.budgetSeconds <= 120 ? 60 : 600);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly action = computed(() =>
    this.busy() ? 'Starting' : `Continue for ${formatDuration(this.seconds())}`,
  );

  protected async perform(): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      this.dialog.close(await this.request.perform(this.seconds()));
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
