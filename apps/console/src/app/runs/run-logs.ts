import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { LogLines } from '../shared/ui/log-lines';
import { View, ViewContent } from '../shared/ui/view';
import { RunStore } from './run.store';

const LEVELS = [
  { id: 'info', label: 'All' },
  { id: 'warning', label: 'Warnings' },
  { id: 'error', label: 'Errors' },
] as const;
const SEARCH_DELAY_MS = 300;

/** What the trainer wrote, with level and search in the URL. */
@Component({
  selector: 'mw-run-logs',
  imports: [LogLines, MatButton, View, ViewContent],
  host: { class: 'mw-card' },
  template: `
    <div class="mw-card-head">
      <fieldset class="mw-segments">
        <legend class="visually-hidden">Level</legend>
        @for (level of levels; track level.id) {
          <label>
            <input
              type="radio"
              name="level"
              [checked]="level.id === store.level()"
              (change)="show({ level: level.id === 'info' ? null : level.id })"
            />
            {{ level.label }}
          </label>
        }
      </fieldset>
      <input
        #find
        type="search"
        class="mw-input"
        data-search
        placeholder="Search the log"
        aria-label="Search the log"
        [value]="store.search()"
        (input)="search(find.value)"
      />
    </div>
    <mw-view [source]="store.olderLogs.source">
      <ng-template [mwContent]="store.olderLogs.source" let-older>
        @if (older.hasMore) {
          <p class="older">
            <button type="button" matButton="text" (click)="store.olderLogs.more()">Show older lines</button>
          </p>
        }
        <mw-log-lines label="Log of the run" [lines]="lines()" [none]="none()" />
      </ng-template>
    </mw-view>
  `,
  styles: `
    .mw-input {
      flex: 1 1 180px;
      max-width: 320px;
    }
    .older {
      padding-top: 8px;
      text-align: center;
    }
  `,
})
export class RunLogs {
  protected readonly store = inject(RunStore);
  private readonly router = inject(Router);
  protected readonly levels = LEVELS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  protected readonly lines = computed(() =>
    this.store.logs().map((line) => ({ seq: line.seq, at: line.at, level: line.level, text: line.message })),
  );
  protected readonly none = computed(() =>
    this.store.search() || this.store.level() !== 'info'
      ? 'No line matches.'
      : 'The trainer has not written anything yet.',
  );

  protected search(text: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show({ q: text.trim() || null }), SEARCH_DELAY_MS);
  }

  protected show(queryParams: Readonly<Record<string, string | null>>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }
}
