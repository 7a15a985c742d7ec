import { Component, computed, inject, input, output, resource } from '@angular/core';
import { plural } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import type { OpenedCell } from '../shared/grid/grid.types';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { DatasetStore } from './dataset.store';

/** The table cuts longer values at this length. */
const CUT_AT = 1000;

/** One cell in full. */
@Component({
  selector: 'mw-cell-pane',
  imports: [CopyButton, CountPipe, Icon],
  host: { class: 'mw-card', role: 'complementary', 'aria-label': 'Cell' },
  template: `
    <div class="head">
      <h3 class="mw-ellipsis">{{ cell().column }}</h3>
      <mw-copy [text]="text()" label="Copy value" />
      <button type="button" class="mw-icon-button" aria-label="Close cell" (click)="closed.emit()">
        <mw-icon name="close" [size]="15" />
      </button>
    </div>
    <p class="mw-small mw-muted">Row {{ cell().rowNumber | count }}, {{ length() }}</p>
    @if (cell().value === null) {
      <p class="mw-muted"><em>missing</em></p>
    } @else {
      <pre tabindex="0">{{ text() }}</pre>
    }
  `,
  styles: `
    :host {
      display: flex;
      flex: 0 0 280px;
      flex-direction: column;
      gap: 8px;
      padding: 10px 12px 12px 16px;
      overflow: auto;
    }
    .head {
      display: flex;
      align-items: center;
      gap: 4px;
    }
    h3 {
      flex: 1;
    }
    pre {
      margin: 0;
      overflow-wrap: anywhere;
      white-space: pre-wrap;
      line-height: 18px;
    }
    @media (width < 700px) {
      :host {
        position: fixed;
        z-index: 4;
        inset: auto 0 0;
        max-height: 50vh;
        border-radius: var(--mw-radius-large) var(--mw-radius-large) 0 0;
        box-shadow: var(--mw-shadow-2);
      }
    }
  `,
})
export class CellPane {
  readonly cell = input.required<OpenedCell>();
  readonly closed = output();
  private readonly store = inject(DatasetStore);
  private readonly whole = resource({
    params: () => {
      const cell = this.cell();
      return typeof cell.value === 'string' && cell.value.length >= CUT_AT ? cell : undefined;
    },
    loader: ({ params }) => this.store.wholeCell(params.column, params.rowIndex),
  });
  protected readonly text = computed(() =>
    this.whole.hasValue() ? String(this.whole.value()) : String(this.cell().value ?? ''),
  );
  protected readonly length = computed(() => plural(this.text().length, 'character'));
}
