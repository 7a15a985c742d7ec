import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ModelVersion } from '@modelwright/sdk';
import { formatDuration, formatNumber } from '../shared/format/numbers';
import { InputList } from '../shared/inputs/input-list';
import { PasteRow } from '../shared/inputs/paste-row';
import { ProbabilityBars } from '../shared/inputs/probability-bars';
import { ProjectContext } from '../shared/project/project-context';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Progress } from '../shared/ui/progress';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { ChartCard } from './chart-card';
import { cellText, spaceNote } from './insights/charts/output-words';
import { waterfallDrawing } from './insights/charts/waterfall';
import { ClassPicker } from './insights/class-picker';
import { inputsByImportance, targetName } from './insights/explain-parts';
import { heldOutRows } from './insights/held-out-rows';
import { queryState } from './insights/query-state';
import { WhatIf } from './insights/what-if.store';

const MOST_STEPS = 10;

/** A real row to change, and what the model says to it as it is changed. */
@Component({
  selector: 'mw-what-if-tab',
  imports: [
    ChartCard,
    ClassPicker,
    CopyButton,
    Icon,
    InputList,
    MatButton,
    PasteRow,
    ProbabilityBars,
    ProblemView,
    Progress,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [WhatIf],
  templateUrl: './what-if-tab.html',
  styleUrl: './what-if-tab.scss',
})
export class WhatIfTab {
  readonly version = input.required<ModelVersion>();
  readonly deployAsked = output();
  protected readonly form = inject(WhatIf);
  protected readonly context = inject(ProjectContext);
  private readonly query = queryState();
  protected readonly heldOut = heldOutRows();
  protected readonly pastes = signal(false);

  protected readonly ordered = computed(() => {
    const order = inputsByImportance(this.version());
    return [...this.version().contract.inputs].sort(
      (one, other) => order.indexOf(one.name) - order.indexOf(other.name),
    );
  });
  protected readonly rowName = computed(() => {
    const index = this.form.rowIndex();
    if (index === undefined && this.form.handed()) return 'A row that was sent to the endpoint';
    if (index === undefined) return "The model's example, a row it never saw in training";
    return this.heldOut.rows().includes(index)
      ? `Row ${index + 1} of the dataset, which the model never saw in training`
      : `Row ${index + 1} of the dataset`;
  });
  protected readonly actual = computed(() => {
    const actual = this.form.original.hasValue() ? this.form.original.value().actual : null;
    return actual === null ? '' : cellText(actual);
  });
  protected readonly target = computed(() => targetName(this.version()));
  protected readonly said = computed(() => {
    const value = this.form.prediction()?.prediction;
    const { unit } = this.version().contract.output;
    const text = typeof value === 'number' ? formatNumber(value) : (value ?? 'no value');
    return unit ? `${text} ${unit}` : text;
  });
  protected readonly latency = computed(() => {
    const ms = this.form.response()?.latencyMs;
    return ms === undefined ? '' : formatDuration(ms / 1000);
  });
  protected readonly json = computed(() => JSON.stringify({ rows: [this.form.row() ?? {}] }, null, 2));
  protected readonly contributions = computed(() => {
    const explanation = this.form.explanation();
    const row = explanation?.rows[0];
    if (!explanation || !row) return undefined;
    const steps = Math.min(row.contributions.length, MOST_STEPS);
    return {
      drawing: waterfallDrawing(row, this.target(), MOST_STEPS),
      height: steps * 30 + 56,
      method: explanation.method.label,
      note: spaceNote(row.output),
    };
  });

  protected another(): void {
    const row = this.heldOut.another(this.form.rowIndex());
    if (row !== undefined) this.query.set({ row: String(row), from: null });
  }

  protected showExample(): void {
    this.query.set({ row: null, from: null });
  }
}
