import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { formatDuration } from '../shared/format/numbers';
import { type LogLine, LogLines } from '../shared/ui/log-lines';
import { View, ViewContent } from '../shared/ui/view';
import { RunStore } from './run.store';
import { stageWord } from './run-words';

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

  /** What the trainer wrote, and when each stage began: the trainer says the latter by events only. */
  protected readonly lines = computed<readonly LogLine[]>(() => {
    const written = this.store
      .logs()
      .map((line) => ({ seq: line.seq, at: line.at, level: line.level, text: line.message }));
    if (this.store.level() !== 'info') return written;
    const words = this.store.search().toLowerCase();
    const stages = (this.store.run()?.stages ?? [])
      .map((stage, index) => ({
        seq: -1 - index,
        at: stage.startedAt,
        level: 'info' as const,
        text:
          stage.seconds === null
            ? stageWord(stage.stage)
            : `${stageWord(stage.stage)} (${formatDuration(stage.seconds)})`,
      }))
      .filter((line) => line.text.toLowerCase().includes(words));
    return [...written, ...stages].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  });
  protected readonly none = computed(() =>
    this.store.search() || this.store.level() !== 'info' ? 'No line matches.' : 'Nothing was written yet.',
  );

  protected search(text: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show({ q: text.trim() || null }), SEARCH_DELAY_MS);
  }

  protected show(queryParams: Readonly<Record<string, string | null>>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }
}
