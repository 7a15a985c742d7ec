import { Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { DatasetResponse } from '@modelwright/sdk';
import { CountPipe } from '../shared/format/pipes';
import { Icon } from '../shared/ui/icon';
import { Progress } from '../shared/ui/progress';
import { STAGE_WORDS } from './stage-words';

/** Between the last byte and the first row: how far it is, or what is wrong with the file and in which line. */
@Component({
  selector: 'mw-ingest-state',
  imports: [CountPipe, Icon, MatButton, Progress],
  host: { class: 'mw-card', role: 'status' },
  template: `
    @if (dataset().failure; as failure) {
      <mw-icon class="bad" name="cross-circle" [size]="24" />
      <div class="mw-stack">
        <h2>The file could not be read as a table</h2>
        <p>{{ failure.detail }}</p>
        @if (failure.excerpt; as excerpt) {
          <figure>
            <figcaption class="mw-small mw-muted">
              @if (failure.line !== null) {
                Line {{ failure.line | count }}
              }
              @if (failure.column) {
                , column {{ failure.column }}
              }
            </figcaption>
            <pre tabindex="0">{{ excerpt }}</pre>
          </figure>
        }
        @if (canEdit()) {
          <p>
            <button type="button" matButton="filled" (click)="retryAsked.emit()">
              <mw-icon name="upload" [size]="16" /> Upload a corrected file
            </button>
          </p>
        }
      </div>
    } @else {
      <mw-icon name="running" [spin]="true" [size]="24" />
      <div class="mw-stack">
        <h2>{{ stage() }}</h2>
        <mw-progress label="Reading the file" [fraction]="fraction()" />
        <p class="mw-muted mw-number">
          @if (dataset().progress; as progress) {
            {{ progress.rows | count }} rows read.
          }
          You can leave this page; it goes on and shows in Activity.
        </p>
      </div>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: auto minmax(0, 1fr);
      gap: 16px;
      padding: 24px;
      color: var(--mat-sys-on-surface);
    }
    :host > mw-icon {
      color: var(--mw-info);
    }
    :host > .bad {
      color: var(--mat-sys-error);
    }
    pre {
      margin: 6px 0 0;
      padding: 10px 12px;
      overflow-x: auto;
      border-radius: var(--mw-radius);
      background: var(--mat-sys-surface-container-high);
    }
  `,
})
export class IngestState {
  readonly dataset = input.required<DatasetResponse>();
  readonly canEdit = input(false);
  readonly retryAsked = output();
  protected readonly stage = computed(() => STAGE_WORDS[this.dataset().progress?.stage ?? 'queued']);
  protected readonly fraction = computed(() => {
    const progress = this.dataset().progress;
    return progress ? progress.percent / 100 : null;
  });
}
