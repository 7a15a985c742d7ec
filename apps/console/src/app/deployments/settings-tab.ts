import { Component, computed, inject, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { formatCount, formatNumber, formatPercent } from '../shared/format/numbers';
import { linesOf } from './key-limits';
import { ACCESS_MODES, type AccessMode, RATE_LIMIT } from '../shared/serving/access-modes';
import { Announcer } from '../shared/ui/announcer';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { formErrors, nameMissing, numberError } from '../shared/ui/form-errors';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { DeploymentActions } from './deployment-actions';
import { DeploymentStore } from './deployment.store';

interface Settings {
  readonly name: string;
  readonly authMode: AccessMode;
  readonly rate: string;
  readonly days: string;
  readonly masked: readonly string[];
  /** One a line. */
  readonly addresses: string;
  /** Percent, or nothing. */
  readonly abstain: string;
  readonly coverage: string;
  readonly container: ContainerMode;
  readonly idle: string;
}

const CONTAINER_MODES = [
  { id: 'automatic', label: 'Automatic: on demand while the compiled form answers, else always' },
  { id: 'always', label: 'Always' },
  { id: 'on-demand', label: 'On demand: the first call starts it and waits for it' },
] as const;
type ContainerMode = (typeof CONTAINER_MODES)[number]['id'];

const FIELDS = [
  'name',
  'containerMode',
  'idleAfterMinutes',
  'rateLimitPerMinute',
  'logRetentionDays',
  'allowedAddresses',
  'abstainBelow',
  'intervalCoverage',
] as const;
const LONGEST_DAYS = 3650;
const LONGEST_IDLE_MINUTES = 10_080;
const PERCENT = { min: 1, max: 100, fractions: true, optional: true };
const COVERAGES = ['', '80', '90', '95', '99'];

@Component({
  selector: 'mw-settings-tab',
  imports: [Field, FieldControl, Icon, MatButton, ProblemView],
  templateUrl: './settings-tab.html',
  styleUrl: './settings-tab.scss',
})
export class SettingsTab {
  protected readonly store = inject(DeploymentStore);
  private readonly actions = inject(DeploymentActions);
  private readonly announcer = inject(Announcer);
  protected readonly modes = ACCESS_MODES;
  protected readonly rateWords = RATE_LIMIT;
  protected readonly containerModes = CONTAINER_MODES;
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);

  private readonly stored = computed<Settings>(
    () => {
      const current = this.store.current();
      return {
        name: current?.name ?? '',
        authMode: current?.authMode ?? 'workspace',
        rate: String(current?.rateLimitPerMinute ?? ''),
        days: String(current?.logRetentionDays ?? ''),
        masked: current?.maskedColumns ?? [],
        addresses: (current?.allowedAddresses ?? []).join('\n'),
        abstain: percentText(current?.abstainBelow),
        coverage: percentText(current?.intervalCoverage),
        container: current?.containerMode ?? 'automatic',
        idle: String(current?.idleAfterMinutes ?? ''),
      };
    },
    { equal: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  /** Inputs of the model in its own order, with whether their values stay out of the log. */
  protected readonly columns = computed(() => {
    const masked = new Set(this.draft().masked);
    return (this.store.contract()?.inputs ?? []).map(({ name }) => ({ name, isMasked: masked.has(name) }));
  });
  protected readonly isClass = computed(() => this.store.contract()?.output.kind === 'class');
  protected readonly isNumber = computed(() => this.store.contract()?.output.kind === 'number');
  /** Also one that the API set to something else. */
  protected readonly coverages = computed(() => [...new Set([...COVERAGES, this.stored().coverage])]);
  protected readonly intervalNote = computed(() => {
    const interval = this.store.current()?.predictionInterval;
    if (interval)
      return `Now ±${formatNumber(interval.radius)} around each prediction, from the held-out residuals of ${formatCount(interval.rows)} rows, nominal coverage ${formatPercent(interval.coverage)} (split-conformal).`;
    return this.stored().coverage === ''
      ? ''
      : 'Too few held-out rows are known of this version for intervals.';
  });
  protected readonly draft = linkedSignal(() => this.stored());
  protected readonly isChanged = computed(
    () => JSON.stringify(this.draft()) !== JSON.stringify(this.stored()),
  );
  protected readonly errors = formErrors({
    fields: FIELDS,
    refused: this.problem,
    own: () => {
      const { name, rate, days, abstain, container, idle } = this.draft();
      return {
        name: nameMissing(name, 'the deployment'),
        rateLimitPerMinute: numberError(rate, { min: 1, max: RATE_LIMIT.highest }),
        logRetentionDays: numberError(days, { min: 1, max: LONGEST_DAYS }),
        ...(container === 'always'
          ? {}
          : { idleAfterMinutes: numberError(idle, { min: 1, max: LONGEST_IDLE_MINUTES }) }),
        ...(this.isClass() ? { abstainBelow: numberError(abstain, PERCENT) } : {}),
      };
    },
  });

  protected change(part: Partial<Settings>): void {
    this.draft.update((draft) => ({ ...draft, ...part }));
  }

  protected setContainer(value: string): void {
    const container = CONTAINER_MODES.find(({ id }) => id === value)?.id;
    if (container) this.change({ container });
  }

  protected mask(column: string, isMasked: boolean): void {
    const others = this.draft().masked.filter((name) => name !== column);
    const wanted = new Set(isMasked ? [...others, column] : others);
    // In the order of the contract, so that ticking back and forth is no change.
    this.change({
      masked: this.columns()
        .map(({ name }) => name)
        .filter((name) => wanted.has(name)),
    });
  }

  protected async save(): Promise<void> {
    if (!this.isChanged() || this.busy() || !this.errors.check()) return;
    const { name, authMode, rate, days, masked, addresses, abstain, coverage, container, idle } =
      this.draft();
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.store.update({
        name: name.trim(),
        authMode,
        rateLimitPerMinute: Number(rate),
        logRetentionDays: Number(days),
        maskedColumns: [...masked],
        allowedAddresses: linesOf(addresses),
        ...(this.isClass() ? { abstainBelow: fractionOf(abstain) } : {}),
        ...(this.isNumber() ? { intervalCoverage: fractionOf(coverage) } : {}),
        containerMode: container,
        ...(container === 'always' ? {} : { idleAfterMinutes: Number(idle) }),
      });
      this.announcer.say('The settings are saved.');
    } catch (error) {
      this.problem.set(toProblem(error));
      this.errors.focusFirst();
    } finally {
      this.busy.set(false);
    }
  }

  protected async remove(): Promise<void> {
    const current = this.store.current();
    if (current) await this.actions.remove(current);
  }
}

/** `0.9` as `90`. */
function percentText(share: number | null | undefined): string {
  return share == null ? '' : String(Math.round(share * 1000) / 10);
}

function fractionOf(percent: string): number | null {
  return percent.trim() === '' ? null : Number(percent) / 100;
}
