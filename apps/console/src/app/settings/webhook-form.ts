import { Component, computed, input, linkedSignal, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { CreateWebhookRequest, Webhook } from '@modelwright/sdk';
import type { ApiProblem } from '../shared/api/problem';
import { Field } from '../shared/ui/field';
import { ProblemView } from '../shared/ui/problem-view';
import { WEBHOOK_EVENTS, type WebhookEvent } from './webhook-events';

/** Name, address and events of a webhook, new or known. */
@Component({
  selector: 'mw-webhook-form',
  imports: [Field, MatButton, ProblemView],
  template: `
    <form class="mw-stack" novalidate (submit)="$event.preventDefault(); send()">
      <mw-field #nameField label="Name" [error]="problem()?.messageFor('name')">
        <input
          #nameInput
          class="mw-input"
          maxlength="80"
          autocomplete="off"
          placeholder="Incident channel"
          [id]="nameField.controlId"
          [attr.aria-describedby]="nameField.describedBy()"
          [value]="name()"
          (input)="name.set(nameInput.value)"
        />
      </mw-field>
      <mw-field
        #urlField
        label="Address"
        help="Gets a POST for each event. Redirects are not followed."
        [error]="problem()?.messageFor('url')"
      >
        <input
          #urlInput
          class="mw-input"
          type="url"
          maxlength="2000"
          autocomplete="off"
          placeholder="https://hooks.example.com/models"
          [id]="urlField.controlId"
          [attr.aria-describedby]="urlField.describedBy()"
          [value]="url()"
          (input)="url.set(urlInput.value)"
        />
      </mw-field>
      <fieldset class="mw-stack-tight">
        <legend>Tell it when</legend>
        @for (event of events; track event.id) {
          <label class="mw-check">
            <input type="checkbox" [checked]="chosen().has(event.id)" (change)="toggle(event.id)" />
            {{ event.word }}
          </label>
        }
      </fieldset>
      @if (problem(); as error) {
        @if (!error.messageFor('url') && !error.messageFor('name')) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
      }
      <div class="mw-row">
        <button type="submit" matButton="filled" [disabled]="!complete() || busy()">
          {{ webhook() ? 'Save' : 'Create webhook' }}
        </button>
        <button type="button" matButton="text" (click)="closed.emit()">Cancel</button>
      </div>
    </form>
  `,
  styles: `
    form {
      max-width: 520px;
    }
    legend {
      margin-bottom: 4px;
      font-weight: 500;
    }
  `,
})
export class WebhookForm {
  readonly webhook = input<Webhook>();
  readonly busy = input(false);
  readonly problem = input<ApiProblem>();
  readonly saved = output<CreateWebhookRequest>();
  readonly closed = output();
  protected readonly events = WEBHOOK_EVENTS;
  protected readonly name = linkedSignal(() => this.webhook()?.name ?? '');
  protected readonly url = linkedSignal(() => this.webhook()?.url ?? '');
  protected readonly chosen = linkedSignal<ReadonlySet<string>>(
    () =>
      new Set(
        this.webhook()?.events ?? [
          'deployment.failed',
          'deployment.rolled_back',
          'alert.firing',
          'alert.resolved',
        ],
      ),
  );
  protected readonly complete = computed(
    () => this.name().trim() !== '' && this.url().trim() !== '' && this.chosen().size > 0,
  );

  protected toggle(event: WebhookEvent): void {
    this.chosen.update((chosen) => {
      const next = new Set(chosen);
      if (!next.delete(event)) next.add(event);
      return next;
    });
  }

  protected send(): void {
    if (!this.complete() || this.busy()) return;
    const events = WEBHOOK_EVENTS.flatMap(({ id }) => (this.chosen().has(id) ? [id] : []));
    this.saved.emit({ name: this.name().trim(), url: this.url().trim(), events });
  }
}
