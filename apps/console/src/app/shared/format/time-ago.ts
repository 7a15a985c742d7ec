import { Component, Injectable, type Signal, computed, inject, input, signal } from '@angular/core';
import { formatExact, formatRelative } from './time';

const TICK_MS = 5_000;

/** One clock for every relative time on the page. */
@Injectable({ providedIn: 'root' })
export class Clock {
  private readonly ticks = signal(Date.now());
  readonly nowMs: Signal<number> = this.ticks.asReadonly();

  constructor() {
    setInterval(() => this.ticks.set(Date.now()), TICK_MS);
  }
}

/** Relative time; the exact time on hover and for screen readers. */
@Component({
  selector: 'mw-time',
  template: `<time [attr.datetime]="at()" [attr.title]="exact()">{{ text() }}</time>`,
  styles: `
    :host {
      white-space: nowrap;
    }
  `,
})
export class TimeAgo {
  readonly at = input.required<string | null | undefined>();
  private readonly clock = inject(Clock);
  protected readonly exact = computed(() => formatExact(this.at() ?? ''));
  protected readonly text = computed(() => {
    const at = this.at();
    this.clock.nowMs();
    return at ? formatRelative(at, Date.now()) : '–';
  });
}
