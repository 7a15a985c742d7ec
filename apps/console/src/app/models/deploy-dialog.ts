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
import type { CreateDeploymentRequest, Deployment, ModelVersion } from '@modelwright/sdk';
import { idempotencyKey } from '../shared/api/idempotency-key';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { AUTH_MODES, type AuthMode, rateProblem } from '../shared/endpoints/auth-modes';
import { slugFrom, slugProblem } from '../shared/endpoints/endpoint-slug';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';

export interface DeployRequest {
  readonly version: ModelVersion;
  readonly perform: (request: CreateDeploymentRequest, key: string) => Promise<Deployment>;
}

/** Name, address, who may call, how often; closes with the deployment that is starting. */
@Component({
  selector: 'mw-deploy-dialog',
  imports: [
    Field,
    Icon,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    ProblemView,
  ],
  template: `
    <h2 mat-dialog-title>Deploy {{ request.version.modelName }} version {{ request.version.number }}</h2>
    <mat-dialog-content>
      <form id="deploy-form" class="mw-stack" novalidate (submit)="deploy($event)">
        <mw-field #nameField label="Name" [error]="problem()?.messageFor('name')">
          <input
            #nameInput
            class="mw-input"
            maxlength="120"
            autocomplete="off"
            [id]="nameField.controlId"
            [value]="name()"
            [attr.aria-describedby]="nameField.describedBy()"
            (input)="name.set(nameInput.value)"
          />
        </mw-field>
        <mw-field #slugField label="Endpoint name" [help]="address()" [error]="slugError()">
          <input
            #slugInput
            class="mw-input mw-mono"
            maxlength="64"
            autocomplete="off"
            spellcheck="false"
            [id]="slugField.controlId"
            [value]="wanted()"
            [attr.aria-invalid]="slugError() ? true : null"
            [attr.aria-describedby]="slugField.describedBy()"
            (input)="setSlug(slugInput.value)"
          />
        </mw-field>
        <fieldset class="mw-stack-tight modes">
          <legend>Who may call it</legend>
          @for (mode of modes; track mode.id) {
            <label>
              <input
                type="radio"
                name="mode"
                [checked]="mode.id === authMode()"
                (change)="authMode.set(mode.id)"
              />
              <span
                ><strong>{{ mode.label }}</strong
                ><span class="mw-small mw-muted">{{ mode.meaning }}</span></span
              >
            </label>
          }
        </fieldset>
        @if (authMode() === 'public') {
          <p class="mw-banner warning">
            <mw-icon name="warning" [size]="16" /> Anybody who reaches this computer can send rows to it.
          </p>
        }
        <mw-field
          #rateField
          label="Calls per minute, all callers together"
          help="More are answered with 429 and when to try again."
          [error]="rateError()"
        >
          <input
            #rateInput
            class="mw-input short"
            type="number"
            min="1"
            max="1000000"
            [id]="rateField.controlId"
            [value]="rate()"
            [attr.aria-invalid]="rateError() ? true : null"
            [attr.aria-describedby]="rateField.describedBy()"
            (input)="rate.set(+rateInput.value)"
          />
        </mw-field>
        @if (problem(); as error) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
      </form>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" mat-dialog-close>Cancel</button>
      <button type="submit" form="deploy-form" matButton="filled" [disabled]="!allowed()">
        {{ busy() ? 'Deploying' : 'Deploy' }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    legend {
      margin-bottom: 6px;
      font-weight: 500;
    }
    .modes label {
      display: flex;
      gap: 10px;
      padding: 6px 0;
      cursor: pointer;
    }
    .modes input {
      margin-top: 2px;
    }
    .modes .mw-small {
      display: block;
    }
    .short {
      max-width: 160px;
    }
  `,
})
export class DeployDialog {
  protected readonly request = inject<DeployRequest>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<DeployDialog, Deployment>>(MatDialogRef);
  protected readonly modes = AUTH_MODES;

  protected readonly name = signal(this.request.version.modelName);
  /** Follows the name until it is written by hand. */
  private readonly slug = computed(() => slugFrom(this.name()));
  private readonly written = signal<string | undefined>(undefined);
  protected readonly authMode = signal<AuthMode>('api-key');
  protected readonly rate = signal(60);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  private attempt: { readonly body: string; readonly key: string } | undefined;

  protected readonly wanted = computed(() => this.written() ?? this.slug());
  protected readonly slugError = computed(
    () => slugProblem(this.wanted()) || this.problem()?.messageFor('endpointSlug'),
  );
  protected readonly rateError = computed(() => rateProblem(this.rate()));
  protected readonly address = computed(
    () => `${location.origin}/api/deployments/${this.wanted()}/predict. It cannot be changed later.`,
  );
  protected readonly allowed = computed(
    () =>
      !this.busy() && this.name().trim() !== '' && !slugProblem(this.wanted()) && this.rateError() === '',
  );

  protected setSlug(slug: string): void {
    this.written.set(slug.trim());
    this.problem.set(undefined);
  }

  protected async deploy(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.allowed()) return;
    const body: CreateDeploymentRequest = {
      modelVersionId: this.request.version.id,
      name: this.name().trim(),
      endpointSlug: this.wanted(),
      authMode: this.authMode(),
      rateLimitPerMinute: this.rate(),
    };
    const text = JSON.stringify(body);
    if (this.attempt?.body !== text) this.attempt = { body: text, key: idempotencyKey() };
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      this.dialog.close(await this.request.perform(body, this.attempt.key));
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
