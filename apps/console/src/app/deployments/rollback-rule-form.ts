import { Component, computed, inject, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Announcer } from '../shared/ui/announcer';
import { formErrors, numberError } from '../shared/ui/form-errors';
import { VersionsStore } from './versions.store';

interface Draft {
  readonly on: boolean;
  readonly minutes: string;
  readonly minimumCalls: string;
  readonly errors: string;
  readonly ratio: string;
}

const FIELDS = ['minutes', 'minimumCalls', 'errors', 'ratio'] as const;
const WORDS = {
  minutes: 'Minutes',
  minimumCalls: 'Calls',
  errors: 'Failed calls, percent',
  ratio: 'Times the p95',
} as const;
const NO_LIMIT = 'Give a share of failed calls, a p95, or both: without them nothing is watched.';

/** The rule by which a version that has just taken over is taken back. An empty limit is not looked at. */
@Component({
  selector: 'mw-rollback-rule-form',
  imports: [MatButton],
  template: `
    <section class="mw-card" aria-labelledby="by-itself">
      <div class="mw-card-head"><h2 id="by-itself">Go back by itself</h2></div>
      <form class="mw-card-body mw-stack" novalidate (submit)="$event.preventDefault(); save()">
        <label class="mw-check">
          <input #on type="checkbox" [checked]="draft().on" (change)="change({ on: on.checked })" />
          After a switch, bring the old version back when the new one does badly
        </label>
        @if (draft().on) {
          <p class="rule">
            <span>In the first</span>
            <input
              #m
              class="mw-input"
              type="number"
              min="1"
              max="1440"
              aria-label="Minutes after the switch"
              [value]="draft().minutes"
              [attr.aria-invalid]="errors.shown().minutes ? 'true' : null"
              [attr.aria-describedby]="errors.shown().minutes ? 'rule-errors' : null"
              (input)="change({ minutes: m.value })"
              (change)="errors.left('minutes')"
            />
            <span>minutes, after at least</span>
            <input
              #c
              class="mw-input"
              type="number"
              min="1"
              aria-label="Calls before it is judged"
              [value]="draft().minimumCalls"
              [attr.aria-invalid]="errors.shown().minimumCalls ? 'true' : null"
              [attr.aria-describedby]="errors.shown().minimumCalls ? 'rule-errors' : null"
              (input)="change({ minimumCalls: c.value })"
              (change)="errors.left('minimumCalls')"
            />
            <span>calls, when more than</span>
            <input
              #e
              class="mw-input"
              type="number"
              min="0"
              max="100"
              step="any"
              aria-label="Failed calls, percent"
              [value]="draft().errors"
              [attr.aria-invalid]="errors.shown().errors ? 'true' : null"
              [attr.aria-describedby]="errors.shown().errors ? 'rule-errors' : null"
              (input)="change({ errors: e.value })"
              (change)="errors.left('errors')"
            />
            <span>% of calls fail on our side, or p95 is above</span>
            <input
              #r
              class="mw-input"
              type="number"
              min="1"
              max="100"
              step="any"
              aria-label="Times the p95 of the old version"
              [value]="draft().ratio"
              [attr.aria-invalid]="errors.shown().ratio ? 'true' : null"
              [attr.aria-describedby]="errors.shown().ratio ? 'rule-errors' : null"
              (input)="change({ ratio: r.value })"
              (change)="errors.left('ratio')"
            />
            <span>times that of the old version.</span>
          </p>
          @if (messages().length > 0) {
            <ul id="rule-errors" class="errors">
              @for (message of messages(); track message) {
                <li>{{ message }}</li>
              }
            </ul>
          }
        }
        <div>
          <button type="submit" matButton="outlined" [disabled]="!isChanged() || store.isBusy()">
            Save rule
          </button>
        </div>
      </form>
    </section>
  `,
  styles: `
    .rule {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 6px 8px;
      margin: 0;
    }
    .rule .mw-input {
      width: 76px;
    }
    .errors {
      display: grid;
      gap: 2px;
      color: var(--mat-sys-error);
      font-size: 12px;
      line-height: 16px;
    }
  `,
})
export class RollbackRuleForm {
  protected readonly store = inject(VersionsStore);
  private readonly announcer = inject(Announcer);

  private readonly stored = computed<Draft>(
    () => {
      const rule = this.store.deployment.current()?.rollbackRule;
      return {
        on: Boolean(rule),
        minutes: String(rule?.minutes ?? 10),
        minimumCalls: String(rule?.minimumCalls ?? 20),
        errors: rule ? String(rule.maxErrorPercent ?? '') : '5',
        ratio: rule ? String(rule.maxLatencyRatio ?? '') : '3',
      };
    },
    { equal: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  protected readonly draft = linkedSignal(() => this.stored());
  protected readonly isChanged = computed(
    () => JSON.stringify(this.draft()) !== JSON.stringify(this.stored()),
  );
  protected readonly errors = formErrors({
    fields: FIELDS,
    own: () => {
      const { on, minutes, minimumCalls, errors, ratio } = this.draft();
      if (!on) return {};
      const nothing = errors === '' && ratio === '' ? NO_LIMIT : undefined;
      return {
        minutes: numberError(minutes, { min: 1, max: 1440 }),
        minimumCalls: numberError(minimumCalls, { min: 1 }),
        errors: nothing ?? numberError(errors, { min: 0, max: 100, fractions: true, optional: true }),
        ratio: nothing ?? numberError(ratio, { min: 1, max: 100, fractions: true, optional: true }),
      };
    },
  });
  /** In the order of the sentence, each with what it is about. */
  protected readonly messages = computed(() => {
    const shown = this.errors.shown();
    const texts = FIELDS.map((field) => {
      const text = shown[field];
      return text === undefined || text === NO_LIMIT ? text : `${WORDS[field]}: ${text}`;
    });
    return [...new Set(texts.filter((text) => text !== undefined))];
  });

  protected change(part: Partial<Draft>): void {
    this.draft.update((draft) => ({ ...draft, ...part }));
  }

  protected async save(): Promise<void> {
    if (!this.errors.check()) return;
    const { on, minutes, minimumCalls, errors, ratio } = this.draft();
    const rule = {
      minutes: Number(minutes),
      minimumCalls: Number(minimumCalls),
      maxErrorPercent: errors === '' ? null : Number(errors),
      maxLatencyRatio: ratio === '' ? null : Number(ratio),
    };
    if (await this.store.setRule(on ? rule : null)) this.announcer.say('The rule is saved.');
  }
}
