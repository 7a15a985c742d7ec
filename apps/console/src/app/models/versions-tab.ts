import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { ModelVersionSummary } from '@modelwright/sdk';
import { BytesPipe, ScorePipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { familyWord, metricLabel } from '../shared/metrics/metric-words';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent } from '../shared/ui/view';
import { intervalText, shortHash } from './metric-text';
import { ModelStore } from './model.store';
import { AliasChips } from '../shared/ui/alias-chips';
import { reproductionLook } from './registry/registry-words';

const MAX_COMPARED = 6;

/** All versions of a model; each can be promoted, trained again and put beside others. */
@Component({
  selector: 'mw-model-versions',
  imports: [
    AliasChips,
    BytesPipe,
    CopyButton,
    Icon,
    MatButton,
    RouterLink,
    ScorePipe,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
  ],
  template: `
    <mw-view [source]="store.versions.source">
      <ng-template [mwContent]="store.versions.source" let-versions>
        <div class="mw-card">
          @if (rows().length > 1) {
            <div class="mw-card-head">
              <h2>Versions</h2>
              <button
                type="button"
                matButton="outlined"
                [disabled]="picked().size < 2"
                (click)="compareAsked.emit([...picked()])"
              >
                <mw-icon name="layers" [size]="15" />
                {{ picked().size < 2 ? 'Select versions to compare' : 'Compare ' + picked().size }}
              </button>
            </div>
          }
          <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Versions">
            <table class="mw-table">
              <thead>
                <tr>
                  <th scope="col">Version</th>
                  <th scope="col">Aliases</th>
                  <th scope="col">Winner and run</th>
                  <th scope="col" class="mw-num">Held-out rows</th>
                  <th scope="col" class="mw-num">Cross-validation</th>
                  <th scope="col" class="mw-num">Artifact</th>
                  <th scope="col">Live</th>
                  <th scope="col">Reproduced</th>
                  <th scope="col">Made</th>
                  <th scope="col"><span class="visually-hidden">Actions</span></th>
                </tr>
              </thead>
              <tbody>
                @for (row of rows(); track row.version.id) {
                  <tr [class.selected]="row.version.number === shown()">
                    <td class="first">
                      @if (rows().length > 1) {
                        <label class="pick"
                          ><input
                            type="checkbox"
                            [attr.aria-label]="'Select version ' + row.version.number + ' for comparing'"
                            [checked]="picked().has(row.version.id)"
                            (change)="pick(row.version.id)"
                        /></label>
                      }
                      <a
                        [routerLink]="[]"
                        [queryParams]="{ version: row.version.number, tab: null }"
                        queryParamsHandling="merge"
                        [attr.aria-current]="row.version.number === shown() ? 'true' : null"
                        >Version {{ row.version.number }}</a
                      >
                      @if (row.version.number === shown()) {
                        <span class="mw-chip">shown</span>
                      }
                      @if (row.version.tags.length > 0) {
                        <span class="tags">
                          @for (tag of row.version.tags; track tag) {
                            <span class="mw-chip">{{ tag }}</span>
                          }
                        </span>
                      }
                    </td>
                    <td><mw-alias-chips [aliases]="row.version.aliases" /></td>
                    <td class="made-by">
                      {{ row.winner }}
                      @if (row.version.runId; as runId) {
                        <a class="mw-small line" [routerLink]="['/p', row.projectId, 'runs', runId]">{{
                          row.version.runName
                        }}</a>
                      } @else {
                        <span class="mw-small mw-muted line">imported from {{ row.version.runName }}</span>
                      }
                    </td>
                    <td class="mw-num">
                      {{ row.metric }} <strong>{{ row.version.metric.value | score }}</strong>
                      @if (row.interval) {
                        <span class="mw-small mw-muted interval">{{ row.interval }}</span>
                      }
                    </td>
                    <td class="mw-num">{{ row.version.crossValidationScore | score }}</td>
                    <td class="mw-num">
                      {{ row.version.sizeBytes | bytes }}
                      <span class="hash mw-small mw-muted">
                        <code>{{ row.hash }}</code>
                        <mw-copy [text]="row.version.artifactSha256" label="Copy SHA-256" />
                      </span>
                    </td>
                    <td>
                      @for (use of row.version.servedBy; track use.id) {
                        <a class="use" [routerLink]="['/p', row.projectId, 'deployments', use.id]">
                          {{ use.name }} <mw-status [status]="use.state" [quiet]="true" />
                        </a>
                      }
                    </td>
                    <td>
                      @if (row.reproduction; as again) {
                        <mw-status [status]="again.status" [label]="again.label" [title]="again.sentence" />
                      }
                    </td>
                    <td class="mw-muted"><mw-time [at]="row.version.createdAt" /></td>
                    <td class="mw-num">
                      @if (canEdit()) {
                        <button
                          type="button"
                          class="mw-icon-button"
                          [attr.aria-label]="'Promote version ' + row.version.number"
                          (click)="promoteAsked.emit(row.version)"
                        >
                          <mw-icon name="star" [size]="16" />
                        </button>
                        <button
                          type="button"
                          class="mw-icon-button"
                          title="Tags"
                          [attr.aria-label]="'Tags of version ' + row.version.number"
                          (click)="tagAsked.emit(row.version)"
                        >
                          <mw-icon name="category" [size]="16" />
                        </button>
                        @if (row.version.runId) {
                          <button
                            type="button"
                            class="mw-icon-button"
                            title="Train it again and compare"
                            [attr.aria-label]="'Reproduce version ' + row.version.number"
                            (click)="reproduceAsked.emit(row.version)"
                          >
                            <mw-icon name="refresh" [size]="16" />
                          </button>
                        }
                        <button
                          type="button"
                          class="mw-icon-button"
                          [attr.aria-label]="'Delete version ' + row.version.number"
                          (click)="deleteAsked.emit(row.version)"
                        >
                          <mw-icon name="trash" [size]="16" />
                        </button>
                      }
                    </td>
                  </tr>
                } @empty {
                  <tr>
                    <td colspan="10" class="mw-muted">All versions were deleted.</td>
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
    .first {
      white-space: nowrap;
    }
    .tags {
      display: flex;
      flex-wrap: wrap;
      gap: 4px;
      max-width: 220px;
      margin-top: 4px;
    }
    .tags .mw-chip {
      margin-left: 0;
    }
    .pick {
      display: inline-grid;
      place-items: center;
      width: 24px;
      height: 24px;
      margin-right: 6px;
      vertical-align: middle;
    }
    .pick input {
      width: 16px;
      height: 16px;
    }
    .mw-chip {
      margin-left: 8px;
    }
    .interval,
    .line {
      display: block;
    }
    .use {
      display: flex;
      flex-direction: column;
      align-items: flex-start;
      white-space: nowrap;
    }
    .hash {
      display: flex;
      align-items: center;
      justify-content: flex-end;
      margin-right: -6px;
    }
    .made-by {
      white-space: nowrap;
    }
    strong {
      font-weight: 600;
    }
    .more {
      margin-top: 12px;
      text-align: center;
    }
  `,
})
export class VersionsTab {
  readonly canEdit = input(false);
  /** Number of the version that the other tabs show. */
  readonly shown = input<number>();
  readonly deleteAsked = output<ModelVersionSummary>();
  readonly promoteAsked = output<ModelVersionSummary>();
  readonly tagAsked = output<ModelVersionSummary>();
  readonly reproduceAsked = output<ModelVersionSummary>();
  /** Ids of the versions to put side by side, two to six. */
  readonly compareAsked = output<readonly string[]>();
  protected readonly picked = signal<ReadonlySet<string>>(new Set());
  protected readonly store = inject(ModelStore);

  protected readonly rows = computed(() => {
    const projectId = this.store.model.hasValue() ? this.store.model.value().projectId : '';
    return this.store.versions.items().map((version) => ({
      version,
      projectId,
      winner: version.winner.label || familyWord(version.winner.family),
      metric: metricLabel(version.metric.name),
      interval: intervalText(version.metric),
      hash: shortHash(version.artifactSha256),
      reproduction: version.reproduction
        ? { ...reproductionLook(version.reproduction), sentence: version.reproduction.sentence }
        : undefined,
    }));
  });

  protected pick(id: string): void {
    const next = new Set(this.picked());
    if (!next.delete(id) && next.size < MAX_COMPARED) next.add(id);
    this.picked.set(next);
  }
}
