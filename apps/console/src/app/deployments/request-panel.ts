import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { TimeAgo } from '../shared/format/time-ago';
import { CodeBlock } from '../shared/ui/code-block';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { SidePanel } from '../shared/ui/side-panel';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent } from '../shared/ui/view';
import { latencyText } from './latency';
import { PredictionForm } from './prediction-form';
import { RowsTable } from './rows-table';
import { MASKED, callerText, predictionCells, replayRow } from './request-words';
import type { Row } from '../shared/inputs/input-row';
import { DeploymentStore } from './deployment.store';
import { RequestsStore } from './requests.store';

/** One call in full: what was sent, what was answered, what went wrong. */
@Component({
  selector: 'mw-request-panel',
  imports: [
    CodeBlock,
    CopyButton,
    Icon,
    MatButton,
    RowsTable,
    SidePanel,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
  ],
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
              @if (request.modelVersionNumber; as version) {
                <dt>Answered by</dt>
                <dd>version {{ version }}</dd>
              }
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
            @if (replayable(); as row) {
              <div class="replay">
                <button type="button" matButton="tonal" (click)="replay(row)">
                  <mw-icon name="play" [size]="15" /> Open in Try it
                </button>
                <button type="button" matButton="text" (click)="whatIf(row)">
                  <mw-icon name="edit" [size]="15" /> Open in What if
                </button>
                @if (hasMasked()) {
                  <span class="mw-small mw-muted"
                    >Masked values are not known: they are missing in the form. Fill them in.</span
                  >
                }
              </div>
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
                <mw-rows-table heading="Predictions" [rows]="predictions()" />
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
    .replay {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 12px;
    }
    .mw-segments {
      width: fit-content;
    }
  `,
})
export class RequestPanel {
  protected readonly store = inject(RequestsStore);
  private readonly form = inject(PredictionForm);
  private readonly deployment = inject(DeploymentStore);
  private readonly router = inject(Router);
  protected readonly asJson = signal(false);
  private readonly request = computed(() =>
    this.store.detail.hasValue() ? this.store.detail.value() : undefined,
  );
  /** The first row that was sent, without what the log does not hold. */
  protected readonly replayable = computed(() => replayRow(this.request()?.inputs[0]));
  protected readonly hasMasked = computed(() =>
    Object.values(this.request()?.firstInput ?? {}).includes(MASKED),
  );
  protected readonly predictions = computed(() => (this.request()?.outputs ?? []).map(predictionCells));
  protected readonly latency = computed(() => latencyText(this.request()?.latencyMs ?? null));
  protected readonly caller = computed(() => {
    const request = this.request();
    if (!request) return '';
    return request.caller.kind === 'key' ? `key “${callerText(request)}”` : callerText(request);
  });
  /** Puts the row into the form of Try it. */
  protected replay(row: Row): void {
    this.form.fill(row, 'A row of a logged call');
    void this.router.navigate([], { queryParams: { tab: 'try' } });
  }

  /**
   * Puts the row into What if of the version that answered. It travels in the history, not in the address: what callers
   * send does not belong into links.
   */
  protected whatIf(row: Row): void {
    const request = this.request();
    const deployment = this.deployment.current();
    if (!request || !deployment) return;
    const queryParams = {
      tab: 'what-if',
      version: request.modelVersionNumber ?? deployment.modelVersionNumber,
      from: 'request',
    };
    void this.router.navigate(['/p', deployment.projectId, 'models', deployment.modelId], {
      queryParams,
      state: { row },
    });
  }

  protected readonly json = computed(() => {
    const request = this.request();
    if (!request) return [];
    const { inputs, outputs } = request;
    return [{ language: 'JSON', code: JSON.stringify({ rows: inputs, predictions: outputs }, null, 2) }];
  });
}
