import { Component, computed, input } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import type { ModelVersion } from '@modelwright/sdk';
import { formatScore } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import { metricLabel, metricMeaning } from '../shared/metrics/metric-words';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';
import { MadeOf } from './made-of';
import { compareWithBaseline, directionText, intervalText, orderMetrics, spreadText } from './metric-text';
import { ServedCard } from './served-card';
import { SignatureTable } from './signature-table';

const CHECK_STATUS = { passed: 'ok', warning: 'flagged', failed: 'failed' } as const;
const CHECK_WORD = { passed: 'Passed', warning: 'Look at this', failed: 'Failed' } as const;

/** How good it is, what it was made of, what was verified, and what it takes. */
@Component({
  selector: 'mw-summary-tab',
  imports: [CountPipe, Icon, MadeOf, MatTooltip, ServedCard, SignatureTable, StatusChip],
  templateUrl: './summary-tab.html',
  styleUrl: './summary-tab.scss',
})
export class SummaryTab {
  readonly version = input.required<ModelVersion>();

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
  protected readonly crossValidation = computed(() => spreadText(this.evaluation().crossValidation));
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
  protected readonly checks = computed(() =>
    this.version().checks.map((check) => ({
      ...check,
      look: CHECK_STATUS[check.status],
      word: CHECK_WORD[check.status],
    })),
  );
}
