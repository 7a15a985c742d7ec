import { Component, ElementRef, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ContractInput } from '@modelwright/sdk';
import { plural } from '../format/numbers';
import { Icon } from '../ui/icon';
import { InputField } from './input-field';
import type { FieldDraft } from './input-row';

/** Above this many inputs the less important ones are folded away. */
const SHOWN_AT_FIRST = 12;

export interface InputChange {
  readonly name: string;
  readonly change: Partial<FieldDraft>;
}

/** The inputs of a model, the most important first: many of them are folded away and can be searched. */
@Component({
  selector: 'mw-input-list',
  imports: [Icon, InputField, MatButton],
  template: `
    @if (isLong()) {
      <div class="find">
        <input
          #find
          type="search"
          class="mw-input"
          data-search
          placeholder="Find an input"
          aria-label="Find an input"
          [value]="search()"
          (input)="search.set(find.value)"
        />
      </div>
    }
    <form class="fields" novalidate (submit)="$event.preventDefault(); submitted.emit()">
      @for (item of shown(); track item.spec.name) {
        @if (item.field; as field) {
          <mw-input-field
            [spec]="item.spec"
            [field]="field"
            [error]="item.error"
            [warning]="item.warning"
            (changed)="changed.emit({ name: item.spec.name, change: $event })"
          />
        }
      } @empty {
        <p class="mw-muted none">No input has this name.</p>
      }
    </form>
    @if (hidden() > 0 || (showsAll() && isLong() && !search())) {
      <p class="more">
        <button type="button" matButton="text" (click)="showsAll.set(!showsAll())">
          <mw-icon [name]="showsAll() ? 'chevron-up' : 'chevron-down'" [size]="16" />
          {{ showsAll() ? 'Show fewer' : moreText() }}
        </button>
      </p>
    }
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    .find {
      padding: 16px 20px 0;
    }
    .fields {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr));
      gap: 18px 28px;
      padding: 18px 20px;
    }
    .none {
      grid-column: 1 / -1;
    }
    .more {
      padding: 0 12px 12px;
    }
    @media (width < 700px) {
      .find {
        padding: 16px 16px 0;
      }
      .fields {
        padding: 16px;
      }
    }
  `,
})
export class InputList {
  /** In the order in which they are shown. */
  readonly inputs = input.required<readonly ContractInput[]>();
  readonly fields = input.required<Readonly<Record<string, FieldDraft>>>();
  readonly errors = input<ReadonlyMap<string, string>>(new Map());
  readonly warnings = input<ReadonlyMap<string, string>>(new Map());
  readonly changed = output<InputChange>();
  /** Enter was pressed in one of them. */
  readonly submitted = output();
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  protected readonly search = signal('');
  protected readonly showsAll = signal(false);

  protected readonly isLong = computed(() => this.inputs().length > SHOWN_AT_FIRST);
  protected readonly hidden = computed(() =>
    this.isLong() && !this.showsAll() && this.search().trim() === ''
      ? this.inputs().length - SHOWN_AT_FIRST
      : 0,
  );
  protected readonly moreText = computed(() => `Show ${plural(this.hidden(), 'more input')}`);
  protected readonly shown = computed(() => {
    const word = this.search().trim().toLowerCase();
    const drafts = this.fields();
    const errors = this.errors();
    const warnings = this.warnings();
    const folded = this.hidden() > 0;
    return this.inputs()
      .map((spec, index) => ({
        spec,
        index,
        field: drafts[spec.name],
        error: errors.get(spec.name),
        warning: warnings.get(spec.name),
      }))
      .filter(({ spec, index, error, warning }) =>
        word ? spec.name.toLowerCase().includes(word) : !folded || index < SHOWN_AT_FIRST || error || warning,
      );
  });

  /** Once it is drawn: the search must not hide what has to be mended. */
  showFirstError(): void {
    this.search.set('');
    requestAnimationFrame(() =>
      this.host.nativeElement.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  }
}
