import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ModelAliasChange } from '@modelwright/sdk';
import { formatExact, formatMoment } from '../../shared/format/time';
import { Clock } from '../../shared/format/time-ago';
import { Icon } from '../../shared/ui/icon';
import type { IconName } from '../../shared/ui/icons';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { RegistryStore } from './registry.store';

const ICONS: Readonly<Record<ModelAliasChange['kind'], IconName>> = {
  set: 'plus',
  moved: 'arrow-right',
  'rolled-back': 'history',
  removed: 'close',
};

/** One line of the history: `champion moved 3 → 4 by Ana, Tuesday 10:12, reason`. */
@Component({
  selector: 'mw-alias-change',
  imports: [Icon],
  template: `
    <mw-icon [name]="icon()" [size]="16" />
    <div>
      <p>
        <span class="what">{{ change().sentence }}</span><span class="mw-muted"
          >, <time [attr.datetime]="change().changedAt" [title]="exact()">{{ moment() }}</time></span
        >
      </p>
      <p class="mw-muted reason">“{{ change().reason }}”</p>
      @if (waived().length > 0) {
        <p class="mw-small mw-muted">Waived: {{ waived().join(', ') }}</p>
      }
    </div>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: 16px minmax(0, 1fr);
      gap: 10px;
    }
    mw-icon {
      margin-top: 2px;
      color: var(--mat-sys-on-surface-variant);
    }
    .what {
      font-weight: 500;
    }
    .reason {
      overflow-wrap: anywhere;
    }
  `,
})
export class AliasChangeLine {
  readonly change = input.required<ModelAliasChange>();
  private readonly clock = inject(Clock);
  protected readonly icon = computed(() => ICONS[this.change().kind]);
  protected readonly exact = computed(() => formatExact(this.change().changedAt));
  protected readonly moment = computed(() => formatMoment(this.change().changedAt, this.clock.nowMs()));
  protected readonly waived = computed(() =>
    this.change()
      .checks.filter(({ state, required }) => state === 'waived' && required)
      .map(({ detail }) => detail),
  );
}

/** Everything that ever happened to the aliases of the model, newest first. Nothing of it can be changed. */
@Component({
  selector: 'mw-alias-history',
  imports: [AliasChangeLine, MatButton, Skeleton, View, ViewContent, ViewLoading],
  template: `
    <section class="mw-card" aria-labelledby="alias-history-title">
      <div class="mw-card-head"><h2 id="alias-history-title">History of aliases</h2></div>
      <mw-view [source]="store.history.source">
        <ng-template mwLoading><mw-skeleton class="mw-card-body" [lines]="3" /></ng-template>
        <ng-template [mwContent]="store.history.source" let-history>
          <ol>
            @for (change of history.items; track change.id) {
              <li><mw-alias-change [change]="change" /></li>
            } @empty {
              <li class="mw-muted">
                No version has had an alias yet. Promote one, and who did it and why stays here.
              </li>
            }
          </ol>
          @if (history.hasMore) {
            <p class="more">
              <button type="button" matButton="outlined" (click)="store.history.more()">Show more</button>
            </p>
          }
        </ng-template>
      </mw-view>
    </section>
  `,
  styles: `
    li {
      padding: 12px var(--mw-inset);
    }
    li + li {
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
    .more {
      padding: 0 20px 16px;
      text-align: center;
    }
  `,
})
export class AliasHistory {
  protected readonly store = inject(RegistryStore);
}
