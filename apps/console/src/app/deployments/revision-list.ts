import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { TimeAgo } from '../shared/format/time-ago';
import { revisionText } from './version-words';
import { VersionsStore } from './versions.store';

/** What answered when, by whom and why; nothing in it can be changed. */
@Component({
  selector: 'mw-revision-list',
  imports: [MatButton, TimeAgo],
  template: `
    <section class="mw-card" aria-labelledby="history">
      <div class="mw-card-head"><h2 id="history">History</h2></div>
      <ol class="mw-card-body">
        @for (row of rows(); track row.number) {
          <li>
            <div class="mw-row">
              <span class="mw-grow">{{ row.text }}</span>
              <span class="mw-muted mw-small">{{ row.by ?? 'by itself' }}, <mw-time [at]="row.at" /></span>
            </div>
            @if (row.reason) {
              <p class="mw-muted mw-small">{{ row.reason }}</p>
            }
            @if (row.lines; as lines) {
              <pre tabindex="0" aria-label="Last lines of its log">{{ lines }}</pre>
            }
          </li>
        }
      </ol>
      @if (hasMore()) {
        <div class="mw-card-body">
          <button type="button" matButton="outlined" (click)="store.history.more()">Show older</button>
        </div>
      }
    </section>
  `,
  styles: `
    ol {
      display: grid;
      gap: 12px;
      margin: 0;
      list-style: none;
    }
    p {
      margin: 2px 0 0;
    }
    .mw-row {
      flex-wrap: wrap;
    }
    pre {
      max-height: 160px;
      margin: 6px 0 0;
      padding: 8px;
      overflow: auto;
      border-radius: var(--mw-radius);
      background: var(--mat-sys-surface-container-high);
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
  `,
})
export class RevisionList {
  protected readonly store = inject(VersionsStore);
  protected readonly hasMore = computed(
    () => this.store.history.source.hasValue() && this.store.history.source.value()?.hasMore === true,
  );
  protected readonly rows = computed(() =>
    this.store.history.items().map((revision) => ({
      ...revision,
      text: revisionText(revision),
      lines: linesOf(revision.figures),
    })),
  );
}

function linesOf(figures: unknown): string | undefined {
  if (typeof figures !== 'object' || figures === null || !('lastLogLines' in figures)) return undefined;
  const { lastLogLines } = figures;
  return Array.isArray(lastLogLines) && lastLogLines.length > 0 ? lastLogLines.join('\n') : undefined;
}
