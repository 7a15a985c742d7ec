import { Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { BatchJobSummary } from '@modelwright/sdk';
import { CountPipe } from '../format/pipes';
import { TimeAgo } from '../format/time-ago';
import { Progress } from '../ui/progress';
import { StatusChip } from '../ui/status-chip';
import { fractionOf, isUnderWay, modelWords, progressWords } from './batch-words';

/** Batch jobs, one a row, with how far they are and what they made. */
@Component({
  selector: 'mw-batch-table',
  imports: [CountPipe, Progress, RouterLink, StatusChip, TimeAgo],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Batch jobs">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">State</th>
            @if (withModel()) {
              <th scope="col">Predicted by</th>
            } @else {
              <th scope="col">Version</th>
            }
            <th scope="col">Rows</th>
            <th scope="col" class="mw-num">Do not fit</th>
            <th scope="col">Output</th>
            <th scope="col">Begun</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.job.id) {
            <tr>
              <td>
                <a class="mw-row-link" [routerLink]="['/p', row.job.projectId, 'batch', row.job.id]">{{
                  row.job.input.datasetName
                }}</a>
                <span class="version mw-small mw-muted">version {{ row.job.input.version }}</span>
              </td>
              <td><mw-status [status]="row.job.status" [title]="row.job.failure ?? ''" /></td>
              <td>{{ withModel() ? row.model : row.job.model.versionNumber }}</td>
              <td class="rows">
                <span class="mw-number">{{ row.words }}</span>
                @if (row.isUnderWay) {
                  <mw-progress [label]="row.words" [fraction]="row.fraction" />
                }
              </td>
              <td class="mw-num" [class.mw-muted]="row.job.rowsFailed === 0">
                {{ row.job.rowsFailed | count }}
              </td>
              <td>
                @if (row.job.status === 'succeeded' && row.job.output.datasetId) {
                  <a
                    class="mw-over-link"
                    [routerLink]="['/p', row.job.projectId, 'data', row.job.output.datasetId]"
                    [queryParams]="{ v: row.job.output.version }"
                    >{{ row.job.output.datasetName }}</a
                  >
                } @else {
                  <span class="mw-muted">{{ row.job.output.datasetName }}</span>
                }
              </td>
              <td class="mw-muted"><mw-time [at]="row.job.createdAt" /></td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    td {
      white-space: nowrap;
    }
    .version {
      margin-left: 8px;
    }
    .rows {
      min-width: 190px;
    }
    mw-progress {
      margin-top: 4px;
    }
  `,
})
export class BatchTable {
  readonly jobs = input.required<readonly BatchJobSummary[]>();
  /** Whether the jobs are of several deployments and models. */
  readonly withModel = input(false);

  protected readonly rows = computed(() =>
    this.jobs().map((job) => ({
      job,
      model: modelWords(job),
      words: progressWords(job),
      fraction: fractionOf(job),
      isUnderWay: isUnderWay(job),
    })),
  );
}
