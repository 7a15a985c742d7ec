import { Component, DestroyRef, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Icon } from '../shared/ui/icon';
import { formatClockTime } from './run-head';

const PLAY_MS = 80;
/** A replay takes about so long, however much happened. */
const PLAY_SECONDS = 12;

/** A scrubber over what happened: drag, step or play, and back to now. */
@Component({
  selector: 'mw-replay-bar',
  imports: [Icon, MatButton],
  host: { class: 'mw-card', role: 'group', 'aria-label': 'Replay' },
  template: `
    <mw-icon name="history" [size]="16" />
    <strong>Replay</strong>
    @if (steps() > 0) {
      <button
        type="button"
        class="mw-icon-button"
        [attr.aria-label]="playing() ? 'Pause the replay' : 'Play'"
        (click)="toggle()"
      >
        <mw-icon [name]="playing() ? 'pause' : 'play'" [size]="15" />
      </button>
      <button type="button" class="mw-icon-button" aria-label="Step back" (click)="go(step() - 1)">
        <mw-icon name="chevron-left" [size]="15" />
      </button>
      <input
        #scrub
        type="range"
        min="0"
        [max]="steps() - 1"
        [value]="step()"
        aria-label="Point in time"
        [attr.aria-valuetext]="text()"
        (input)="go(+scrub.value)"
      />
      <button type="button" class="mw-icon-button" aria-label="Step forward" (click)="go(step() + 1)">
        <mw-icon name="chevron-right" [size]="15" />
      </button>
      <span class="mw-number time">{{ text() }}</span>
    } @else {
      <span class="mw-muted mw-grow">{{
        loading() ? 'Reading what happened' : 'Nothing has happened yet'
      }}</span>
    }
    <button type="button" matButton="text" (click)="closed.emit()">Back to now</button>
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 8px;
      padding: 8px 12px 8px 16px;
      border-color: var(--mat-sys-primary);
    }
    input {
      flex: 1 1 160px;
      min-width: 120px;
      accent-color: var(--mat-sys-primary);
    }
    .time {
      min-width: 108px;
      text-align: right;
    }
  `,
})
export class ReplayBar {
  readonly steps = input.required<number>();
  readonly step = input.required<number>();
  readonly seconds = input.required<number>();
  readonly totalSeconds = input.required<number>();
  readonly loading = input(false);
  readonly moved = output<number>();
  readonly closed = output();

  protected readonly playing = signal(false);
  private timer: ReturnType<typeof setInterval> | undefined;
  protected readonly text = computed(
    () => `${formatClockTime(this.seconds())} of ${formatClockTime(this.totalSeconds())}`,
  );

  constructor() {
    inject(DestroyRef).onDestroy(() => clearInterval(this.timer));
  }

  protected go(step: number): void {
    this.moved.emit(Math.min(this.steps() - 1, Math.max(0, step)));
  }

  protected toggle(): void {
    if (this.playing()) return this.halt();
    if (this.step() >= this.steps() - 1) this.go(0);
    const stride = Math.max(1, Math.round((this.steps() * PLAY_MS) / 1000 / PLAY_SECONDS));
    this.playing.set(true);
    this.timer = setInterval(() => {
      if (this.step() >= this.steps() - 1) this.halt();
      else this.go(this.step() + stride);
    }, PLAY_MS);
  }

  private halt(): void {
    clearInterval(this.timer);
    this.playing.set(false);
  }
}
