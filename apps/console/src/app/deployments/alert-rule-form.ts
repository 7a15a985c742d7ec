import { Component, computed, input, linkedSignal, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { AlertAudience, AlertKindOffer, AlertRule, CreateAlertRuleRequest } from '@modelwright/sdk';
import type { ApiProblem } from '../shared/api/problem';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { formErrors, nameMissing, numberError } from '../shared/ui/form-errors';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import {
  SEVERITY_WORDS,
  UNIT_WORDS,
  minutesText,
  shownThreshold,
  storedThreshold,
  thresholdError,
  unheardText,
} from './alert-words';

const WINDOWS = [5, 15, 30, 60, 360, 1_440, 10_080];
const DURATIONS = [0, 2, 5, 10, 30, 60];
const COOLDOWNS = [15, 60, 240, 1_440];
const SEVERITIES = ['info', 'warning', 'critical'] as const;

const CALLS = { min: 1, max: 1_000_000 };

type Draft = Required<CreateAlertRuleRequest>;

/** A rule in words that can be filled in, new or known. */
@Component({
  selector: 'mw-alert-rule-form',
  imports: [Field, FieldControl, Icon, MatButton, ProblemView],
  templateUrl: './alert-rule-form.html',
  styles: `
    .pairs {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(220px, 100%), 1fr));
      gap: 16px;
      max-width: 760px;
    }
    .with-unit {
      display: flex;
      align-items: center;
      gap: 8px;
    }
    .with-unit .mw-input {
      flex: 1;
    }
  `,
})
export class AlertRuleForm {
  readonly rule = input<AlertRule>();
  readonly kinds = input.required<readonly AlertKindOffer[]>();
  readonly audience = input<AlertAudience>();
  readonly busy = input(false);
  readonly problem = input<ApiProblem>();
  readonly saved = output<Draft>();
  readonly closed = output();

  protected readonly severities = SEVERITIES;
  protected readonly severityWords = SEVERITY_WORDS;
  protected readonly draft = linkedSignal<Draft>(() => {
    const rule = this.rule();
    return rule ? draftOf(rule) : freshDraft(this.kinds()[0]);
  });
  protected readonly offer = computed(() => this.kinds().find(({ kind }) => kind === this.draft().kind));
  protected readonly unheard = computed(() => {
    const audience = this.audience();
    return audience && unheardText(this.draft(), audience);
  });
  protected readonly unitWord = computed(() => UNIT_WORDS[this.offer()?.unit ?? 'score']);
  protected readonly shown = computed(() =>
    shownThreshold(this.offer()?.unit ?? 'score', this.draft().threshold),
  );
  protected readonly windows = computed(() => choices(WINDOWS, this.draft().windowMinutes));
  protected readonly durations = computed(() => choices(DURATIONS, this.draft().forMinutes));
  protected readonly cooldowns = computed(() => choices(COOLDOWNS, this.draft().cooldownMinutes));
  protected readonly errors = formErrors({
    fields: ['name', 'threshold', 'minimumCalls'],
    refused: this.problem,
    own: () => ({
      name: nameMissing(this.draft().name, 'the rule'),
      threshold: this.thresholdError(),
      ...(this.draft().kind === 'no_traffic'
        ? {}
        : { minimumCalls: numberError(String(this.draft().minimumCalls), CALLS) }),
    }),
  });

  private thresholdError(): string | undefined {
    const offer = this.offer();
    return offer && thresholdError(offer, this.draft().threshold);
  }

  protected change(part: Partial<Draft>): void {
    this.draft.update((draft) => ({ ...draft, ...part }));
  }

  protected choose(kind: string): void {
    const offer = this.kinds().find((one) => one.kind === kind);
    if (!offer) return;
    const names = this.kinds().map(({ label }) => label);
    const { name } = this.draft();
    this.change({
      kind: offer.kind,
      // A name that somebody typed stays.
      name: names.includes(name) ? offer.label : name,
      threshold: offer.proposedThreshold,
      windowMinutes: offer.proposedWindowMinutes,
    });
  }

  protected type(text: string): void {
    const shown = text.trim() === '' ? Number.NaN : Number(text);
    this.change({ threshold: storedThreshold(this.offer()?.unit ?? 'score', shown) });
  }

  protected severityOf(text: string): void {
    const severity = SEVERITIES.find((one) => one === text);
    if (severity) this.change({ severity });
  }

  protected send(): void {
    if (!this.busy() && this.errors.check())
      this.saved.emit({ ...this.draft(), name: this.draft().name.trim() });
  }
}

function choices(proposed: readonly number[], chosen: number): { minutes: number; label: string }[] {
  const all = proposed.includes(chosen) ? proposed : [...proposed, chosen].sort((a, b) => a - b);
  return all.map((minutes) => ({ minutes, label: minutes === 0 ? 'At once' : minutesText(minutes) }));
}

function freshDraft(offer: AlertKindOffer | undefined): Draft {
  return {
    name: offer?.label ?? '',
    kind: offer?.kind ?? 'error_rate',
    threshold: offer?.proposedThreshold ?? 0.05,
    windowMinutes: offer?.proposedWindowMinutes ?? 15,
    forMinutes: 2,
    cooldownMinutes: 60,
    minimumCalls: 20,
    severity: 'warning',
    mail: true,
    webhooks: true,
    enabled: true,
  };
}

function draftOf(rule: AlertRule): Draft {
  const { name, kind, threshold, windowMinutes, forMinutes, cooldownMinutes } = rule;
  const { minimumCalls, severity, mail, webhooks, enabled } = rule;
  return {
    ...{ name, kind, threshold, windowMinutes, forMinutes, cooldownMinutes },
    ...{ minimumCalls, severity, mail, webhooks, enabled },
  };
}
