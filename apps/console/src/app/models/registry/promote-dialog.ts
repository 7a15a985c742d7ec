import { Component, computed, inject, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogRef,
  MatDialogTitle,
} from '@angular/material/dialog';
import type { ModelPromotion } from '@modelwright/sdk';
import { toProblem } from '../../shared/api/problem';
import { formatBytes, formatDuration } from '../../shared/format/numbers';
import { MetricComparison } from '../../shared/metrics/metric-comparison';
import { metricRow, type ComparedRow } from '../../shared/metrics/metric-row';
import { Field } from '../../shared/ui/field';
import { Icon } from '../../shared/ui/icon';
import { ProblemView } from '../../shared/ui/problem-view';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { CheckList } from './check-list';
import { aliasProblem } from './registry-words';

export interface PromoteRequest {
  readonly modelName: string;
  readonly modelVersionId: string;
  readonly versionNumber: number;
  readonly alias: string;
  /** Aliases that the model has already. */
  readonly known: readonly string[];
  readonly preview: (alias: string, signal: AbortSignal) => Promise<ModelPromotion>;
  readonly perform: (alias: string, reason: string, seen: string | null) => Promise<void>;
}

/** `checks` when the person wants to look at the checks instead. */
export type PromoteAnswer = 'done' | 'checks';

/** What moving an alias means: both versions side by side, the checks, and a reason that stays. */
@Component({
  selector: 'mw-promote-dialog',
  imports: [
    CheckList,
    Field,
    Icon,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    MetricComparison,
    ProblemView,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  templateUrl: './promote-dialog.html',
  styleUrl: './promote-dialog.scss',
  host: { '(keydown.control.enter)': 'promote()', '(keydown.meta.enter)': 'promote()' },
})
export class PromoteDialog {
  protected readonly request = inject<PromoteRequest>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<PromoteDialog, PromoteAnswer>>(MatDialogRef);
  protected readonly suggestions = [...new Set(['champion', 'challenger', ...this.request.known])];
  protected readonly alias = signal(this.request.alias);
  protected readonly reason = signal('');
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  private readonly tried = signal(false);

  protected readonly aliasError = computed(() => aliasProblem(this.alias()));
  protected readonly reasonError = computed(() =>
    this.tried() && this.reason().trim() === '' ? 'Say why, for those who read the history.' : undefined,
  );
  protected readonly preview = resource({
    params: () => (this.aliasError() ? undefined : this.alias()),
    loader: ({ params, abortSignal }) => this.request.preview(params, abortSignal),
  });
  private readonly found = computed(() => (this.preview.hasValue() ? this.preview.value() : undefined));
  protected readonly isAllowed = computed(() => this.found()?.allowed ?? false);
  protected readonly rows = computed(() => {
    const found = this.found();
    if (!found) return [];
    return [...found.metrics.map(metricRow), ...costRows(found)];
  });
  /** What fails, what was waived, and the comparison with the present one; the rest is only counted. */
  protected readonly telling = computed(() =>
    (this.found()?.checks ?? []).filter(
      ({ state, code, required }) =>
        state === 'waived' ||
        ((state === 'failed' || state === 'not-tried') && required) ||
        (code === 'champion' && state === 'ok'),
    ),
  );
  protected readonly quiet = computed(() => {
    const checks = this.found()?.checks ?? [];
    const others = checks.filter((check) => !this.telling().includes(check));
    const count = (state: string): number => others.filter((check) => check.state === state).length;
    return [
      [count('ok'), 'passed'],
      [count('failed'), 'to look at (not required)'],
      [count('not-tried'), 'not tried (not required)'],
      [count('not-applicable'), 'do not apply'],
    ]
      .filter(([amount]) => amount !== 0)
      .map(([amount, word]) => `${amount} ${word}`)
      .join(', ');
  });
  protected readonly headline = computed(() => {
    const found = this.found();
    if (!found) return '';
    if (!found.present)
      return `This model has no ${found.alias} yet, so there is nothing to compare with. Version ${found.version.number} would be the first.`;
    const rows = found.sameRows
      ? 'Both were judged on the same held-out rows.'
      : 'They were judged on other rows.';
    return `Version ${found.present.number} is ${found.alias} now. ${rows}`;
  });

  protected async promote(): Promise<void> {
    this.tried.set(true);
    const found = this.found();
    if (!found || !this.isAllowed() || this.busy() || this.aliasError() || this.reasonError()) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.request.perform(this.alias(), this.reason().trim(), found.present?.id ?? null);
      this.dialog.close('done');
    } catch (error) {
      this.problem.set(toProblem(error));
      this.preview.reload();
    } finally {
      this.busy.set(false);
    }
  }

  protected openChecks(): void {
    this.dialog.close('checks');
  }
}

function costRows({ version, present }: ModelPromotion): ComparedRow[] {
  const row = (
    label: string,
    own: number | null,
    other: number | null | undefined,
    shown: (n: number) => string,
  ) => ({
    label,
    hint: 'Lower is better',
    present: other == null ? '–' : shown(other),
    presentNote: '',
    version: own === null ? '–' : shown(own),
    versionNote: '',
    better:
      own === null || other == null || own === other
        ? undefined
        : own < other
          ? ('version' as const)
          : ('present' as const),
  });
  const seconds = (ms: number | null | undefined): number | null => (ms == null ? null : ms / 1000);
  return [
    row(
      'Time for one row',
      seconds(version.predictMsPerRow),
      seconds(present?.predictMsPerRow),
      formatDuration,
    ),
    row('Size', version.sizeBytes, present?.sizeBytes, formatBytes),
  ];
}
