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
import { Field } from './field';

export interface ConfirmRequest {
  /** Names the thing: `Delete dataset “telco churn”?` */
  readonly title: string;
  /** What is lost, what stays. */
  readonly text: string;
  /** Things that depend on it, one a line. */
  readonly affected?: readonly string[];
  /** Verb and noun of the button: `Delete dataset`. */
  readonly action: string;
  readonly destructive?: boolean;
  /** The other button, where “Cancel” could be taken for the action itself: `Keep running`. */
  readonly dismiss?: string;
  /** For projects and live deployments: the name that has to be typed. */
  readonly typeToConfirm?: string;
}

@Component({
  selector: 'mw-confirm-dialog',
  imports: [Field, MatButton, MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle],
  template: `
    <h2 mat-dialog-title>{{ request.title }}</h2>
    <mat-dialog-content>
      <div class="mw-stack">
        <p>{{ request.text }}</p>
        @if (request.affected?.length) {
          <ul>
            @for (thing of request.affected; track thing) {
              <li>{{ thing }}</li>
            }
          </ul>
        }
        @if (request.typeToConfirm; as name) {
          <mw-field #f [label]="'Type ' + name + ' to confirm'">
            <input
              class="mw-input"
              autocomplete="off"
              spellcheck="false"
              [id]="f.controlId"
              [value]="typed()"
              #typedInput
              (input)="typed.set(typedInput.value)"
              (keydown.enter)="confirm()"
            />
          </mw-field>
        }
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" mat-dialog-close>{{ request.dismiss ?? 'Cancel' }}</button>
      <button
        type="button"
        matButton="filled"
        [class.destructive]="request.destructive"
        [disabled]="!allowed()"
        (click)="confirm()"
      >
        {{ request.action }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    ul {
      display: grid;
      gap: 4px;
      padding-left: 18px;
      list-style: disc;
    }
    .destructive:not(:disabled) {
      --mat-button-filled-container-color: var(--mat-sys-error);
      --mat-button-filled-label-text-color: var(--mat-sys-on-error);
    }
  `,
})
export class ConfirmDialog {
  protected readonly request = inject<ConfirmRequest>(MAT_DIALOG_DATA);
  protected readonly typed = signal('');
  protected readonly allowed = computed(
    () => !this.request.typeToConfirm || this.typed().trim() === this.request.typeToConfirm,
  );
  private readonly dialog = inject<MatDialogRef<ConfirmDialog, boolean>>(MatDialogRef);

  protected confirm(): void {
    if (this.allowed()) this.dialog.close(true);
  }
}
