import { Component, computed, inject, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { ModelReproduction } from '@modelwright/sdk';
import { formatNumber, formatScore } from '../../shared/format/numbers';
import { TimeAgo } from '../../shared/format/time-ago';
import { CountPipe } from '../../shared/format/pipes';
import { metricLabel } from '../../shared/metrics/metric-words';
import { Icon } from '../../shared/ui/icon';
import { Skeleton } from '../../shared/ui/skeleton';
import { StatusChip } from '../../shared/ui/status-chip';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { RegistryStore } from './registry.store';
import { reproductionLook } from './registry-words';

/** Whether the version comes out again when it is trained again from its sealed manifest. */
@Component({
  selector: 'mw-reproduce-card',
  imports: [
    CountPipe,
    Icon,
    MatButton,
    RouterLink,
    Skeleton,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  template: `
    <section class="mw-card" aria-labelledby="reproduce-title">
      <div class="mw-card-head">
        <h2 id="reproduce-title">Reproduce</h2>
        @if (canEdit()) {
          <button type="button" matButton="outlined" [disabled]="isRunning()" (click)="asked.emit()">
            <mw-icon name="refresh" [size]="15" /> Train it again
          </button>
        }
      </div>
      <mw-view [source]="store.reproductions.source">
        <ng-template mwLoading><mw-skeleton class="mw-card-body" [lines]="3" /></ng-template>
        <ng-template [mwContent]="store.reproductions.source" let-list>
          <ol>
            @for (row of rows(); track row.item.id) {
              <li>
                <p class="head">
                  <mw-status [status]="row.look.status" [label]="row.look.label" />
                  <span class="mw-muted mw-small"
                    ><mw-time [at]="row.item.createdAt" />{{ row.by }}
                    @if (row.item.runId) {
                      · <a [routerLink]="['/p', projectId(), 'runs', row.item.runId]">Run</a>
                    }
                  </span>
                </p>
                <p>{{ row.item.sentence }}</p>
                @if (row.item.verdict && row.item.rowsCompared) {
                  <dl class="mw-rows">
                    <dt>{{ row.metric }} then, now</dt>
                    <dd class="mw-number">{{ row.scores }}</dd>
                    <dt>Held-out rows compared</dt>
                    <dd class="mw-number">{{ row.item.rowsCompared | count }}</dd>
                    <dt>Other predictions</dt>
                    <dd class="mw-number">{{ row.item.changedPredictions | count }}</dd>
                    <dt>Largest difference</dt>
                    <dd class="mw-number">{{ row.largest }}</dd>
                  </dl>
                }
                @if (row.item.differences.length > 0) {
                  <details>
                    <summary>What was not the same ({{ row.item.differences.length }})</summary>
                    <ul>
                      @for (difference of row.item.differences; track difference.detail) {
                        <li class="mw-muted">{{ difference.detail }}</li>
                      }
                    </ul>
                  </details>
                }
              </li>
            } @empty {
              <li class="mw-muted">
                Not tried yet. The same data, folds, seed, limits and recipe are trained again, and every
                held-out prediction is compared.
              </li>
            }
          </ol>
          @if (list.hasMore) {
            <p class="more">
              <button type="button" matButton="outlined" (click)="store.reproductions.more()">
                Show more
              </button>
            </p>
          }
        </ng-template>
      </mw-view>
    </section>
  `,
  styles: `
    ol > li {
      display: grid;
      gap: 8px;
      padding: 14px var(--mw-inset);
    }
    ol > li + li {
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
    .head {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 10px;
      align-items: center;
    }
    .head a {
      text-decoration: underline;
    }
    summary {
      min-height: 24px;
      color: var(--mat-sys-primary);
      font-weight: 500;
      cursor: pointer;
    }
    details ul {
      display: grid;
      gap: 2px;
      padding-left: 18px;
      list-style: disc;
      overflow-wrap: anywhere;
    }
    .more {
      padding: 0 20px 16px;
      text-align: center;
    }
  `,
})
export class ReproduceCard {
  readonly canEdit = input(false);
  readonly projectId = input.required<string>();
  readonly asked = output();
  protected readonly store = inject(RegistryStore);

  protected readonly isRunning = computed(() =>
    this.store.reproductions.items().some(({ status }) => status === 'running'),
  );
  protected readonly rows = computed(() => this.store.reproductions.items().map(described));
}

function described(item: ModelReproduction) {
  return {
    item,
    look: reproductionLook(item),
    by: item.startedBy ? ` by ${item.startedBy}` : '',
    metric: item.metric ? metricLabel(item.metric) : 'Score',
    scores: `${formatScore(item.originalScore)}, ${formatScore(item.reproducedScore)}`,
    largest: formatNumber(item.maxPredictionDifference),
  };
}
