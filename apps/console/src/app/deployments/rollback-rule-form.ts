import { Component, computed, inject, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Announcer } from '../shared/ui/announcer';
import { VersionsStore } from './versions.store';

interface Draft {
  readonly on: boolean;
  readonly minutes: string;
  readonly minimumCalls: string;
  readonly errors: string;
  readonly ratio: string;
}

/** The rule by which a version that has just taken over is taken back. An empty limit is not looked at. */
@Component({
  selector: 'mw-rollback-rule-form',
  imports: [MatButton],
  template: `
    <section class="mw-card" aria-labelledby="by-itself">
      <div class="mw-card-head"><h2 id="by-itself">Go back by itself</h2></div>
      <form class="mw-card-body mw-stack" (submit)="$event.preventDefault(); save()">
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
              (input)="change({ minutes: m.value })"
            />
            <span>minutes, after at least</span>
            <input
              #c
              class="mw-input"
              type="number"
              min="1"
              aria-label="Calls before it is judged"
              [value]="draft().minimumCalls"
              (input)="change({ minimumCalls: c.value })"
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
              (input)="change({ errors: e.value })"
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
              (input)="change({ ratio: r.value })"
            />
            <span>times that of the old version.</span>
          </p>
        }
        <div>
          <button
            type="submit"
            matButton="outlined"
            [disabled]="!isChanged() || !isWhole() || store.isBusy()"
          >
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
  protected readonly isWhole = computed(() => {
    const { on, errors, ratio } = this.draft();
    return !on || errors !== '' || ratio !== '';
  });

  protected change(part: Partial<Draft>): void {
    this.draft.update((draft) => ({ ...draft, ...part }));
  }

  protected async save(): Promise<void> {
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
