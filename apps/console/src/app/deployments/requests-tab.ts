import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { formatCount } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { EmptyState } from '../shared/ui/empty-state';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { latencyText } from './latency';
import { ProblemView } from '../shared/ui/problem-view';
import { LogReaders } from './log-readers';
import { RequestFilters } from './request-filters';
import { RequestPanel } from './request-panel';
import { callerText, clipped, predictionText } from './request-words';
import { OUTCOMES, RequestsStore } from './requests.store';

const LABELS = { all: 'All', succeeded: 'Succeeded', failed: 'Refused or failed' } as const;

/** The calls, newest first; new ones arrive by themselves. */
@Component({
  selector: 'mw-requests-tab',
  imports: [
    EmptyState,
    LogReaders,
    MatButton,
    ProblemView,
    RequestFilters,
    RequestPanel,
    RouterLink,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
  ],
  providers: [RequestsStore],
  template: `
    @if (!project.canEdit()) {
      <div class="mw-card">
        <mw-empty
          icon="lock"
          title="Requests are for editors"
          text="The log holds the rows that were sent, so viewers do not see it. An owner of the project can make you an editor, on the project's overview under Members."
        />
      </div>
    } @else {
      <div class="mw-card">
        <div class="mw-card-head">
          <h2>Requests</h2>
          <fieldset class="mw-segments">
            <legend class="visually-hidden">Which calls</legend>
            @for (outcome of outcomes; track outcome.id) {
              <label>
                <input
                  type="radio"
                  name="outcome"
                  [checked]="outcome.id === store.outcome()"
                  (change)="store.showOnly(outcome.id)"
                />
                {{ outcome.label }}
              </label>
            }
          </fieldset>
        </div>
        <mw-request-filters />
        @if (store.problem(); as error) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
        <mw-view [source]="store.list.source" [empty]="store.list.isEmpty()">
          <ng-template mwEmpty>
            <mw-empty
              icon="history"
              [title]="
                store.outcome() === 'all' && !store.isFiltered() ? 'No calls yet' : 'No call like this'
              "
              [text]="
                store.isFiltered()
                  ? 'No logged call fits these filters. Values of masked columns are not found.'
                  : store.outcome() === 'failed'
                    ? 'No call has failed.'
                    : 'Try the model or call it with a key: every call shows up here within two seconds.'
              "
            />
          </ng-template>
          <ng-template [mwContent]="store.list.source" let-list>
            <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Requests">
              <table class="mw-table">
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Status</th>
                    <th scope="col">First prediction</th>
                    <th scope="col" class="mw-num">Rows</th>
                    <th scope="col" class="mw-num">Latency</th>
                    <th scope="col">Caller</th>
                    <th scope="col" class="mw-num">Version</th>
                  </tr>
                </thead>
                <tbody>
                  @for (row of rows(); track row.id) {
                    <tr [class.selected]="row.id === store.opened()">
                      <td>
                        <a
                          class="mw-row-link"
                          [routerLink]="[]"
                          [queryParams]="{ request: row.id }"
                          queryParamsHandling="merge"
                          [replaceUrl]="true"
                          ><mw-time [at]="row.at"
                        /></a>
                      </td>
                      <td><mw-status [status]="row.state" [label]="row.status" /></td>
                      <td class="answer mw-ellipsis" [class.mw-muted]="row.failed">{{ row.answer }}</td>
                      <td class="mw-num">{{ row.count }}</td>
                      <td class="mw-num">{{ row.latency }}</td>
                      <td>
                        {{ row.caller }} <span class="mw-muted mw-small">{{ row.kind }}</span>
                      </td>
                      <td class="mw-num">{{ row.version }}</td>
                    </tr>
                  }
                </tbody>
              </table>
            </div>
            @if (list.hasMore) {
              <p class="more">
                <button type="button" matButton="outlined" (click)="store.list.more()">
                  Show older calls
                </button>
              </p>
            }
          </ng-template>
        </mw-view>
      </div>
      @if (project.isOwner()) {
        <mw-log-readers />
      }
      @if (store.opened()) {
        <mw-request-panel />
      }
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    td {
      white-space: nowrap;
    }
    .answer {
      max-width: 320px;
    }
    .more {
      padding: 12px;
      text-align: center;
    }
  `,
})
export class RequestsTab {
  protected readonly store = inject(RequestsStore);
  protected readonly project = inject(ProjectContext);
  protected readonly outcomes = OUTCOMES.map((id) => ({ id, label: LABELS[id] }));
  protected readonly rows = computed(() =>
    this.store.list.items().map((request) => {
      const failed = request.status >= 400;
      return {
        id: request.requestId,
        at: request.at,
        failed,
        state: failed ? 'failed' : 'succeeded',
        status: String(request.status),
        answer: failed ? clipped(request.error ?? 'no answer') : predictionText(request.firstPrediction),
        count: formatCount(request.rowCount),
        latency: latencyText(request.latencyMs),
        caller: callerText(request),
        kind: request.caller.kind === 'key' && request.caller.name !== null ? 'key' : '',
        version: request.modelVersionNumber ?? '–',
      };
    }),
  );
}
