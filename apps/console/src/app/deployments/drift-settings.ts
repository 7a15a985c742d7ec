import { Component, computed, inject, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { DriftSettings as Settings } from '@modelwright/sdk';
import { Announcer } from '../shared/ui/announcer';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { formErrors, numberError } from '../shared/ui/form-errors';
import { DeploymentStore } from './deployment.store';
import { DriftStore } from './drift.store';
import { DRIFT_WINDOWS } from './drift-words';

const MAX_SEGMENTS = 3;
const ROWS = { min: 20, max: 1_000_000 };
const SCHEDULES = [
  { id: 'hourly', label: 'Every hour, while calls come' },
  { id: 'daily', label: 'Every day, while calls come' },
  { id: 'off', label: 'Only by hand' },
] as const;

/** When drift is checked, over which window, from how many rows on, and by which segments. */
@Component({
  selector: 'mw-drift-settings',
  imports: [Field, FieldControl, MatButton],
  template: `
    <form class="mw-stack" novalidate (submit)="save($event)">
      <div class="fields">
        <mw-field #schedule label="Check">
          <select class="mw-input" [id]="schedule.controlId" (change)="set({ schedule: asSchedule($event) })">
            @for (one of schedules; track one.id) {
              <option [value]="one.id" [selected]="one.id === draft().schedule">{{ one.label }}</option>
            }
          </select>
        </mw-field>
        <mw-field #hours label="Window">
          <select class="mw-input" [id]="hours.controlId" (change)="set({ windowHours: asNumber($event) })">
            @for (one of windows(); track one.hours) {
              <option [value]="one.hours" [selected]="one.hours === draft().windowHours">
                {{ one.label }}
              </option>
            }
          </select>
        </mw-field>
        <mw-field label="Minimum rows" help="Below it a column is grey." [error]="errors.shown().minimumRows">
          <input
            class="mw-input"
            type="number"
            min="20"
            max="1000000"
            mwFieldControl
            [value]="draft().minimumRows"
            (input)="set({ minimumRows: asNumber($event) })"
            (change)="errors.left('minimumRows')"
          />
        </mw-field>
      </div>
      @if (candidates().length > 0) {
        <fieldset class="segments">
          <legend>Segments</legend>
          <p class="mw-small mw-muted">
            Up to three columns whose values are watched one by one, from now on. A segment is compared with
            its own earlier traffic.
          </p>
          <div class="choices">
            @for (column of candidates(); track column.name) {
              <label>
                <input
                  type="checkbox"
                  [checked]="column.isChosen"
                  [disabled]="!column.isChosen && isFull()"
                  (change)="toggle(column.name)"
                />
                {{ column.name }}
              </label>
            }
          </div>
        </fieldset>
      }
      <div>
        <button type="submit" matButton="outlined" [disabled]="store.isBusy() || !isChanged()">
          Save settings
        </button>
      </div>
    </form>
  `,
  styles: `
    .fields {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(180px, 1fr));
      gap: 16px;
    }
    .segments {
      display: grid;
      gap: 6px;
      padding: 0;
      border: 0;
    }
    legend {
      font-weight: 500;
    }
    .choices {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 18px;
    }
    .choices label {
      display: inline-flex;
      align-items: center;
      gap: 8px;
      min-height: 28px;
    }
  `,
})
export class DriftSettings {
  protected readonly store = inject(DriftStore);
  private readonly deployment = inject(DeploymentStore);
  private readonly announcer = inject(Announcer);
  protected readonly schedules = SCHEDULES;

  private readonly stored = computed<Settings>(
    () =>
      this.store.drift.hasValue()
        ? this.store.drift.value().settings
        : { schedule: 'hourly', windowHours: 24, minimumRows: 100, segmentColumns: [] },
    { equal: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  protected readonly draft = linkedSignal(() => this.stored());
  protected readonly isChanged = computed(
    () => JSON.stringify(this.draft()) !== JSON.stringify(this.stored()),
  );
  protected readonly errors = formErrors({
    fields: ['minimumRows'],
    own: () => ({ minimumRows: numberError(String(this.draft().minimumRows), ROWS) }),
  });
  protected readonly isFull = computed(() => this.draft().segmentColumns.length >= MAX_SEGMENTS);
  /** A window that was set through the API is kept in the list. */
  protected readonly windows = computed(() => {
    const hours = this.stored().windowHours;
    return DRIFT_WINDOWS.some((one) => one.hours === hours)
      ? DRIFT_WINDOWS
      : [...DRIFT_WINDOWS, { hours, label: `${hours} hours` }];
  });
  protected readonly candidates = computed(() => {
    const masked = new Set(this.deployment.current()?.maskedColumns);
    const chosen = new Set(this.draft().segmentColumns);
    return (this.deployment.contract()?.inputs ?? [])
      .filter(({ type, categories }) => (type === 'category' || type === 'boolean') && categories)
      .filter(({ name }) => !masked.has(name))
      .map(({ name }) => ({ name, isChosen: chosen.has(name) }));
  });

  protected set(change: Partial<Settings>): void {
    this.draft.update((draft) => ({ ...draft, ...change }));
  }

  protected toggle(name: string): void {
    const { segmentColumns } = this.draft();
    this.set({
      segmentColumns: segmentColumns.includes(name)
        ? segmentColumns.filter((one) => one !== name)
        : [...segmentColumns, name],
    });
  }

  protected asNumber(event: Event): number {
    return Number((event.target as HTMLInputElement | HTMLSelectElement).value);
  }

  protected asSchedule(event: Event): Settings['schedule'] {
    const { value } = event.target as HTMLSelectElement;
    return SCHEDULES.find(({ id }) => id === value)?.id ?? 'hourly';
  }

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.errors.check()) return;
    if (await this.store.update(this.draft())) this.announcer.say('The settings of drift are saved.');
  }
}
