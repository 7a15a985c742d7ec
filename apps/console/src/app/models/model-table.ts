import { Component, computed, input, output } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import type { Model } from '@modelwright/sdk';
import { CountPipe } from '../shared/format/pipes';
import { formatScore } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { metricLabel, taskWord } from '../shared/metrics/metric-words';
import { copyText } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { directionText, intervalText } from './metric-text';

@Component({
  selector: 'mw-model-table',
  imports: [CountPipe, Icon, MatMenu, MatMenuItem, MatMenuTrigger, RouterLink, TimeAgo],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Models">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Task</th>
            <th scope="col">Target</th>
            <th scope="col" class="mw-num">Versions</th>
            <th scope="col" class="mw-num">Newest, on held-out rows</th>
            <th scope="col">Dataset</th>
            <th scope="col">Updated</th>
            <th scope="col"><span class="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.model.id) {
            <tr>
              <td class="name">
                <a class="mw-row-link" [routerLink]="['/p', row.model.projectId, 'models', row.model.id]">{{
                  row.model.name
                }}</a>
                @if (row.model.latestVersion; as latest) {
                  <span class="mw-small mw-muted sentence">{{ latest.sentence }}</span>
                }
              </td>
              <td class="nowrap">{{ row.task }}</td>
              <td>
                @if (row.model.target) {
                  <code>{{ row.model.target }}</code>
                } @else {
                  <span class="mw-muted">groups</span>
                }
              </td>
              <td class="mw-num">{{ row.model.versionCount | count }}</td>
              <td class="mw-num">
                @if (row.metric; as metric) {
                  <span [title]="metric.direction">
                    {{ metric.label }} <strong>{{ metric.value }}</strong>
                  </span>
                  @if (metric.interval) {
                    <span class="mw-small mw-muted interval">{{ metric.interval }}</span>
                  }
                } @else {
                  <span class="mw-muted">no version left</span>
                }
              </td>
              <td>
                <a
                  class="mw-over-link"
                  [routerLink]="['/p', row.model.projectId, 'data', row.model.datasetId]"
                  >{{ row.model.datasetName }}</a
                >
              </td>
              <td class="mw-muted"><mw-time [at]="row.model.updatedAt" /></td>
              <td class="mw-num">
                <button
                  type="button"
                  class="mw-icon-button mw-over-link"
                  [matMenuTriggerFor]="menu"
                  [attr.aria-label]="'Actions for ' + row.model.name"
                >
                  <mw-icon name="more" />
                </button>
                <mat-menu #menu xPosition="before">
                  <a mat-menu-item [routerLink]="['/p', row.model.projectId, 'models', row.model.id]">Open</a>
                  @if (canEdit()) {
                    <button
                      mat-menu-item
                      type="button"
                      [disabled]="!row.model.latestVersion"
                      (click)="deployAsked.emit(row.model)"
                    >
                      Deploy
                    </button>
                    <button mat-menu-item type="button" (click)="renameAsked.emit(row.model)">Rename</button>
                  }
                  <button mat-menu-item type="button" (click)="copyLink(row.model)">Copy link</button>
                  @if (canEdit()) {
                    <button mat-menu-item type="button" (click)="deleteAsked.emit(row.model)">Delete</button>
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
      min-width: 220px;
      max-width: 420px;
    }
    .sentence,
    .interval {
      display: block;
      margin-top: 2px;
    }
    strong {
      font-weight: 600;
    }
    .nowrap {
      white-space: nowrap;
    }
  `,
})
export class ModelTable {
  readonly models = input.required<readonly Model[]>();
  readonly canEdit = input(false);
  readonly deployAsked = output<Model>();
  readonly renameAsked = output<Model>();
  readonly deleteAsked = output<Model>();

  protected readonly rows = computed(() =>
    this.models().map((model) => {
      const metric = model.latestVersion?.metric;
      return {
        model,
        task: taskWord(model.task),
        metric: metric && {
          label: metricLabel(metric.name),
          value: formatScore(metric.value),
          interval: intervalText(metric),
          direction: directionText(metric.greaterIsBetter),
        },
      };
    }),
  );

  protected copyLink(model: Model): void {
    void copyText(new URL(`/p/${model.projectId}/models/${model.id}`, location.origin).href);
  }
}
