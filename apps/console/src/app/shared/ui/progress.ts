import { Component, computed, input } from '@angular/core';

/** A thin bar. Without a `fraction` (0 to 1) the end is not known yet. */
@Component({
  selector: 'mw-progress',
  host: {
    role: 'progressbar',
    '[attr.aria-label]': 'label()',
    'aria-valuemin': '0',
    'aria-valuemax': '100',
    '[attr.aria-valuenow]': 'percent()',
  },
  template: `<span [class.unknown]="percent() === null" [style.width.%]="percent()"></span>`,
  styles: `
    :host {
      display: block;
      height: 4px;
      overflow: hidden;
      border-radius: 2px;
      background: var(--mat-sys-surface-container-highest);
    }
    span {
      display: block;
      height: 100%;
      border-radius: 2px;
      background: var(--mat-sys-primary);
      transition: width 200ms linear;
    }
    .unknown {
      width: 36%;
      animation: slide 1.2s ease-in-out infinite;
    }
    @keyframes slide {
      from {
        translate: -100% 0;
      }
      to {
        translate: 280% 0;
      }
    }
  `,
})
export class Progress {
  readonly label = input.required<string>();
  readonly fraction = input<number | null>();
  protected readonly percent = computed(() => {
    const fraction = this.fraction();
    return fraction == null ? null : Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  });
}
