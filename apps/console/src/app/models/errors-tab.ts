import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ModelVersion, SegmentsResult } from '@modelwright/sdk';
import { formatCount, formatNumber, formatPercent, formatScore } from '../shared/format/numbers';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';
import { AnalysisAnswer, AnalysisView } from './insights/analysis-view';
import { cellText } from './insights/charts/output-words';
import { inputsByImportance } from './insights/explain-parts';
import { InsightsStore } from './insights/insights.store';
import { segmentFilters, segmentWords } from './insights/segment-filters';

const MOST_COLUMNS = 5;

/** Where the model fails: segments in words, and the rows it gets most wrong. */
@Component({
  selector: 'mw-errors-tab',
  imports: [AnalysisAnswer, AnalysisView, Icon, RouterLink, StatusChip],
  templateUrl: './errors-tab.html',
  styleUrl: './errors-tab.scss',
})
export class ErrorsTab {
  readonly version = input.required<ModelVersion>();
  protected readonly asked = inject(InsightsStore).asked('segments', () => ({
    kind: 'segments',
    options: { columns: null },
  }));
  protected readonly shown = computed(() => {
    const result = this.asked.result();
    return result && { ...headOf(result), segments: this.segmentsOf(result), worst: this.worstOf(result) };
  });

  private segmentsOf(result: SegmentsResult) {
    const value = measureText(result);
    return result.segments.map((segment) => ({
      text: segmentWords(segment.conditions),
      filters: segmentFilters(segment.conditions),
      // The share of the rows that were measured: times the lift, it is the share of the mistakes.
      size: `${formatCount(segment.confirmationRows)} rows, ${formatPercent(segment.confirmationRows / result.confirmationRows)}`,
      value: value(segment.value),
      interval: `${value(segment.low)} to ${value(segment.high)}`,
      lift: segment.lift === null ? '–' : `${formatNumber(segment.lift)} ×`,
      shareOfErrors: formatPercent(segment.shareOfErrors),
      basis: `${formatCount(segment.confirmationRows)} rows that the search did not see; p = ${formatScore(segment.adjustedPValue)} after Holm`,
      confirmed: segment.confirmed,
    }));
  }

  private worstOf({ worstRows }: SegmentsResult) {
    const order = inputsByImportance(this.version());
    const known = new Set(Object.keys(worstRows[0]?.values ?? {}));
    const columns = order.filter((name) => known.has(name)).slice(0, MOST_COLUMNS);
    return {
      columns,
      left: Math.max(0, known.size - columns.length),
      rows: worstRows.map(({ row, values, actual, predicted, probability, loss }) => ({
        row,
        name: `Row ${row + 1}`,
        cells: columns.map((name) => cellText(values[name])),
        actual: cellText(actual),
        predicted: cellText(predicted),
        probability: probability === null ? null : formatPercent(probability),
        loss: formatNumber(loss),
      })),
    };
  }
}

function measureText({ measure }: SegmentsResult): (value: number | null) => string {
  return measure === 'error_rate' ? formatPercent : formatNumber;
}

function headOf(result: SegmentsResult): { readonly isRate: boolean; readonly sentence: string } {
  const isRate = result.measure === 'error_rate';
  const text = measureText(result);
  const { value, low, high } = result.overall;
  const confirmed = result.segments.filter((segment) => segment.confirmed).length;
  const overall = isRate
    ? `Of the ${formatCount(result.confirmationRows)} held-out rows that the search did not see, ${text(value)} are wrong (${text(low)} to ${text(high)}).`
    : `On the ${formatCount(result.confirmationRows)} held-out rows that the search did not see, the model is off by ${text(value)} on average (${text(low)} to ${text(high)}).`;
  const found =
    confirmed === 0
      ? 'No segment is clearly worse than the rest.'
      : `${confirmed === 1 ? 'One segment is' : `${confirmed} segments are`} clearly worse than the rest.`;
  return { isRate, sentence: `${overall} ${found}` };
}
