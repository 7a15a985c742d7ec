import { Component, computed, input } from '@angular/core';
import type { RunPreview } from '@modelwright/sdk';
import { CountPipe, DurationPipe } from '../shared/format/pipes';
import { Icon } from '../shared/ui/icon';
import { foldsText } from '../shared/metrics/fold-words';
import type { IconName } from '../shared/ui/icons';
import { memoryText, validationWord } from './run-words';

const SEVERITIES: Readonly<Record<string, { readonly icon: IconName; readonly word: string }>> = {
  info: { icon: 'info', word: 'Note' },
  warning: { icon: 'warning', word: 'Warning' },
  serious: { icon: 'warning', word: 'Serious' },
};

/** What the run would do: rows, folds, candidates in order, what is skipped and why, warnings, blockers. */
@Component({
  selector: 'mw-run-plan',
  imports: [CountPipe, DurationPipe, Icon],
  template: `
    @let plan = this.plan();
    @if (plan.blockers.length > 0) {
      <ul class="notes" aria-label="In the way">
        @for (blocker of plan.blockers; track blocker.code + blocker.pointer) {
          <li class="blocker">
            <mw-icon name="cross-circle" [size]="16" />
            <span><span class="visually-hidden">In the way: </span>{{ blocker.detail }}</span>
          </li>
        }
      </ul>
    }
    @if (warnings().length > 0) {
      <ul class="notes" aria-label="Warnings">
        @for (warning of warnings(); track $index) {
          <li [class]="warning.severity">
            <mw-icon [name]="warning.look.icon" [size]="16" />
            <span
              ><span class="visually-hidden">{{ warning.look.word }}: </span>{{ warning.detail }}
              @if (warning.findingKey && warning.severity === 'serious') {
                <strong>Its model cannot be promoted until somebody waives this.</strong>
              }
            </span>
          </li>
        }
      </ul>
    }
    <dl class="facts">
      <div>
        <dt>Learns from</dt>
        <dd>{{ plan.trainRows | count }} rows</dd>
      </div>
      <div>
        <dt>Kept aside</dt>
        <dd>{{ plan.holdoutRows | count }} rows</dd>
      </div>
      <div>
        <dt>Columns</dt>
        <dd>{{ plan.features.length | count }} used</dd>
      </div>
      <div>
        <dt>Folds</dt>
        <dd>{{ folds() }}</dd>
      </div>
      <div>
        <dt>Ready after</dt>
        <dd>about {{ plan.expectedSeconds | duration }}</dd>
      </div>
      <div>
        <dt>Memory</dt>
        <dd>{{ memory().expected }} of {{ memory().limit }}</dd>
      </div>
    </dl>
    @if (plan.queueAhead > 0) {
      <p class="mw-small mw-muted">
        {{ plan.queueAhead === 1 ? 'One run goes' : plan.queueAhead + ' runs go' }} first.
      </p>
    }
    <section aria-labelledby="plan-candidates">
      <h3 id="plan-candidates">Candidates in order</h3>
      <ol>
        @for (candidate of candidates(); track candidate.family + $index) {
          <li [class.skipped]="candidate.skipReason">
            <span class="place mw-number">{{ candidate.skipReason ? '–' : $index + 1 }}</span>
            <span class="mw-grow">
              {{ candidate.label }}
              @if (candidate.skipReason) {
                <span class="mw-small">Skipped: {{ candidate.skipReason }}</span>
              }
            </span>
            <span class="cost mw-number mw-small">
              {{ candidate.expectedSeconds | duration }}<span class="dim"> · {{ candidate.memory }}</span>
            </span>
          </li>
        }
      </ol>
      @if (candidates().length > 1 && plan.task !== 'clustering') {
        <p class="mw-small mw-muted">
          The rest of the time goes to variations of the promising ones, then to an ensemble if it is better.
        </p>
      }
    </section>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .facts {
      display: grid;
      grid-template-columns: 1fr 1fr;
      gap: 10px 16px;
    }
    dt {
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
      line-height: 16px;
    }
    dd {
      font-weight: 500;
      font-variant-numeric: tabular-nums;
    }
    h3 {
      margin-bottom: 6px;
    }
    ol {
      display: grid;
      margin-bottom: 8px;
    }
    ol li {
      display: flex;
      align-items: baseline;
      gap: 8px;
      padding: 5px 0;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    ol li:last-child {
      border-bottom: 0;
    }
    .place {
      width: 16px;
      color: var(--mat-sys-on-surface-variant);
      text-align: right;
    }
    .mw-grow .mw-small {
      display: block;
    }
    .skipped {
      color: var(--mat-sys-on-surface-variant);
    }
    .cost {
      white-space: nowrap;
    }
    .dim {
      color: var(--mat-sys-on-surface-variant);
    }
    .notes {
      display: grid;
      gap: 8px;
    }
    .notes li {
      display: flex;
      gap: 8px;
      padding: 8px 10px;
      border-radius: var(--mw-radius);
      background: var(--mw-neutral-soft);
      overflow-wrap: anywhere;
    }
    .notes mw-icon {
      height: 20px;
    }
    .notes .warning,
    .notes .serious {
      background: var(--mw-warning-soft);
    }
    .warning mw-icon,
    .serious mw-icon {
      color: var(--mw-warning);
    }
    .notes .blocker {
      background: var(--mw-error-soft);
    }
    .blocker mw-icon {
      color: var(--mat-sys-error);
    }
  `,
})
export class RunPlan {
  readonly plan = input.required<RunPreview>();

  protected readonly warnings = computed(() =>
    this.plan().warnings.map((warning) => ({
      ...warning,
      look: SEVERITIES[warning.severity] ?? { icon: 'info' as const, word: 'Note' },
    })),
  );
  protected readonly folds = computed(() => {
    const validation = this.plan().validation;
    if (!validation) return '–';
    if (this.plan().task === 'clustering') return `${validation.folds} resamples`;
    if (validation.strategy === 'given') return `as ${validation.column ?? 'a column'} says`;
    return `${foldsText(validation)}, ${validationWord(validation.strategy).toLowerCase()}`;
  });
  protected readonly memory = computed(() => ({
    expected: memoryText(this.plan().expectedMemoryMb),
    limit: memoryText(this.plan().limits.memoryMb),
  }));
  protected readonly candidates = computed(() =>
    this.plan().candidates.map((candidate) => ({
      ...candidate,
      memory: memoryText(candidate.expectedMemoryMb),
    })),
  );
}
