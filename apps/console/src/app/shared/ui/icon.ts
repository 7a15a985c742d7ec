import { Component, computed, input } from '@angular/core';
import { ICONS, type IconName } from './icons';

/** Decoration beside a word, or inside a control that carries its own label. */
@Component({
  selector: 'mw-icon',
  host: { 'aria-hidden': 'true', '[class.spin]': 'spin()' },
  template: `
    <svg viewBox="0 0 20 20" [attr.width]="size()" [attr.height]="size()" focusable="false">
      <path [attr.d]="path()" />
    </svg>
  `,
  styles: `
    :host {
      display: inline-grid;
      flex: none;
      place-items: center;
      line-height: 0;
    }
    path {
      fill: none;
      stroke: currentcolor;
      stroke-width: 1.5;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
    :host(.spin) svg {
      animation: turn 1.1s linear infinite;
    }
    @keyframes turn {
      to {
        rotate: 1turn;
      }
    }
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  readonly size = input(18);
  readonly spin = input(false);
  protected readonly path = computed(() => ICONS[this.name()]);
}
