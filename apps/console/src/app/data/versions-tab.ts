import { Component, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { DatasetVersionResponse } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { BytesPipe, CountPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent } from '../shared/ui/view';
import { DatasetStore } from './dataset.store';

@Component({
  selector: 'mw-versions-tab',
  imports: [
    BytesPipe,
    CopyButton,
    CountPipe,
    Icon,
    MatButton,
    ProblemView,
    RouterLink,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
  ],
  template: `
    @if (problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="store.versions.source">
      <ng-template [mwContent]="store.versions.source" let-versions>
        <div class="mw-card">
          <div class="mw-card-head">
            <h2>Versions</h2>
            @if (canEdit()) {
              <button type="button" matButton="outlined" (click)="uploadAsked.emit()">
                <mw-icon name="upload" [size]="16" /> Upload a new version
              </button>
            }
          </div>
          <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Versions">
            <table class="mw-table">
              <thead>
                <tr>
                  <th scope="col">Version</th>
                  <th scope="col">State</th>
                  <th scope="col" class="mw-num">Rows</th>
                  <th scope="col" class="mw-num">Columns</th>
                  <th scope="col" class="mw-num">Size</th>
                  <th scope="col">File</th>
                  <th scope="col">File SHA-256</th>
                  <th scope="col">Added</th>
                  <th scope="col"><span class="visually-hidden">Actions</span></th>
                </tr>
              </thead>
              <tbody>
                @for (version of versions.items; track version.id) {
                  <tr>
                    <td>
                      <a
                        [routerLink]="[]"
                        [queryParams]="{ v: version.versionNumber, tab: null }"
                        queryParamsHandling="merge"
                      >
                        {{ version.versionNumber }}
                      </a>
                    </td>
                    <td>
                      <mw-status [status]="version.status" />
                      @if (version.failure; as failure) {
                        <span class="mw-small mw-muted reason">{{ failure.detail }}</span>
                      }
                    </td>
                    <td class="mw-num">{{ version.rows | count }}</td>
                    <td class="mw-num">{{ version.columns | count }}</td>
                    <td class="mw-num">{{ version.sizeBytes | bytes }}</td>
                    <td>{{ version.source.fileName }}</td>
                    <td>
                      <span class="hash"
                        ><code>{{ version.contentSha256.slice(0, 12) }}</code>
                        <mw-copy [text]="version.contentSha256" label="Copy SHA-256" />
                      </span>
                    </td>
                    <td class="mw-muted"><mw-time [at]="version.createdAt" /></td>
                    <td class="mw-num">
                      <button
                        type="button"
                        class="mw-icon-button"
                        [attr.aria-label]="'Export version ' + version.versionNumber"
                        (click)="download(version)"
                      >
                        <mw-icon name="download" [size]="16" />
                      </button>
                    </td>
                  </tr>
                }
              </tbody>
            </table>
          </div>
        </div>
        @if (versions.hasMore) {
          <p class="more">
            <button type="button" matButton="outlined" (click)="store.versions.more()">Show more</button>
          </p>
        }
      </ng-template>
    </mw-view>
  `,
  styles: `
    .reason {
      display: block;
      max-width: 360px;
    }
    .hash {
      display: inline-flex;
      align-items: center;
    }
    .more {
      margin-top: 12px;
      text-align: center;
    }
  `,
})
export class VersionsTab {
  readonly canEdit = input(false);
  readonly uploadAsked = output();
  protected readonly store = inject(DatasetStore);
  protected readonly problem = signal<unknown>(undefined);

  protected async download(version: DatasetVersionResponse): Promise<void> {
    this.problem.set(undefined);
    try {
      await this.store.download(version.source.fileName, 'original', version.versionNumber);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
