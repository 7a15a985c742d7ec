import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { listPredictionLogAccesses } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { plural } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { View, ViewContent } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { KeysStore } from './keys.store';
import { readingWords } from './reading-words';

/** Who has read the log of this deployment; for owners. */
@Component({
  selector: 'mw-log-readers',
  imports: [MatButton, RouterLink, TimeAgo, View, ViewContent],
  providers: [KeysStore],
  host: { class: 'mw-card' },
  template: `
    <div class="mw-card-head">
      <div>
        <h2>Who has read this log</h2>
        <p class="mw-small mw-muted">Every look, opened request and export, by the hour. For owners only.</p>
      </div>
    </div>
    <mw-view [source]="list.source">
      <ng-template [mwContent]="list.source" let-found>
        <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Who has read this log">
          <table class="mw-table">
            <thead>
              <tr>
                <th scope="col">Last</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              @for (item of rows(); track item.id) {
                <tr>
                  <td><mw-time [at]="item.lastAt" /></td>
                  <td class="who">{{ item.userName ?? 'somebody who left' }}</td>
                  <td class="what">
                    {{ item.words }}
                    @if (item.request; as request) {
                      <a
                        class="mw-mono"
                        [routerLink]="[]"
                        [queryParams]="{ request }"
                        queryParamsHandling="merge"
                        [title]="request"
                        >…{{ request.slice(-8) }}</a
                      >
                    }
                    @if (item.times > 1) {
                      <span class="mw-muted mw-small">{{ item.timesText }}</span>
                    }
                  </td>
                  <td>
                    <code>{{ item.clientAddress }}</code>
                  </td>
                </tr>
              } @empty {
                <tr>
                  <td colspan="4" class="mw-muted">Nobody yet.</td>
                </tr>
              }
            </tbody>
          </table>
        </div>
        @if (found.hasMore) {
          <p class="more">
            <button type="button" matButton="outlined" (click)="list.more()">Show earlier</button>
          </p>
        }
      </ng-template>
    </mw-view>
  `,
  styles: `
    .who {
      white-space: nowrap;
    }
    .what {
      min-width: 220px;
    }
    .more {
      padding: 12px;
      text-align: center;
    }
  `,
})
export class LogReaders {
  private readonly deployment = inject(DeploymentStore);
  protected readonly list = pages({
    params: () => this.deployment.id(),
    load: (deploymentId, page, signal) =>
      call(listPredictionLogAccesses({ path: { deploymentId }, query: page, signal })),
  });

  private readonly keys = inject(KeysStore);
  private readonly callers = computed(() => {
    const people = this.list.items().map(({ userId, userName }) => [userId, userName ?? 'somebody who left']);
    const keys = this.keys.list.items().map(({ id, name }) => [id, `key “${name}”`]);
    return new Map([...people, ...keys].map(([id = '', name = '']) => [id, name]));
  });
  protected readonly rows = computed(() =>
    this.list.items().map((item) => ({
      ...item,
      words: readingWords(item, this.callers()),
      request: item.action === 'open' ? item.subject : undefined,
      timesText: plural(item.times, 'time'),
    })),
  );
}
