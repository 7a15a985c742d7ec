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
import { toProblem } from '../api/problem';
import { Field } from './field';
import { ProblemView } from './problem-view';

export interface PromptRequest {
  readonly title: string;
  readonly label: string;
  readonly value: string;
  readonly help?: string;
  /** Verb and noun of the button: `Rename dataset`. */
  readonly action: string;
  readonly maxLength?: number;
  /** Whether no text is an answer too. */
  readonly allowEmpty?: boolean;
  /** Does it; while it fails the dialog stays open with the input and the reason. */
  readonly perform: (text: string) => Promise<void>;
}

@Component({
  selector: 'mw-prompt-dialog',
  imports: [
    Field,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    ProblemView,
  ],
  template: `
    <h2 mat-dialog-title>{{ request.title }}</h2>
    <mat-dialog-content>
      <div class="mw-stack">
        <mw-field #field [label]="request.label" [help]="request.help">
          <input
            #input
            class="mw-input"
            autocomplete="off"
            [id]="field.controlId"
            [attr.aria-describedby]="field.describedBy()"
            [attr.maxlength]="request.maxLength ?? 200"
            [value]="text()"
            (input)="text.set(input.value)"
            (keydown.enter)="perform()"
          />
        </mw-field>
        @if (problem(); as error) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" mat-dialog-close>Cancel</button>
      <button type="button" matButton="filled" [disabled]="!allowed()" (click)="perform()">
        {{ request.action }}
      </button>
    </mat-dialog-actions>
  `,
})
export class PromptDialog {
  protected readonly request = inject<PromptRequest>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<PromptDialog, string>>(MatDialogRef);
  protected readonly text = signal(this.request.value);
  protected readonly problem = signal<unknown>(undefined);
  private readonly busy = signal(false);
  protected readonly allowed = computed(
    () => (this.request.allowEmpty === true || this.text().trim() !== '') && !this.busy(),
  );

  protected async perform(): Promise<void> {
    if (!this.allowed()) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.request.perform(this.text().trim());
      this.dialog.close(this.text().trim());
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
