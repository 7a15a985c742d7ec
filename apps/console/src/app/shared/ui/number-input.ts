import { Directive, ElementRef, effect, inject, input, output } from '@angular/core';

/**
 * A control for a number that tells every value that is typed, also an impossible one: the form says what is wrong with
 * it, nothing is dropped. `undefined` is an empty control, `NaN` one that holds no number. What is being typed is not
 * written over; a default comes back when the control is left.
 */
@Directive({
  selector: 'input[mwNumber]',
  host: { type: 'number', '(input)': 'numberTyped.emit(read())', '(blur)': 'show()' },
})
export class NumberInput {
  readonly mwNumber = input.required<number | undefined>();
  readonly numberTyped = output<number | undefined>();
  private readonly control = inject<ElementRef<HTMLInputElement>>(ElementRef).nativeElement;

  constructor() {
    effect(() => {
      this.mwNumber();
      if (document.activeElement !== this.control) this.show();
    });
  }

  protected read(): number | undefined {
    const { value, validity } = this.control;
    if (value.trim() === '') return validity.badInput ? Number.NaN : undefined;
    return Number(value);
  }

  protected show(): void {
    const value = this.mwNumber();
    if (Object.is(this.read(), value)) return;
    this.control.value = value === undefined || Number.isNaN(value) ? '' : String(value);
  }
}
