import { Component, Injector, afterNextRender, computed, inject, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Announcer } from '../shared/ui/announcer';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { formErrors, numberError } from '../shared/ui/form-errors';
import { Icon } from '../shared/ui/icon';
import { rehearsalText } from './version-words';
import { VersionQuality } from './version-quality';
import { VersionsStore } from './versions.store';

const STRATEGIES = [
  { id: 'all', label: 'Switch', text: 'It takes over as soon as it can answer. No call fails.' },
  { id: 'split', label: 'Split', text: 'It answers a share of the calls.' },
  { id: 'shadow', label: 'Shadow', text: 'It gets copies of calls; its answers are only compared.' },
] as const;
const MOST_CALLS = 5000;
type Strategy = (typeof STRATEGIES)[number]['id'];

/** Chooses another version, shows what changes for callers, rehearses it, and lets it in. */
@Component({
  selector: 'mw-next-version',
  imports: [Field, FieldControl, Icon, MatButton, VersionQuality],
  templateUrl: './next-version.html',
  styles: `
    .percent {
      width: 90px;
    }
    .rehearsal {
      margin: 0;
    }
    fieldset {
      display: grid;
      gap: 8px;
      margin: 0;
      padding: 0;
      border: 0;
    }
    legend {
      margin-bottom: 6px;
      padding: 0;
      font-weight: 500;
    }
    .strategy {
      display: flex;
      align-items: center;
      gap: 8px;
      min-height: 28px;
      cursor: pointer;
    }
    .changes {
      display: grid;
      gap: 6px;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    .changes li {
      display: flex;
      align-items: baseline;
      gap: 8px;
    }
    .breaks mw-icon {
      color: var(--mw-warning);
    }
  `,
})
export class NextVersion {
  protected readonly store = inject(VersionsStore);
  private readonly announcer = inject(Announcer);
  private readonly injector = inject(Injector);
  protected readonly strategies = STRATEGIES;
  protected readonly strategy = signal<Strategy>('all');
  protected readonly share = linkedSignal<string>(() => (this.strategy() === 'shadow' ? '100' : '10'));
  protected readonly reason = signal('');
  protected readonly calls = signal('500');
  /** Ticked anew for each version. */
  protected readonly accepts = linkedSignal({ source: () => this.store.chosen(), computation: () => false });

  protected readonly comparison = computed(() =>
    this.store.comparison.hasValue() ? this.store.comparison.value() : undefined,
  );
  protected readonly mustAccept = computed(
    () => this.strategy() !== 'shadow' && this.comparison()?.breaks === true,
  );
  protected readonly canGo = computed(
    () => this.store.chosen() !== undefined && !this.store.isBusy() && (!this.mustAccept() || this.accepts()),
  );

  /** How the last rehearsal of this version stands; its card is further down. */
  protected readonly rehearsalText = computed(() => {
    const rehearsal = this.store.rehearsal();
    return rehearsal && (this.store.isRehearsing() || rehearsal.modelVersionId === this.store.chosen())
      ? rehearsalText(rehearsal)
      : undefined;
  });
  protected readonly mostShare = computed(() => (this.strategy() === 'split' ? 99 : 100));
  protected readonly errors = formErrors({
    fields: ['sharePercent'],
    own: () =>
      this.strategy() === 'all'
        ? {}
        : { sharePercent: numberError(this.share(), { min: 1, max: this.mostShare() }) },
  });
  /** Rehearsing is an act of its own in the same form. */
  protected readonly rehearsing = formErrors({
    fields: ['calls'],
    own: () => ({ calls: numberError(this.calls(), { min: 1, max: MOST_CALLS }) }),
  });

  protected async go(): Promise<void> {
    const modelVersionId = this.store.chosen();
    if (modelVersionId === undefined || !this.canGo() || !this.errors.check()) return;
    const kind = this.strategy();
    const strategy = kind === 'all' ? { kind } : { kind, sharePercent: Number(this.share()) };
    const body = { modelVersionId, strategy, reason: this.reason(), acceptContractChanges: this.accepts() };
    if (!(await this.store.switchTo(body))) return;
    this.announcer.say(kind === 'all' ? 'The switch has begun.' : 'The version is being started.');
    this.reason.set('');
    this.store.chosen.set(undefined);
  }

  protected async rehearse(): Promise<void> {
    const modelVersionId = this.store.chosen();
    if (!this.rehearsing.check()) return;
    if (modelVersionId === undefined) return;
    if (!(await this.store.rehearse(modelVersionId, Number(this.calls())))) return;
    this.announcer.say('The rehearsal has begun.');
    afterNextRender(() => this.showRehearsal(), { injector: this.injector });
  }

  protected showRehearsal(): void {
    const card = document.getElementById('rehearsal-card');
    card?.scrollIntoView({ block: 'nearest' });
    card?.focus({ preventScroll: true });
  }
}
