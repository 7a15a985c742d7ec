import { Component, ElementRef, computed, effect, input, signal, untracked, viewChild } from '@angular/core';
import { formatExact } from '../format/time';

export interface LogLine {
  readonly seq: number;
  readonly at: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

const NEAR_END_PX = 40;
const MOST_SHOWN = 2000;

/** Lines in the order in which they were written. Follows the end for as long as the reader is there. */
@Component({
  selector: 'mw-log-lines',
  template: `
    <div
      #box
      class="box"
      tabindex="0"
      role="log"
      aria-live="off"
      [attr.aria-label]="label()"
      (scroll)="noteScroll()"
    >
      @for (line of shown(); track line.seq) {
        <p [class]="line.level">
          <time [attr.datetime]="line.at" [title]="line.exact">{{ line.clock }}</time>
          <span class="level">{{ line.word }}</span>
          <span class="text">{{ line.text }}</span>
        </p>
      } @empty {
        <p class="none">{{ none() }}</p>
      }
    </div>
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    .box {
      min-height: 120px;
      max-height: min(60vh, 640px);
      padding: 8px 0;
      overflow: auto;
      font: 12px/18px var(--mw-mono);
      font-variant-ligatures: none;
    }
    .box:focus-visible {
      outline-offset: -2px;
    }
    p {
      display: grid;
      grid-template-columns: 64px 58px minmax(0, 1fr);
      gap: 12px;
      padding: 1px var(--mw-inset);
    }
    p:hover {
      background: color-mix(in srgb, var(--mat-sys-on-surface) 4%, transparent);
    }
    time,
    .level,
    .none {
      color: var(--mat-sys-on-surface-variant);
    }
    .none {
      display: block;
      padding: 24px var(--mw-inset);
      font-family: var(--mw-font);
      font-size: 14px;
      text-align: center;
    }
    .text {
      overflow-wrap: anywhere;
      white-space: pre-wrap;
    }
    .warning .level {
      color: var(--mw-warning);
    }
    .error .level,
    .error .text {
      color: var(--mat-sys-error);
    }
    @media (width < 700px) {
      p {
        grid-template-columns: 64px max-content;
        gap: 0 12px;
        padding: 3px 12px;
      }
      .text {
        grid-column: 1 / -1;
      }
    }
  `,
})
export class LogLines {
  readonly lines = input.required<readonly LogLine[]>();
  readonly label = input('Log');
  readonly none = input('Nothing was written yet.');
  private readonly box = viewChild.required<ElementRef<HTMLElement>>('box');
  private readonly follows = signal(true);

  protected readonly shown = computed(() =>
    this.lines()
      .slice(-MOST_SHOWN)
      .map((line) => ({
        ...line,
        clock: clockOf(line.at),
        exact: formatExact(line.at),
        word: line.level,
      })),
  );

  constructor() {
    effect(() => {
      this.shown();
      if (!untracked(this.follows)) return;
      requestAnimationFrame(() => {
        const box = this.box().nativeElement;
        box.scrollTop = box.scrollHeight;
      });
    });
  }

  protected noteScroll(): void {
    const box = this.box().nativeElement;
    this.follows.set(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX);
  }
}

const time = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

function clockOf(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? '–' : time.format(at);
}
