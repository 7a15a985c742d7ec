import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { WebhookDelivery } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { CodeBlock } from '../shared/ui/code-block';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { eventWords } from './webhook-events';
import { WebhooksStore } from './webhooks.store';

/** What a webhook was sent, what it answered, and once more on request. */
@Component({
  selector: 'mw-webhook-deliveries',
  imports: [
    CodeBlock,
    EmptyState,
    Icon,
    MatButton,
    ProblemView,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
  ],
  template: `
    @if (problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="store.deliveries.source" [empty]="store.deliveries.isEmpty()">
      <ng-template mwEmpty>
        <mw-empty icon="history" title="Nothing was sent yet" text="Send a test, or wait for an event." />
      </ng-template>
      <ng-template [mwContent]="store.deliveries.source" let-list>
        <ul>
          @for (delivery of list.items; track delivery.id) {
            <li>
              <button
                type="button"
                class="row"
                [attr.aria-expanded]="delivery.id === openId()"
                (click)="openId.set(delivery.id === openId() ? undefined : delivery.id)"
              >
                <mw-icon [name]="delivery.id === openId() ? 'chevron-down' : 'chevron-right'" [size]="14" />
                <mw-status [status]="delivery.status" />
                <span class="what">
                  <span [title]="delivery.eventType">{{ eventWords([delivery.eventType]) }}</span>
                  <span class="mw-muted mw-small">{{ answerOf(delivery) }}</span>
                </span>
                <span class="mw-muted mw-small"><mw-time [at]="delivery.createdAt" /></span>
              </button>
              @if (delivery.id === openId()) {
                <div class="mw-stack details">
                  @if (delivery.error) {
                    <p class="mw-banner warning">
                      <mw-icon name="warning" [size]="16" />
                      <span>
                        {{ delivery.error }}
                        @if (delivery.nextAttemptAt; as at) {
                          Next try <mw-time [at]="at" />.
                        }
                      </span>
                    </p>
                  }
                  <dl class="mw-facts">
                    <div>
                      <dt>Tries</dt>
                      <dd>{{ delivery.attempts }}</dd>
                    </div>
                    <div>
                      <dt>webhook-id</dt>
                      <dd>
                        <code>{{ delivery.messageId }}</code>
                      </dd>
                    </div>
                  </dl>
                  <mw-code label="Payload" [snippets]="payload()" />
                  @if (delivery.responseBody) {
                    <mw-code label="Answer" [snippets]="answer()" />
                  }
                  <div>
                    <button
                      type="button"
                      matButton="outlined"
                      [disabled]="busy() || delivery.status === 'queued' || !store.open()?.enabled"
                      (click)="redeliver(delivery)"
                    >
                      <mw-icon name="refresh" [size]="15" /> Redeliver
                    </button>
                  </div>
                </div>
              }
            </li>
          }
        </ul>
        @if (list.hasMore) {
          <button type="button" matButton="outlined" (click)="store.deliveries.more()">Show more</button>
        }
      </ng-template>
    </mw-view>
  `,
  styles: `
    :host {
      display: block;
    }
    li {
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    li:last-child {
      border-bottom: 0;
    }
    .row {
      display: grid;
      grid-template-columns: auto auto minmax(0, 1fr) auto;
      align-items: center;
      gap: 0 10px;
      width: 100%;
      min-height: 44px;
      padding: 6px 0;
      border: 0;
      background: none;
      color: inherit;
      font: inherit;
      text-align: left;
      cursor: pointer;
    }
    .what {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 0 8px;
    }
    .details {
      padding: 4px 0 16px 24px;
    }
  `,
})
export class WebhookDeliveries {
  protected readonly store = inject(WebhooksStore);
  protected readonly openId = signal<string | undefined>(undefined);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  private readonly open = computed(() =>
    this.store.deliveries.items().find(({ id }) => id === this.openId()),
  );
  protected readonly payload = computed(() => [
    { language: 'Payload', code: indented(this.open()?.payload ?? '') },
  ]);
  protected readonly answer = computed(() => [{ language: 'Answer', code: this.open()?.responseBody ?? '' }]);

  protected readonly eventWords = eventWords;

  protected answerOf({ responseStatus, durationMs }: WebhookDelivery): string {
    if (responseStatus === null) return '';
    return durationMs === null ? String(responseStatus) : `${responseStatus} in ${Math.round(durationMs)} ms`;
  }

  protected async redeliver(delivery: WebhookDelivery): Promise<void> {
    const webhookId = this.store.open()?.id;
    if (webhookId === undefined) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.store.redeliver(webhookId, delivery.id);
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}

/** For reading; what is signed is the text without the spaces. */
function indented(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
