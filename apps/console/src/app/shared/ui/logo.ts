import { Component, input } from '@angular/core';

/** The mark: two strokes that meet like a joint, and the peg that holds them. */
@Component({
  selector: 'mw-logo',
  host: { 'aria-hidden': 'true' },
  template: `
    <svg viewBox="0 0 32 32" [attr.width]="size()" [attr.height]="size()" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M7.5 23V10.2l8.5 7.3 8.5-7.3V23" />
      <circle cx="16" cy="22.4" r="2.4" />
    </svg>
  `,
  styles: `
    :host {
      display: inline-grid;
      flex: none;
      line-height: 0;
    }
    rect {
      fill: var(--mw-brand);
    }
    path {
      fill: none;
      stroke: var(--mw-on-brand);
      stroke-width: 3;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
    circle {
      fill: var(--mw-brand-accent);
    }
  `,
})
export class Logo {
  readonly size = input(28);
}
