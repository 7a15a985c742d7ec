import { Component, computed, input } from '@angular/core';

/** Grey shapes of what is coming. `lines` text lines, or one block of `height`. */
@Component({
  selector: 'mw-skeleton',
  host: { 'aria-hidden': 'true' },
  template: `
    @for (line of widths(); track $index) {
      <span class="bone" [style.width]="line" [style.height.px]="height()"></span>
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 10px;
      width: 100%;
      animation: appear 160ms ease-out;
    }
    .bone {
      display: block;
      max-width: 100%;
      border-radius: 6px;
      background: var(--mat-sys-surface-container-highest);
      animation: breathe 1.6s ease-in-out infinite;
    }
    @keyframes breathe {
      50% {
        opacity: 0.45;
      }
    }
    @keyframes appear {
      from {
        opacity: 0;
      }
    }
  `,
})
export class Skeleton {
  readonly lines = input(3);
  readonly height = input(14);
  protected readonly widths = computed(() =>
    Array.from({ length: this.lines() }, (_, index) =>
      this.lines() === 1 ? '100%' : `${92 - ((index * 17) % 40)}%`,
    ),
  );
}
