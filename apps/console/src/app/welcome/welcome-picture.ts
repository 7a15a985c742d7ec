import { Component } from '@angular/core';

const ROWS = [0, 1, 2, 3, 4, 5];

/** A table becomes a model becomes an answer. Decoration. */
@Component({
  selector: 'mw-welcome-picture',
  host: { 'aria-hidden': 'true' },
  template: `
    <svg viewBox="0 0 560 560" focusable="false">
      <g class="table">
        <rect x="36" y="150" width="176" height="260" rx="14" class="sheet" />
        <rect x="36" y="150" width="176" height="44" rx="14" class="headrow" />
        @for (row of rows; track row) {
          <g [attr.transform]="'translate(54 ' + (214 + row * 32) + ')'">
            <rect width="54" height="10" rx="5" class="cell" />
            <rect x="68" width="34" height="10" rx="5" class="cell" />
            <rect x="116" width="24" height="10" rx="5" [class]="row % 3 === 0 ? 'hit' : 'cell'" />
          </g>
        }
        <rect x="54" y="167" width="40" height="10" rx="5" class="label" />
        <rect x="122" y="167" width="30" height="10" rx="5" class="label" />
        <rect x="170" y="167" width="24" height="10" rx="5" class="label" />
      </g>
      <path class="wire" d="M212 230C252 230 248 236 276 250M212 280H272M212 330C252 330 248 324 276 310" />
      <g class="model">
        <path class="joint" d="M286 330V232l46 40 46-40v98" />
        <circle class="peg" cx="332" cy="326" r="11" />
      </g>
      <path class="wire" d="M392 280H424" />
      <g class="answer">
        <rect x="424" y="214" width="112" height="132" rx="14" class="sheet" />
        <rect x="442" y="236" width="50" height="10" rx="5" class="label" />
        <text x="442" y="290">0.81</text>
        <rect x="442" y="308" width="76" height="8" rx="4" class="track" />
        <rect x="442" y="308" width="61" height="8" rx="4" class="fill" />
      </g>
    </svg>
  `,
  styles: `
    :host {
      display: grid;
      place-items: center;
      padding: 40px;
      border-left: 1px solid var(--mat-sys-outline-variant);
      background:
        radial-gradient(
          60% 50% at 60% 45%,
          color-mix(in srgb, var(--mat-sys-primary) 12%, transparent),
          transparent
        ),
        var(--mat-sys-surface-container-low);
    }
    svg {
      width: min(100%, 640px);
    }
    .sheet {
      fill: var(--mat-sys-surface);
      stroke: var(--mat-sys-outline-variant);
    }
    .headrow {
      fill: var(--mat-sys-surface-container-high);
    }
    .cell,
    .track {
      fill: var(--mat-sys-surface-container-highest);
    }
    .label {
      fill: var(--mat-sys-outline);
    }
    .hit {
      fill: var(--mw-brand-accent);
    }
    .wire {
      fill: none;
      stroke: var(--mat-sys-outline);
      stroke-width: 1.5;
      stroke-dasharray: 3 5;
      stroke-linecap: round;
    }
    .joint {
      fill: none;
      stroke: var(--mw-brand);
      stroke-width: 16;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
    .peg {
      fill: var(--mw-brand-accent);
    }
    text {
      fill: var(--mat-sys-on-surface);
      font: 600 30px var(--mw-font);
    }
    .fill {
      fill: var(--mw-brand);
    }
  `,
})
export class WelcomePicture {
  protected readonly rows = ROWS;
}
