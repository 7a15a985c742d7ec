import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { DriftColumn } from '@modelwright/sdk';
import { formatCount, formatNumber, formatPercent } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { DriftBars } from './drift-bars';
import { DriftSettings } from './drift-settings';
import { DriftStore } from './drift.store';
import { DRIFT_WINDOWS, methodText, weightsText } from './drift-words';

const CHECKS_SHOWN = 10;

/** Whether calls have moved away from training: the whole, the prediction, and each column with the reason. */
@Component({
  selector: 'mw-drift-tab',
  imports: [
    DriftBars,
    DriftSettings,
    Icon,
    MatButton,
    ProblemView,
    RouterLink,
    Skeleton,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [DriftStore],
  templateUrl: './drift-tab.html',
  styleUrl: './drift-tab.scss',
})
export class DriftTab {
  protected readonly store = inject(DriftStore);
  protected readonly deployment = inject(DeploymentStore);
  protected readonly project = inject(ProjectContext);
  private readonly announcer = inject(Announcer);

  private readonly answer = computed(() =>
    this.store.drift.hasValue() ? this.store.drift.value() : undefined,
  );
  protected readonly report = computed(() => this.answer()?.report);
  /** The usual windows, and the one of the settings if it is none of them. */
  protected readonly windows = computed(() => {
    const hours = this.report()?.windowHours ?? 24;
    return DRIFT_WINDOWS.some((one) => one.hours === hours)
      ? DRIFT_WINDOWS
      : [...DRIFT_WINDOWS, { hours, label: `${hours} hours` }];
  });
  protected readonly segments = computed(() =>
    (this.answer()?.segments ?? []).flatMap(({ column, values }) =>
      values.map(({ value, rows }) => ({
        key: JSON.stringify([column, value]),
        label: `${column}: ${value} (${formatCount(rows)})`,
      })),
    ),
  );
  protected readonly segmentKey = computed(() => {
    const segment = this.store.segment();
    return segment ? JSON.stringify([segment.column, segment.value]) : '';
  });
  protected readonly rows = computed(() => formatCount(this.report()?.rows ?? 0));
  protected readonly prediction = computed(() => {
    const column = this.report()?.prediction;
    return column ? describe(column) : undefined;
  });
  protected readonly columns = computed(() => (this.report()?.columns ?? []).map(describe));
  protected readonly weights = computed(() => weightsText(this.report()?.columns ?? []));
  protected readonly against = computed(() =>
    this.report()?.reference === 'earlier-traffic' ? 'earlier' : 'training',
  );
  protected readonly checks = computed(() =>
    this.store.checks.hasValue() ? this.store.checks.value().items.slice(0, CHECKS_SHOWN) : [],
  );

  protected narrow(event: Event): void {
    const key = (event.target as HTMLSelectElement).value;
    const [segment, value] = key === '' ? [null, null] : (JSON.parse(key) as [string, string]);
    this.store.show({ segment, value });
  }

  protected async check(): Promise<void> {
    if (await this.store.check()) this.announcer.say(`Drift was checked: ${this.report()?.sentence ?? ''}`);
  }
}

function describe(column: DriftColumn) {
  return {
    column,
    method: methodText(column),
    psi: formatNumber(column.psi),
    rows: formatCount(column.rows),
    weight: formatPercent(column.weight),
  };
}
