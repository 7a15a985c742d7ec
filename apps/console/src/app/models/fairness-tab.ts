import { Component, computed, inject, input, resource } from '@angular/core';
import { type FairnessResult, type ModelVersion, getDatasetRows } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { formatCount, formatNumber, formatPercent } from '../shared/format/numbers';
import { EmptyState } from '../shared/ui/empty-state';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { AnalysisAnswer, AnalysisView } from './insights/analysis-view';
import { classesOf } from './insights/class-picker';
import {
  differenceText,
  fairnessSentence,
  isClear,
  intervalText,
  measureText,
  measureWords,
} from './insights/fairness-words';
import { InsightsStore } from './insights/insights.store';
import { queryState } from './insights/query-state';

const USUAL_MINIMUM = 30;
const LEAST = 5;
const MOST = 10_000;

/** How the model treats the groups of a column. */
@Component({
  selector: 'mw-fairness-tab',
  imports: [AnalysisAnswer, AnalysisView, EmptyState, Field, Icon, ProblemView],
  templateUrl: './fairness-tab.html',
  styleUrl: './fairness-tab.scss',
})
export class FairnessTab {
  readonly version = input.required<ModelVersion>();
  protected readonly query = queryState();
  /** Columns of the dataset, also those that the model does not see. */
  protected readonly table = resource({
    params: () => {
      const { datasetId, datasetVersionNumber } = this.version();
      // A model that was brought along may have no table here.
      return datasetId === null ? undefined : { datasetId, version: datasetVersionNumber ?? undefined };
    },
    loader: ({ params, abortSignal }) =>
      call(
        getDatasetRows({
          path: { datasetId: params.datasetId },
          query: params.version === undefined ? { limit: 1 } : { version: params.version, limit: 1 },
          signal: abortSignal,
        }),
      ),
  });
  protected readonly columns = computed(() => {
    if (!this.table.hasValue()) return [];
    const inputs = new Set(this.version().contract.inputs.map(({ name }) => name));
    return this.table
      .value()
      .columns.filter(({ name, type }) => name !== this.version().target && type !== 'text')
      .map(({ name }) => ({ name, label: inputs.has(name) ? name : `${name} (not used by the model)` }));
  });
  protected readonly column = computed(() => {
    const wanted = this.query.get('group');
    return this.columns().some(({ name }) => name === wanted) ? wanted : undefined;
  });
  protected readonly classes = computed(() => classesOf(this.version().contract));
  protected readonly positive = computed(() => {
    const wanted = this.query.get('positive');
    return wanted !== undefined && this.classes()?.includes(wanted) ? wanted : null;
  });
  protected readonly minimum = computed(() => minimumOf(this.query.get('min')));
  protected readonly minimumError = computed(() => {
    const text = this.query.get('min');
    return text !== undefined && String(this.minimum()) !== text
      ? `A whole number from ${LEAST} to ${formatCount(MOST)}.`
      : undefined;
  });
  protected readonly usualMinimum = USUAL_MINIMUM;
  protected readonly inapplicable = computed(() => this.asked.inapplicable());
  protected readonly asked = inject(InsightsStore).asked('fairness', () => {
    const column = this.column();
    return column === undefined
      ? undefined
      : {
          kind: 'fairness',
          options: { column, positiveClass: this.positive(), minGroupSize: this.minimum() },
        };
  });
  protected readonly shown = computed(() => {
    const result = this.asked.result();
    return result && look(result);
  });

  protected setMinimum(text: string): void {
    this.query.set({ min: text.trim() === '' || text === String(USUAL_MINIMUM) ? null : text.trim() }, true);
  }
}

function minimumOf(text: string | undefined): number {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value >= LEAST && value <= MOST
    ? value
    : USUAL_MINIMUM;
}

function look(result: FairnessResult) {
  const measures = result.measures.map((measure) => ({
    measure,
    ...measureWords(measure, result.positiveClass),
  }));
  const compared = new Map(result.comparisons.map((one) => [`${one.group}\n${one.measure}`, one]));
  return {
    sentence: fairnessSentence(result),
    usage: result.usedByModel
      ? `The model looks at ${result.column}.`
      : `The model does not look at ${result.column}; other columns may still tell it.`,
    measures,
    groups: result.groups.map((group) => ({
      name: group.group,
      isReference: group.group === result.reference,
      tooSmall: group.tooSmall,
      rows: formatCount(group.rows),
      share: formatPercent(group.share),
      cells: group.measures.map((cell) => {
        const words = measureWords(cell.measure, result.positiveClass);
        const against = compared.get(`${group.group}\n${cell.measure}`);
        return {
          value: measureText(cell.value, words),
          interval: intervalText(cell, words),
          difference: against ? differenceText(against.difference.value, words) : '',
          clear: against !== undefined && isClear(against),
          title: `Rests on ${formatCount(cell.rows)} rows${
            against?.ratio.value == null ? '' : `; ${formatNumber(against.ratio.value)} times the reference`
          }`,
        };
      }),
    })),
    widest: result.widest.map(({ measure, lowest, highest, difference, ratio }) => {
      const words = measureWords(measure, result.positiveClass);
      return {
        label: words.label,
        lowest,
        highest,
        difference: differenceText(difference, words).replace(/^[+−±]/, ''),
        ratio: formatNumber(ratio),
      };
    }),
  };
}
