import { Component, computed, input } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import { GLOSSARY, type Term } from './glossary';

/** A word that explains itself on hover and focus: `<mw-term of="target">Target</mw-term>`. */
@Component({
  selector: 'mw-term',
  imports: [MatTooltip],
  template: `<button type="button" [matTooltip]="meaning()"><ng-content /></button>`,
  styles: `
    button {
      padding: 0;
      border: 0;
      background: none;
      color: inherit;
      font: inherit;
      text-decoration: underline dotted color-mix(in srgb, currentcolor 55%, transparent);
      text-underline-offset: 3px;
      cursor: help;
    }
  `,
})
export class ExplainedTerm {
  readonly of = input.required<Term>();
  protected readonly meaning = computed(() => GLOSSARY[this.of()]);
}
