import { Component, computed, inject, signal } from '@angular/core';
import { TimeAgo } from '../shared/format/time-ago';
import { CodeBlock } from '../shared/ui/code-block';
import { CopyButton } from '../shared/ui/copy-button';
import { SidePanel } from '../shared/ui/side-panel';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent } from '../shared/ui/view';
import { latencyText } from './latency';
import { RowsTable } from './rows-table';
import { callerText } from './request-words';
import { RequestsStore } from './requests.store';

/** One call in full: what was sent, what was answered, what went wrong. */
@Component({
  selector: 'mw-request-panel',
  imports: [CodeBlock, CopyButton, RowsTable, SidePanel, StatusChip, TimeAgo, View, ViewContent],
  template: `
    <mw-side-panel heading="Request" (closed)="store.close()">
      <mw-view [source]="store.detail">
        <ng-template [mwContent]="store.detail" let-request>
          <div class="mw-stack">
            <dl class="mw-rows">
              <dt>Status</dt>
              <dd>
                <mw-status
                  [status]="request.status >= 400 ? 'failed' : 'succeeded'"
                  [label]="'' + request.status"
                />
              </dd>
              <dt>When</dt>
              <dd><mw-time [at]="request.at" /></dd>
              <dt>Latency</dt>
              <dd class="mw-number">{{ latency() }}</dd>
              <dt>Caller</dt>
              <dd>{{ caller() }}</dd>
              @if (request.clientAddress; as address) {
                <dt>Address</dt>
                <dd>
                  <code>{{ address }}</code>
                </dd>
              }
              <dt>Id</dt>
              <dd class="id">
                <code>{{ request.requestId }}</code>
                <mw-copy [text]="request.requestId" label="Copy request id" />
              </dd>
            </dl>
            @if (request.error; as error) {
              <p class="mw-banner error">{{ error }}</p>
            }
            <fieldset class="mw-segments">
              <legend class="visually-hidden">Show as</legend>
              <label
                ><input type="radio" name="as" [checked]="!asJson()" (change)="asJson.set(false)" />
                Tables</label
              >
              <label
                ><input type="radio" name="as" [checked]="asJson()" (change)="asJson.set(true)" /> JSON</label
              >
            </fieldset>
            @if (asJson()) {
              <mw-code label="Rows and predictions" [snippets]="json()" />
            } @else {
              @if (request.outputs.length > 0) {
                <mw-rows-table heading="Predictions" [rows]="request.outputs" />
              }
              @if (request.inputs.length > 0) {
                <mw-rows-table heading="Rows sent" [rows]="request.inputs" />
              }
            }
            @if (request.truncated) {
              <p class="mw-small mw-muted">
                The call had {{ request.rowCount }} rows; the log keeps the first {{ request.inputs.length }}.
              </p>
            }
          </div>
        </ng-template>
      </mw-view>
    </mw-side-panel>
  `,
  styles: `
    .id {
      display: flex;
      align-items: center;
      gap: 4px;
    }
    .mw-segments {
      width: fit-content;
    }
  `,
})
export class RequestPanel {
  protected readonly store = inject(RequestsStore);
  protected readonly asJson = signal(false);
  private readonly request = computed(() =>
    this.store.detail.hasValue() ? this.store.detail.value() : undefined,
  );
  protected readonly latency = computed(() => latencyText(this.request()?.latencyMs ?? null));
  protected readonly caller = computed(() => {
    const request = this.request();
    if (!request) return '';
    return request.caller.kind === 'key' ? `key “${callerText(request)}”` : callerText(request);
  });
  protected readonly json = computed(() => {
    const request = this.request();
    if (!request) return [];
    const { inputs, outputs } = request;
    return [{ language: 'JSON', code: JSON.stringify({ rows: inputs, predictions: outputs }, null, 2) }];
  });
}
