import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import type { Model, ModelVersionSummary } from '@modelwright/sdk';
import { formatScore, plural } from '../shared/format/numbers';
import { formatMoment } from '../shared/format/time';
import { Clock, TimeAgo } from '../shared/format/time-ago';
import { metricLabel, taskWord } from '../shared/metrics/metric-words';
import { copyText } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';
import { directionText, intervalText } from './metric-text';
import { AliasChips } from '../shared/ui/alias-chips';
import { ModelVersionsList } from './registry/model-versions-list';
import { OPEN_FINDINGS_MEANING, openFindingsText } from './open-findings';
import { OWN_CHECKS_MEANING, ownChecksText } from './registry/registry-words';
import { ServedLinks } from './registry/served-links';

/** The registry: models with their aliases, where they are live, what was checked, and who moved what last. */
@Component({
  selector: 'mw-model-table',
  imports: [
    AliasChips,
    Icon,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    ModelVersionsList,
    RouterLink,
    ServedLinks,
    StatusChip,
    TimeAgo,
  ],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Models">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col"><span class="visually-hidden">Versions</span></th>
            <th scope="col">Model</th>
            <th scope="col">Predicts</th>
            <th scope="col" class="mw-num">Newest, on held-out rows</th>
            <th scope="col">Aliases</th>
            <th scope="col">Live</th>
            <th scope="col">Checks</th>
            <th scope="col">Updated</th>
            <th scope="col"><span class="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.model.id) {
            <tr>
              <td class="toggle">
                @if (row.model.versionCount > 0) {
                  <button
                    type="button"
                    class="mw-icon-button mw-over-link"
                    [attr.aria-expanded]="row.isOpen"
                    [attr.aria-label]="'Versions of ' + row.model.name"
                    (click)="toggle(row.model.id)"
                  >
                    <mw-icon [name]="row.isOpen ? 'chevron-down' : 'chevron-right'" [size]="16" />
                  </button>
                }
              </td>
              <td class="name">
                <a class="mw-row-link" [routerLink]="['/p', row.model.projectId, 'models', row.model.id]">{{
                  row.model.name
                }}</a>
                <span class="mw-small mw-muted line"
                  >{{ row.versions }} · from
                  <a
                    class="mw-over-link"
                    [routerLink]="['/p', row.model.projectId, 'data', row.model.datasetId]"
                    >{{ row.model.datasetName }}</a
                  ></span
                >
                @if (row.change; as change) {
                  <span class="mw-small mw-muted line" [title]="change.reason">{{ change.text }}</span>
                }
              </td>
              <td>
                <code>{{ row.model.target ?? 'groups' }}</code>
                <span class="mw-small mw-muted line">{{ row.task }}</span>
              </td>
              <td class="mw-num">
                @if (row.metric; as metric) {
                  <span [title]="metric.direction">
                    {{ metric.label }} <strong>{{ metric.value }}</strong>
                  </span>
                  @if (metric.interval) {
                    <span class="mw-small mw-muted line">{{ metric.interval }}</span>
                  }
                } @else {
                  <span class="mw-muted">no version left</span>
                }
              </td>
              <td>
                @for (alias of row.model.aliases; track alias.alias) {
                  <span class="alias">
                    <mw-alias-chips [aliases]="[alias.alias]" />
                    <span class="mw-small mw-muted">v{{ alias.versionNumber }}</span>
                  </span>
                }
              </td>
              <td><mw-served-links [uses]="row.model.servedBy" [projectId]="row.model.projectId" /></td>
              <td class="nowrap">
                @if (row.checks; as checks) {
                  <mw-status
                    [status]="checks.status"
                    [label]="checks.text"
                    [title]="checks.meaning"
                    [quiet]="true"
                  />
                }
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
            @if (row.isOpen) {
              <tr class="open">
                <td></td>
                <td colspan="8">
                  <mw-model-versions-list [modelId]="row.model.id" [projectId]="row.model.projectId" />
                </td>
              </tr>
            }
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
    .line {
      display: block;
      margin-top: 2px;
    }
    .line a {
      text-decoration: underline;
    }
    .toggle {
      width: 40px;
      padding-right: 0;
    }
    .alias {
      display: flex;
      gap: 6px;
      align-items: center;
      white-space: nowrap;
    }
    .alias + .alias {
      margin-top: 4px;
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

  private readonly clock = inject(Clock);
  private readonly opened = signal<ReadonlySet<string>>(new Set());

  protected readonly rows = computed(() =>
    this.models().map((model) => {
      const latest = model.latestVersion;
      const metric = latest?.metric;
      const change = model.lastAliasChange;
      return {
        model,
        task: taskWord(model.task),
        versions: plural(model.versionCount, 'version'),
        isOpen: this.opened().has(model.id),
        change: change && {
          text: `${change.sentence}, ${formatMoment(change.changedAt, this.clock.nowMs())}`,
          reason: change.reason,
        },
        checks: latest && checksText(latest),
        metric: metric && {
          label: metricLabel(metric.name),
          value: formatScore(metric.value),
          interval: intervalText(metric),
          direction: directionText(metric.greaterIsBetter),
        },
      };
    }),
  );

  protected toggle(modelId: string): void {
    this.opened.update((opened) => {
      const next = new Set(opened);
      if (!next.delete(modelId)) next.add(modelId);
      return next;
    });
  }

  protected copyLink(model: Model): void {
    void copyText(new URL(`/p/${model.projectId}/models/${model.id}`, location.origin).href);
  }
}

function checksText({ checksSummary: { passed, total }, openFindings }: ModelVersionSummary) {
  if (openFindings > 0)
    return { status: 'failed', text: openFindingsText(openFindings), meaning: OPEN_FINDINGS_MEANING };
  return {
    status: passed === total ? 'ok' : 'flagged',
    text: ownChecksText({ passed, total }),
    meaning: OWN_CHECKS_MEANING,
  };
}
