import { Component, computed, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ColumnProfile, RunPreview } from '@modelwright/sdk';
import { plural } from '../shared/format/numbers';
import { Icon } from '../shared/ui/icon';
import { columnTypeIcon, columnTypeWord } from '../shared/ui/column-type';

const STEP = 60;

export interface ColumnChoice {
  readonly column: string;
  readonly use: boolean;
}

/** Which columns the models may look at: what is left out with its reason, what is used, and the way to change it. */
@Component({
  selector: 'mw-run-columns',
  imports: [Icon, MatButton],
  template: `
    @if (left().length > 0) {
      <ul class="left">
        @for (column of left(); track column.column) {
          <li>
            <mw-icon name="dash-circle" [size]="15" />
            <span class="mw-grow">
              <code>{{ column.column }}</code>
              <span class="mw-small mw-muted">{{ column.reason }}</span>
            </span>
            <button
              type="button"
              matButton="text"
              [attr.aria-label]="'Use it: ' + column.column"
              (click)="chosen.emit({ column: column.column, use: true })"
            >
              Use it
            </button>
          </li>
        }
      </ul>
    } @else {
      <p class="mw-muted">No column is left out.</p>
    }
    <details>
      <summary>{{ usedText() }}</summary>
      @if (used().length > 12) {
        <input
          #find
          type="search"
          class="mw-input"
          placeholder="Find a column"
          aria-label="Find a used column"
          (input)="search.set(find.value)"
        />
      }
      <ul class="used">
        @for (column of found(); track column.name) {
          <li>
            <label class="mw-check">
              <input
                type="checkbox"
                [checked]="true"
                (change)="chosen.emit({ column: column.name, use: false })"
              />
              <mw-icon [name]="column.icon" [size]="14" />
              <span class="mw-ellipsis" [title]="column.name + ', ' + column.type">{{ column.name }}</span>
            </label>
          </li>
        }
      </ul>
      @if (hidden() > 0) {
        <button type="button" matButton="text" (click)="showMore()">Show more</button>
      }
    </details>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 12px;
    }
    .left li {
      display: flex;
      align-items: center;
      gap: 10px;
      min-height: 44px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    .left > li > mw-icon {
      color: var(--mat-sys-on-surface-variant);
    }
    .left .mw-grow {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 0 12px;
      padding: 4px 0;
    }
    code {
      font-weight: 500;
    }
    summary {
      width: max-content;
      cursor: pointer;
      font-weight: 500;
    }
    .mw-input {
      max-width: 240px;
      margin-top: 10px;
    }
    .used {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(min(190px, 100%), 1fr));
      gap: 4px 16px;
      margin-top: 10px;
    }
    .used .mw-check {
      max-width: 100%;
    }
    .used mw-icon {
      color: var(--mat-sys-on-surface-variant);
    }
  `,
})
export class RunColumns {
  readonly plan = input.required<RunPreview>();
  readonly columns = input.required<readonly ColumnProfile[]>();
  readonly chosen = output<ColumnChoice>();

  protected readonly search = signal('');
  private readonly most = signal(STEP);
  protected readonly left = computed(() => this.plan().excluded);
  protected readonly used = computed(() => {
    const types = new Map(this.columns().map((column) => [column.name, column.type]));
    return this.plan().features.map((name) => {
      const type = types.get(name) ?? 'text';
      return { name, icon: columnTypeIcon(type), type: columnTypeWord(type) };
    });
  });
  private readonly matching = computed(() => {
    const words = this.search().trim().toLowerCase();
    return this.used().filter((column) => column.name.toLowerCase().includes(words));
  });
  protected readonly found = computed(() => this.matching().slice(0, this.most()));
  protected readonly hidden = computed(() => this.matching().length - this.found().length);
  protected readonly usedText = computed(() => `${plural(this.used().length, 'column')} used`);

  protected showMore(): void {
    this.most.update((most) => most + STEP);
  }
}
