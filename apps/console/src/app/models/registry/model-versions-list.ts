import { Component, computed, inject, input, resource } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ModelVersionSummary } from '@modelwright/sdk';
import { formatScore } from '../../shared/format/numbers';
import { TimeAgo } from '../../shared/format/time-ago';
import { metricLabel } from '../../shared/metrics/metric-words';
import { Skeleton } from '../../shared/ui/skeleton';
import { StatusChip } from '../../shared/ui/status-chip';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { ModelsStore } from '../models.store';
import { AliasChips } from '../../shared/ui/alias-chips';
import { openFindingsText } from '../open-findings';
import { OWN_CHECKS_MEANING, ownChecksText, reproductionLook } from './registry-words';
import { ServedLinks } from './served-links';

/** The versions of one model, opened below its line in the registry. */
@Component({
  selector: 'mw-model-versions-list',
  imports: [
    AliasChips,
    RouterLink,
    ServedLinks,
    Skeleton,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  template: `
    <mw-view [source]="versions">
      <ng-template mwLoading><mw-skeleton [lines]="2" /></ng-template>
      <ng-template [mwContent]="versions" let-found>
        <ul>
          @for (row of rows(); track row.version.id) {
            <li>
              <a
                class="number"
                [routerLink]="['/p', projectId(), 'models', modelId()]"
                [queryParams]="{ version: row.version.number }"
                >Version {{ row.version.number }}</a
              >
              <mw-alias-chips [aliases]="row.version.aliases" />
              <span class="mw-number">{{ row.score }}</span>
              <span class="mw-muted mw-small" [title]="meaning">Checks: {{ row.checks }}</span>
              @if (row.reproduction; as again) {
                <mw-status [status]="again.status" [label]="again.label" [title]="again.sentence" />
              }
              <mw-served-links [uses]="row.version.servedBy" [projectId]="projectId()" />
              <span class="mw-muted mw-small when"><mw-time [at]="row.version.createdAt" /></span>
            </li>
          }
        </ul>
        @if (found.nextCursor) {
          <p class="mw-small">
            <a [routerLink]="['/p', projectId(), 'models', modelId()]" [queryParams]="{ tab: 'versions' }"
              >All versions</a
            >
          </p>
        }
      </ng-template>
    </mw-view>
  `,
  styles: `
    li {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 16px;
      align-items: center;
      min-height: 36px;
      padding: 4px 0;
    }
    li + li {
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
    .number {
      min-width: 76px;
    }
    .when {
      margin-left: auto;
    }
  `,
})
export class ModelVersionsList {
  readonly modelId = input.required<string>();
  readonly projectId = input.required<string>();
  private readonly store = inject(ModelsStore);
  protected readonly meaning = OWN_CHECKS_MEANING;

  protected readonly versions = resource({
    params: () => ({ modelId: this.modelId(), asOf: this.store.asOf() }),
    loader: ({ params, abortSignal }) => this.store.versionsOf(params.modelId, abortSignal),
  });
  protected readonly rows = computed(() =>
    this.versions.hasValue() ? this.versions.value().items.map(described) : [],
  );
}

function described(version: ModelVersionSummary) {
  return {
    version,
    checks:
      version.openFindings > 0
        ? openFindingsText(version.openFindings)
        : ownChecksText(version.checksSummary),
    score: `${metricLabel(version.metric.name)} ${formatScore(version.metric.value)}`,
    reproduction: version.reproduction
      ? { ...reproductionLook(version.reproduction), sentence: version.reproduction.sentence }
      : undefined,
  };
}
