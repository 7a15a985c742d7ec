import { Component, input, output } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import type { DatasetResponse } from '@modelwright/sdk';
import { BytesPipe, CountPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { copyText } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { Progress } from '../shared/ui/progress';
import { StatusChip } from '../shared/ui/status-chip';
import { STAGE_WORDS } from './stage-words';

@Component({
  selector: 'mw-dataset-table',
  imports: [
    BytesPipe,
    CountPipe,
    Icon,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    Progress,
    RouterLink,
    StatusChip,
    TimeAgo,
  ],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Datasets">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" class="mw-num">Rows</th>
            <th scope="col" class="mw-num">Columns</th>
            <th scope="col" class="mw-num">Size</th>
            <th scope="col" class="mw-num">Version</th>
            <th scope="col">Quality</th>
            <th scope="col">Source</th>
            <th scope="col">Updated</th>
            <th scope="col"><span class="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          @for (dataset of datasets(); track dataset.id) {
            <tr>
              <td class="name">
                <a class="mw-row-link" [routerLink]="['/p', dataset.projectId, 'data', dataset.id]">{{
                  dataset.name
                }}</a>
                @if (dataset.status === 'processing') {
                  <span class="work">
                    <mw-progress
                      [label]="'Reading ' + dataset.name"
                      [fraction]="dataset.progress ? dataset.progress.percent / 100 : null"
                    />
                    <span class="mw-small mw-muted mw-number">
                      @if (dataset.progress; as progress) {
                        {{ stages[progress.stage]
                        }}{{ progress.rows > 0 ? ', ' + (progress.rows | count) + ' rows' : '' }}
                      }
                    </span>
                  </span>
                } @else if (dataset.failure; as failure) {
                  <span class="mw-small reason">{{ failure.detail }}</span>
                }
              </td>
              <td class="mw-num">{{ dataset.rows | count }}</td>
              <td class="mw-num">{{ dataset.columns | count }}</td>
              <td class="mw-num">{{ dataset.sizeBytes | bytes }}</td>
              <td class="mw-num">{{ dataset.versionNumber }}</td>
              <td>
                @if (dataset.status !== 'ready') {
                  <mw-status [status]="dataset.status" />
                } @else if (dataset.flagsCount) {
                  <mw-status
                    status="flagged"
                    [label]="dataset.flagsCount + (dataset.flagsCount === 1 ? ' flag' : ' flags')"
                  />
                } @else {
                  <mw-status status="ok" label="No flags" />
                }
              </td>
              <td class="mw-muted">{{ sources[dataset.source.kind] }}</td>
              <td class="mw-muted"><mw-time [at]="dataset.updatedAt" /></td>
              <td class="mw-num">
                <button
                  type="button"
                  class="mw-icon-button mw-over-link"
                  [matMenuTriggerFor]="menu"
                  [attr.aria-label]="'Actions for ' + dataset.name"
                >
                  <mw-icon name="more" />
                </button>
                <mat-menu #menu xPosition="before">
                  <a mat-menu-item [routerLink]="['/p', dataset.projectId, 'data', dataset.id]">Open</a>
                  @if (canEdit()) {
                    <button mat-menu-item type="button" (click)="renameAsked.emit(dataset)">Rename</button>
                  }
                  <button mat-menu-item type="button" (click)="downloadAsked.emit(dataset)">Export</button>
                  <button mat-menu-item type="button" (click)="copyLink(dataset)">Copy link</button>
                  @if (canEdit()) {
                    <button mat-menu-item type="button" (click)="deleteAsked.emit(dataset)">Delete</button>
                  }
                </mat-menu>
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    .name {
      min-width: 200px;
      max-width: 420px;
    }
    .work {
      display: grid;
      gap: 4px;
      max-width: 260px;
      margin-top: 6px;
    }
    .reason {
      display: block;
      margin-top: 2px;
      color: var(--mat-sys-error);
    }
  `,
})
export class DatasetTable {
  readonly datasets = input.required<readonly DatasetResponse[]>();
  readonly canEdit = input(false);
  readonly renameAsked = output<DatasetResponse>();
  readonly deleteAsked = output<DatasetResponse>();
  readonly downloadAsked = output<DatasetResponse>();
  protected readonly stages = STAGE_WORDS;
  protected readonly sources = {
    upload: 'Upload',
    sample: 'Sample',
    derived: 'From feedback',
    batch: 'Batch job',
  } as const;

  protected copyLink(dataset: DatasetResponse): void {
    void copyText(new URL(`/p/${dataset.projectId}/data/${dataset.id}`, location.origin).href);
  }
}
