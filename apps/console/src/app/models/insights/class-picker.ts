import { Component, computed, input } from '@angular/core';
import type { ModelContract } from '@modelwright/sdk';
import { Field } from '../../shared/ui/field';
import { queryState } from './query-state';

/** With more than two classes: which one is looked at. Kept in the URL as `class`. */
@Component({
  selector: 'mw-class-picker',
  imports: [Field],
  template: `
    @if (classes(); as choices) {
      <mw-field #field label="Class">
        <select #box class="mw-input" [id]="field.controlId" (change)="choose(box.value)">
          <option value="" [selected]="!chosen()">{{ usual() }}</option>
          @for (choice of choices; track choice) {
            <option [value]="choice" [selected]="choice === chosen()">{{ choice }}</option>
          }
        </select>
      </mw-field>
    }
  `,
  styles: `
    :host {
      display: block;
      min-width: 180px;
    }
    :host:empty {
      display: none;
    }
  `,
})
export class ClassPicker {
  readonly contract = input.required<ModelContract>();
  /** What is looked at without a choice. */
  readonly usual = input('The most frequent');
  private readonly query = queryState();
  protected readonly classes = computed(() => classesOf(this.contract()));
  protected readonly chosen = computed(() => this.query.get('class'));

  protected choose(value: string): void {
    this.query.set({ class: value || null });
  }
}

/** The classes to choose among; undefined where there is no choice. */
export function classesOf({ task, output }: ModelContract): readonly string[] | undefined {
  const classes = output.classes ?? [];
  return task !== 'binary' && output.kind === 'class' && classes.length > 1 ? classes : undefined;
}

/** The class from the URL, where it is one of this model. */
export function chosenClass(contract: ModelContract, text: string | undefined): string | null {
  return text !== undefined && classesOf(contract)?.includes(text) ? text : null;
}
