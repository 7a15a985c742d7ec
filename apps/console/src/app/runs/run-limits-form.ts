import { Component, computed, input, output } from '@angular/core';
import type { RunPreview } from '@modelwright/sdk';
import { formatDuration, formatNumber } from '../shared/format/numbers';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { NumberInput } from '../shared/ui/number-input';
import type { Engine, RunClass, RunDraft } from './run-draft';
import { classWord, memoryText } from './run-words';

type LimitField = 'engine' | 'latency' | 'memory' | 'cpus' | 'candidates' | 'class' | 'seed';
const CLASSES: readonly RunClass[] = ['interactive', 'standard', 'batch'];

/** Who searches, within which limits, and in which class of the queue. */
@Component({
  selector: 'mw-run-limits-form',
  imports: [Field, FieldControl, NumberInput],
  template: `
    @let plan = this.plan();
    <div class="pair">
      <mw-field label="Engine" [help]="engineHelp()" [error]="problems().engine">
        <select #engine class="mw-input" mwFieldControl (change)="chooseEngine(engine.value)">
          @for (one of plan.engines; track one.name) {
            <option
              [value]="one.name"
              [disabled]="!one.available"
              [selected]="one.name === (draft().engine ?? 'builtin')"
            >
              {{ one.label }}{{ one.available ? '' : ' (not in the runtime image)' }}
            </option>
          }
        </select>
      </mw-field>
      <mw-field
        label="Longest time per prediction, milliseconds"
        [optional]="true"
        help="For one row. What takes longer stays on the board but cannot win."
        [error]="problems().latency"
      >
        <input
          class="mw-input short"
          mwFieldControl
          min="0"
          step="any"
          placeholder="no limit"
          [mwNumber]="draft().latencyBudgetMs"
          (numberTyped)="changed.emit({ latencyBudgetMs: $event })"
        />
      </mw-field>
    </div>
    <div class="pair">
      <mw-field label="Memory, MB" [help]="memoryHelp()" [error]="problems().memory">
        <input
          class="mw-input short"
          mwFieldControl
          min="512"
          step="256"
          [max]="plan.limits.maxMemoryMb"
          [mwNumber]="draft().memoryMb ?? plan.limits.maxMemoryMb"
          (numberTyped)="changed.emit({ memoryMb: $event })"
        />
      </mw-field>
      <mw-field label="Cores" [help]="cpusHelp()" [error]="problems().cpus">
        <input
          class="mw-input short"
          mwFieldControl
          min="0.5"
          step="0.5"
          [max]="plan.limits.maxCpus"
          [mwNumber]="draft().cpus ?? plan.limits.maxCpus"
          (numberTyped)="changed.emit({ cpus: $event })"
        />
      </mw-field>
      <mw-field
        label="Most candidates"
        [optional]="true"
        help="The search ends when so many were tried, or when the time is over."
        [error]="problems().candidates"
      >
        <input
          class="mw-input short"
          mwFieldControl
          min="1"
          max="5000"
          placeholder="no limit"
          [mwNumber]="draft().maxCandidates"
          (numberTyped)="changed.emit({ maxCandidates: $event })"
        />
      </mw-field>
      <mw-field label="Class in the queue" [help]="classHelp()" [error]="problems().class">
        <select #runClass class="mw-input" mwFieldControl (change)="chooseClass(runClass.value)">
          <option value="" [selected]="!draft().runClass">By the time it takes</option>
          @for (one of classes; track one.id) {
            <option [value]="one.id" [selected]="one.id === draft().runClass">{{ one.label }}</option>
          }
        </select>
      </mw-field>
      <mw-field
        label="Seed"
        help="Fixes the rows held out, the folds and the chance in each fit. What is tried depends on the time as well: a second search may end with another model."
        [error]="problems().seed"
      >
        <input
          class="mw-input short"
          mwFieldControl
          min="0"
          max="4294967295"
          [mwNumber]="draft().seed ?? 42"
          (numberTyped)="changed.emit({ seed: $event })"
        />
      </mw-field>
    </div>
  `,
  styles: `
    :host {
      display: grid;
      gap: 16px;
    }
    .pair {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr));
      gap: 16px 24px;
      align-items: start;
    }
    .short {
      max-width: 160px;
    }
  `,
})
export class RunLimitsForm {
  readonly plan = input.required<RunPreview>();
  readonly draft = input.required<RunDraft>();
  /** What is in the way of each field. */
  readonly problems = input.required<Readonly<Partial<Record<LimitField, string>>>>();
  readonly changed = output<Partial<RunDraft>>();
  protected readonly classes = CLASSES.map((id) => ({ id, label: classWord(id) }));

  protected readonly engineHelp = computed(() => {
    const missing = this.plan().engines.filter((one) => !one.available);
    if (missing.length === 0) return 'Each of them searches by the same specification.';
    const names = missing.map((one) => one.label).join(' and ');
    return `${names} ${missing.length === 1 ? 'is' : 'are'} not in the runtime image. The operators' guide says how to add them.`;
  });
  protected readonly memoryHelp = computed(
    () =>
      `At most ${memoryText(this.plan().limits.maxMemoryMb)} here. Candidates that need more are skipped.`,
  );
  protected readonly cpusHelp = computed(() => `At most ${formatNumber(this.plan().limits.maxCpus)} here.`);
  protected readonly classHelp = computed(() => {
    const { budgetSeconds } = this.plan();
    return `A search of ${formatDuration(budgetSeconds)} waits in the queue with the ${classWord(this.plan().class).toLowerCase()} runs.`;
  });

  protected chooseEngine(value: string): void {
    const engine = this.plan().engines.find((one) => one.name === value)?.name;
    this.changed.emit({ engine: engine === 'builtin' ? undefined : (engine satisfies Engine | undefined) });
  }

  protected chooseClass(value: string): void {
    this.changed.emit({ runClass: CLASSES.find((one) => one === value) });
  }
}
