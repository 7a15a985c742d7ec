import { Component, computed, inject } from '@angular/core';
import { requestSnippets } from '@modelwright/contracts';
import { Chart } from '../shared/charts/chart';
import { formatCount, formatPercent } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { CodeBlock } from '../shared/ui/code-block';
import { EmptyState } from '../shared/ui/empty-state';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { FeedbackImport } from './feedback-import';
import { FeedbackJobs } from './feedback-jobs';
import { FeedbackSegments } from './feedback-segments';
import { FeedbackVersion } from './feedback-version';
import { calibrationDrawing, trendDrawing } from './feedback-charts';
import {
  FEEDBACK_WINDOWS,
  delayText,
  figureText,
  lightStatus,
  lightWord,
  metricLabel,
  metricLightWord,
  neededText,
  sourceWord,
} from './feedback-words';
import { FeedbackStore } from './feedback.store';

const EXAMPLE_ID = '0190a000-0000-7000-8000-000000000000';

/** What turned out to be true of the predictions: how to send it, what it says, and what to do with it. */
@Component({
  selector: 'mw-feedback-tab',
  imports: [
    Chart,
    CodeBlock,
    EmptyState,
    FeedbackImport,
    FeedbackJobs,
    FeedbackSegments,
    FeedbackVersion,
    Skeleton,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [FeedbackStore],
  templateUrl: './feedback-tab.html',
  styleUrl: './feedback-tab.scss',
})
export class FeedbackTab {
  protected readonly store = inject(FeedbackStore);
  protected readonly project = inject(ProjectContext);
  private readonly deployment = inject(DeploymentStore);
  protected readonly windows = FEEDBACK_WINDOWS;
  protected readonly lightStatus = lightStatus;
  protected readonly lightWord = lightWord;
  protected readonly sourceWord = sourceWord;

  protected readonly report = computed(() => this.store.known());
  protected readonly metrics = computed(() =>
    (this.report()?.metrics ?? []).map((metric) => ({
      metric,
      label: metricLabel(metric.name),
      light: metricLightWord(metric),
      live: metric.value === null ? neededText(metric) : figureText(metric),
      holdout: figureText(metric.holdout),
      better: metric.greaterIsBetter ? 'higher is better' : 'lower is better',
    })),
  );
  protected readonly facts = computed(() => {
    const report = this.report();
    if (!report) return [];
    const delay = report.labelDelay;
    return [
      { name: 'Labelled', value: formatCount(report.labelledRows) },
      { name: 'Share of predictions', value: formatPercent(report.labelledShare) },
      { name: 'Label delay, median', value: delay ? delayText(delay.medianSeconds) : '–' },
      { name: 'Label delay, p90', value: delay ? delayText(delay.p90Seconds) : '–' },
      ...(report.abstainedRows > 0 ? [{ name: 'Abstained', value: formatCount(report.abstainedRows) }] : []),
    ];
  });
  protected readonly trend = computed(() => {
    const report = this.report();
    if (!report || report.trend.points.length === 0) return undefined;
    const main = report.metrics.find(({ name }) => name === report.trend.metric);
    return trendDrawing(report.trend, main?.holdout?.value ?? null);
  });
  protected readonly calibration = computed(() => {
    const calibration = this.report()?.calibration;
    return calibration ? calibrationDrawing(calibration) : undefined;
  });
  protected readonly calibrationText = computed(() => {
    const calibration = this.report()?.calibration;
    if (!calibration) return '';
    const what = {
      'positive-class': `Probability of “${this.report()?.positiveClass ?? ''}”.`,
      confidence: 'Probability of the predicted class.',
      number: 'Predicted numbers in ten groups of the same size.',
    }[calibration.kind];
    return calibration.error === null
      ? what
      : `${what} Off by ${formatPercent(calibration.error)} on average (expected calibration error).`;
  });
  protected readonly truths = computed(() =>
    this.store.truths.hasValue() ? this.store.truths.value().items : [],
  );
  protected readonly snippets = computed(() => {
    const current = this.deployment.current();
    if (!current) return [];
    const report = this.report();
    const truth = report?.kind === 'number' ? 12.5 : (report?.confusion?.labels[0] ?? 'yes');
    const url = current.predictUrl.replace(/\/predict$/u, '/feedback');
    const request = {
      method: 'POST',
      url,
      body: { items: [{ requestId: EXAMPLE_ID, rowIndex: 0, truth }] },
    } as const;
    return requestSnippets(request).map(({ label, code }) => ({
      language: label,
      code: code.replaceAll('MODELWRIGHT_TOKEN', 'API_KEY'),
    }));
  });
  protected readonly selectedVersion = computed(() => this.report()?.modelVersionId ?? '');

  protected chooseVersion(event: Event): void {
    this.store.show({ version: (event.target as HTMLSelectElement).value });
  }
}
