import {
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  inject,
  input,
  output,
  viewChild,
} from '@angular/core';
import { Keyboard } from '../keyboard/keyboard';
import { Icon } from './icon';

/**
 * Details of one row beside the table it came from. The page stays usable; Esc closes, and focus goes back to where it was.
 * Content is projected; `[actions]` goes beside the heading.
 */
@Component({
  selector: 'mw-side-panel',
  imports: [Icon],
  host: { role: 'complementary', '[attr.aria-label]': 'heading()' },
  template: `
    <div class="head">
      <h2 #title tabindex="-1">{{ heading() }}</h2>
      <ng-content select="[actions]" />
      <button type="button" class="mw-icon-button" aria-label="Close panel" (click)="closed.emit()">
        <mw-icon name="close" [size]="16" />
      </button>
    </div>
    <div class="body"><ng-content /></div>
  `,
  styles: `
    :host {
      position: fixed;
      z-index: 9;
      inset: var(--mw-bar) 0 0 auto;
      display: flex;
      flex-direction: column;
      width: min(460px, 100vw);
      border-left: 1px solid var(--mat-sys-outline-variant);
      background: var(--mat-sys-surface);
      box-shadow: var(--mw-shadow-2);
      animation: arrive 160ms ease-out;
    }
    .head {
      display: flex;
      align-items: center;
      gap: 4px;
      padding: 12px 12px 12px 20px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    h2 {
      flex: 1;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    .body {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 24px;
      align-content: start;
      flex: 1;
      padding: 20px;
      overflow: auto;
    }
    @keyframes arrive {
      from {
        opacity: 0;
        translate: 24px 0;
      }
    }
  `,
})
export class SidePanel {
  readonly heading = input.required<string>();
  readonly closed = output();
  private readonly title = viewChild.required<ElementRef<HTMLElement>>('title');

  constructor() {
    const before = document.activeElement;
    inject(Keyboard).use([
      { keys: 'Escape', description: 'Close the panel', group: 'Panel', run: () => this.closed.emit() },
    ]);
    afterNextRender(() => this.title().nativeElement.focus({ preventScroll: true }));
    inject(DestroyRef).onDestroy(() => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    });
  }
}
