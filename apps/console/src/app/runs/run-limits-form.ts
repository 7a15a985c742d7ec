import { Component, computed, input, output } from '@angular/core';
import type { RunPreview } from '@modelwright/sdk';
import { formatDuration, formatNumber } from '../shared/format/numbers';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import type { Engine, RunClass, RunDraft } from './run-draft';
import { classWord, memoryText } from './run-words';

const CLASSES: readonly RunClass[] = ['interactive', 'standard', 'batch'];

/** Who searches, within which limits, and in which class of the queue. */
@Component({
  selector: 'mw-run-limits-form',
  imports: [Field, FieldControl],
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
          #latency
          class="mw-input short"
          mwFieldControl
          type="number"
          min="0"
          step="any"
          placeholder="no limit"
          [value]="draft().latencyBudgetMs ?? ''"
          (change)="changed.emit({ latencyBudgetMs: positive(latency.value) })"
        />
      </mw-field>
    </div>
    <div class="pair">
      <mw-field label="Memory, MB" [help]="memoryHelp()" [error]="problems().memory">
        <input
          #memory
          class="mw-input short"
          mwFieldControl
          type="number"
          min="512"
          step="256"
          [max]="plan.limits.maxMemoryMb"
          [value]="draft().memoryMb ?? plan.limits.maxMemoryMb"
          (change)="changed.emit({ memoryMb: whole(memory.value, 512) })"
        />
      </mw-field>
      <mw-field label="Cores" [help]="cpusHelp()" [error]="problems().cpus">
        <input
          #cpus
          class="mw-input short"
          mwFieldControl
          type="number"
          min="0.5"
          step="0.5"
          [max]="plan.limits.maxCpus"
          [value]="draft().cpus ?? plan.limits.maxCpus"
          (change)="changed.emit({ cpus: positive(cpus.value) })"
        />
      </mw-field>
      <mw-field
        label="Most candidates"
        [optional]="true"
        help="The search ends when so many were tried, or when the time is over."
      >
        <input
          #candidates
          class="mw-input short"
          mwFieldControl
          type="number"
          min="1"
          max="5000"
          placeholder="no limit"
          [value]="draft().maxCandidates ?? ''"
          (change)="changed.emit({ maxCandidates: whole(candidates.value, 1) })"
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
      >
        <input
          #seed
          class="mw-input short"
          mwFieldControl
          type="number"
          min="0"
          max="4294967295"
          [value]="draft().seed ?? 42"
          (change)="changed.emit({ seed: whole(seed.value, 0) })"
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
  readonly problems =
    input.required<Readonly<Partial<Record<'engine' | 'latency' | 'memory' | 'cpus' | 'class', string>>>>();
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
    return `${classWord(this.plan().class)}: waits in this class for ${formatDuration(budgetSeconds)} of search.`;
  });

  protected chooseEngine(value: string): void {
    const engine = this.plan().engines.find((one) => one.name === value)?.name;
    this.changed.emit({ engine: engine === 'builtin' ? undefined : (engine satisfies Engine | undefined) });
  }

  protected chooseClass(value: string): void {
    this.changed.emit({ runClass: CLASSES.find((one) => one === value) });
  }

  protected positive(text: string): number | undefined {
    const value = Number(text);
    return text !== '' && value > 0 ? value : undefined;
  }

  protected whole(text: string, least: number): number | undefined {
    const value = Number(text);
    return text !== '' && Number.isInteger(value) && value >= least ? value : undefined;
  }
}
