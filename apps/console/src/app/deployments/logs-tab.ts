import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { LogLines } from '../shared/ui/log-lines';
import { ProblemView } from '../shared/ui/problem-view';
import { readLine } from './log-line';
import { type KeptLine, LogsStore } from './logs.store';

const STATE_WORDS = {
  loading: 'Loading',
  following: 'Following',
  reconnecting: 'Reconnecting',
  ended: 'No container now',
} as const;

/** What the model server writes. */
@Component({
  selector: 'mw-logs-tab',
  imports: [CopyButton, Icon, LogLines, MatButton, ProblemView, RouterLink],
  providers: [LogsStore],
  template: `
    @if (store.problem(); as error) {
      <mw-problem class="problem" [error]="error" [compact]="true" (retried)="store.reload()" />
    }
    @if (store.absence(); as why) {
      <p class="mw-banner absence" role="status">
        <mw-icon name="info" [size]="16" />
        <span class="mw-grow"
          >{{ why }} Calls are under
          <a [routerLink]="[]" [queryParams]="{ tab: 'requests' }" queryParamsHandling="merge">Requests</a>,
          figures under
          <a [routerLink]="[]" [queryParams]="{ tab: 'metrics' }" queryParamsHandling="merge">Metrics</a
          >.</span
        >
      </p>
    }
    <div class="mw-card">
      <div class="mw-card-head">
        <h2>Log</h2>
        <span class="state mw-small" role="status">
          <mw-icon
            [name]="
              store.state() === 'following' ? 'dot' : store.state() === 'reconnecting' ? 'offline' : 'stop'
            "
            [size]="14"
          />
          {{ paused() ? 'Paused' : stateWord() }}
        </span>
        <input
          #find
          type="search"
          class="mw-input"
          data-search
          placeholder="Search the log"
          aria-label="Search the log"
          [value]="search()"
          (input)="search.set(find.value)"
        />
        <button
          type="button"
          matButton="outlined"
          [attr.aria-pressed]="paused() !== null"
          (click)="togglePause()"
        >
          <mw-icon [name]="paused() ? 'play' : 'pause'" [size]="14" />
          {{ paused() ? 'Go on' : 'Pause' }}
          @if (waiting() > 0) {
            ({{ waiting() }} new)
          }
        </button>
        <mw-copy [text]="text()" label="Copy the shown lines" />
      </div>
      <mw-log-lines label="Log of the model server" [lines]="shown()" [none]="none()" />
    </div>
  `,
  styles: `
    .mw-input {
      flex: 1 1 160px;
      max-width: 280px;
    }
    .state {
      display: inline-flex;
      align-items: center;
      gap: 4px;
      color: var(--mat-sys-on-surface-variant);
    }
    .absence {
      margin: 0 0 12px;
    }
    .problem {
      margin-bottom: 12px;
    }
  `,
})
export class LogsTab {
  protected readonly store = inject(LogsStore);
  protected readonly search = signal('');
  /** The lines that stand still while the reader reads. */
  protected readonly paused = signal<readonly KeptLine[] | null>(null);
  protected readonly stateWord = computed(() => STATE_WORDS[this.store.state()]);
  protected readonly waiting = computed(() => {
    const paused = this.paused();
    return paused ? (this.store.lines().at(-1)?.position ?? 0) - (paused.at(-1)?.position ?? 0) : 0;
  });
  protected readonly shown = computed(() => {
    const word = this.search().trim().toLowerCase();
    return (this.paused() ?? this.store.lines())
      .filter((line) => !word || line.text.toLowerCase().includes(word))
      .map(({ position, at, stream, text }) => ({ seq: position, at, ...readLine(stream, text) }));
  });
  protected readonly text = computed(() =>
    this.shown()
      .map((line) => `${line.at} ${line.text}`)
      .join('\n'),
  );
  protected readonly none = computed(() =>
    this.search()
      ? 'No line matches.'
      : this.store.absence()
        ? 'There is no container log.'
        : 'The model server has not written anything yet.',
  );

  protected togglePause(): void {
    this.paused.update((paused) => (paused ? null : this.store.lines()));
  }
}
