import { Directive, inject } from '@angular/core';
import { Field } from './field';

/** The control of an `<mw-field>`: carries its id, its help or error, and whether it is wrong. */
@Directive({
  selector: '[mwFieldControl]',
  host: {
    '[id]': 'field.controlId',
    '[attr.aria-describedby]': 'field.describedBy()',
    '[attr.aria-invalid]': "field.error() ? 'true' : null",
  },
})
export class FieldControl {
  protected readonly field = inject(Field);
}
