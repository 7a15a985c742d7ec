import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Icon } from '../shared/ui/icon';
import { KeysStore } from './keys.store';
import { STATUS_CLASSES, statusChoices } from './request-statuses';
import { RequestsStore } from './requests.store';

const AGES = [
  { id: '', label: 'Any time' },
  { id: '1', label: 'Last hour' },
  { id: '24', label: 'Last day' },
  { id: '168', label: 'Last 7 days' },
] as const;

/** Status, caller, version, age and text; all of it in the URL. */
@Component({
  selector: 'mw-request-filters',
  imports: [Icon, MatButton],
  providers: [KeysStore],
  template: `
    <form
      class="filters"
      role="search"
      novalidate
      (submit)="$event.preventDefault(); store.set('text', text.value)"
    >
      <input
        #text
        type="search"
        class="mw-input text"
        placeholder="Find in rows, answers, errors, ids"
        aria-label="Find in rows, answers, errors and ids"
        maxlength="200"
        [value]="store.filter().text"
        (change)="store.set('text', text.value)"
      />
      <select #status class="mw-input" aria-label="Status" (change)="store.set('status', status.value)">
        <option value="" [selected]="store.filter().status === ''">Any status</option>
        <optgroup label="Classes">
          @for (one of classes; track one.id) {
            <option [value]="one.id" [selected]="one.id === store.filter().status">{{ one.label }}</option>
          }
        </optgroup>
        <optgroup label="Codes">
          @for (one of codes(); track one.id) {
            <option [value]="one.id" [selected]="one.id === store.filter().status">{{ one.label }}</option>
          }
        </optgroup>
      </select>
      <select #caller class="mw-input" aria-label="Caller" (change)="store.set('caller', caller.value)">
        <option value="" [selected]="store.filter().caller === ''">Any caller</option>
        <option value="user" [selected]="store.filter().caller === 'user'">Members</option>
        <option value="anonymous" [selected]="store.filter().caller === 'anonymous'">Anonymous</option>
        <option value="key" [selected]="store.filter().caller === 'key'">Any key</option>
        @for (key of keys(); track key.id) {
          <option [value]="key.id" [selected]="key.id === store.filter().caller">
            Key “{{ key.name }}” …{{ key.lastFour }}
          </option>
        }
      </select>
      <select #age class="mw-input" aria-label="When" (change)="store.set('hours', age.value)">
        @for (one of ages; track one.id) {
          <option [value]="one.id" [selected]="one.id === store.filter().hours">{{ one.label }}</option>
        }
      </select>
      <input
        #version
        type="number"
        class="mw-input version"
        min="1"
        step="1"
        placeholder="Version"
        aria-label="Model version"
        [value]="store.filter().version"
        (change)="store.set('version', version.value)"
      />
      @if (store.isFiltered()) {
        <button type="button" matButton="text" (click)="store.clear()">
          <mw-icon name="close" [size]="14" /> Clear
        </button>
      }
      <span class="exports">
        @for (format of formats; track format.id) {
          <button
            type="button"
            matButton="text"
            [disabled]="busy()"
            [attr.aria-label]="'Export these calls as ' + format.label"
            (click)="take(format.id)"
          >
            <mw-icon name="download" [size]="15" /> {{ format.label }}
          </button>
        }
      </span>
    </form>
  `,
  styles: `
    .filters {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      align-items: center;
      padding: 10px 16px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    .mw-input {
      width: auto;
      max-width: 200px;
    }
    .text {
      flex: 1 1 220px;
      max-width: 320px;
    }
    .version {
      width: 100px;
    }
    .exports {
      display: flex;
      flex: none;
      margin-left: auto;
    }
    @media (width < 700px) {
      .filters {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      }
      .mw-input {
        width: 100%;
        max-width: none;
      }
      .text,
      .exports {
        grid-column: 1 / -1;
      }
      .exports {
        margin-left: -12px;
      }
    }
  `,
})
export class RequestFilters {
  protected readonly store = inject(RequestsStore);
  private readonly keysStore = inject(KeysStore);
  protected readonly classes = STATUS_CLASSES;
  protected readonly codes = computed(() =>
    statusChoices([
      this.store.filter().status,
      ...this.store.list.items().map(({ status }) => String(status)),
    ]),
  );
  protected readonly ages = AGES;
  protected readonly formats = [
    { id: 'csv', label: 'CSV' },
    { id: 'ndjson', label: 'NDJSON' },
  ] as const;
  protected readonly keys = computed(() => this.keysStore.list.items());
  protected readonly busy = signal(false);

  protected async take(format: 'csv' | 'ndjson'): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    try {
      await this.store.export(format);
    } finally {
      this.busy.set(false);
    }
  }
}
