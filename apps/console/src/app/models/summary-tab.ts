import { Component, computed, inject, input } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import { RouterLink } from '@angular/router';
import type { ModelVersion } from '@modelwright/sdk';
import { CompiledFormLine } from '../shared/compiled/compiled-form-line';
import { formatScore } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import { metricLabel, metricMeaning } from '../shared/metrics/metric-words';
import { Icon } from '../shared/ui/icon';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { MadeOf } from './made-of';
import {
  compareWithBaseline,
  directionText,
  intervalText,
  orderMetrics,
  crossValidationText,
} from './metric-text';
import { CheckList } from './registry/check-list';
import { RegistryStore } from './registry/registry.store';
import { ServedCard } from './served-card';
import { SignatureTable } from './signature-table';

/** How good it is, what it was made of, what was verified, and what it takes. */
@Component({
  selector: 'mw-summary-tab',
  imports: [
    CheckList,
    CompiledFormLine,
    CountPipe,
    Icon,
    MadeOf,
    MatTooltip,
    RouterLink,
    ServedCard,
    SignatureTable,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  templateUrl: './summary-tab.html',
  styleUrl: './summary-tab.scss',
})
export class SummaryTab {
  readonly version = input.required<ModelVersion>();
  protected readonly registry = inject(RegistryStore);

  protected readonly evaluation = computed(() => this.version().evaluation);
  protected readonly metrics = computed(() =>
    orderMetrics(this.version().metrics, this.evaluation().metric.name).map((metric, index) => ({
      name: metric.name,
      isMain: index === 0,
      label: metricLabel(metric.name),
      meaning: metricMeaning(metric.name),
      value: formatScore(metric.value),
      interval: intervalText(metric),
      direction: directionText(metric.greaterIsBetter),
      arrow: metric.greaterIsBetter ? ('arrow-up' as const) : ('arrow-down' as const),
    })),
  );
  protected readonly main = computed(() => metricLabel(this.evaluation().metric.name));
  protected readonly crossValidation = computed(() => crossValidationText(this.evaluation().crossValidation));
  protected readonly comparison = computed(() => {
    const found = compareWithBaseline(this.evaluation());
    if (!found) return undefined;
    const top = Math.max(Math.abs(found.model), Math.abs(found.baseline)) || 1;
    const share = (value: number): number => (Math.max(0, value) / top) * 100;
    return {
      ...found,
      hint: directionText(this.evaluation().metric.greaterIsBetter),
      bars: [
        { label: 'This model', value: formatScore(found.model), share: share(found.model), own: true },
        { label: 'Baseline', value: formatScore(found.baseline), share: share(found.baseline), own: false },
      ],
    };
  });
  /** The same checks as on their own tab; those that do not apply are only counted. */
  private readonly allChecks = computed(() =>
    this.registry.promotion.hasValue() ? this.registry.promotion.value().checks : [],
  );
  protected readonly checks = computed(() =>
    this.allChecks().filter(({ state }) => state !== 'not-applicable'),
  );
  protected readonly others = computed(() => {
    const count = this.allChecks().length - this.checks().length;
    return count === 0
      ? 'Open the checks'
      : `Open the checks (${count} more ${count === 1 ? 'does' : 'do'} not apply)`;
  });
  protected readonly findingsLink = computed(() => {
    const { projectId, runId } = this.version();
    return runId ? ['/p', projectId, 'runs', runId] : null;
  });
}
