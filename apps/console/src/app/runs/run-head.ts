import { Component, computed, input } from '@angular/core';
import type { Candidate, Run } from '@modelwright/sdk';
import { formatDuration } from '../shared/format/numbers';
import { DurationPipe, ScorePipe } from '../shared/format/pipes';
import { formatClock } from '../shared/format/time';
import { gainWords } from '../shared/metrics/metric-words';
import { Progress } from '../shared/ui/progress';
import { candidateCounts } from './candidate-counts';
import type { ClockReading } from './run-clock';
import { STOPPING, gainOfBest, isActive, stageWord } from './run-words';

/** The four numbers of a run: time against budget, candidates done, best so far, gain over the baseline. */
@Component({
  selector: 'mw-run-head',
  imports: [DurationPipe, Progress, ScorePipe],
  host: { class: 'mw-card' },
  template: `
    <div [class.clock]="active()">
      <p class="label">{{ active() ? 'Time' : 'Took' }}</p>
      <p class="value mw-number" role="timer" aria-live="off">
        {{ elapsed() }} <span class="of">of {{ budget() }}</span>
      </p>
      @if (active()) {
        <mw-progress label="Time against budget" [fraction]="fraction()" />
      }
      <p class="note">{{ note() }}</p>
    </div>
    @if (trials() !== null) {
      <div>
        <p class="label">Trials</p>
        <p class="value mw-number">{{ trials() }} <span class="of">done</span></p>
      </div>
    } @else {
      <div>
        <p class="label">Candidates</p>
        @if (counts(); as counts) {
          <p class="value mw-number">
            {{ counts.tried }} <span class="of">of {{ counts.total }} tried</span>
          </p>
          <p class="note">{{ counts.outText }}</p>
        } @else {
          <p class="value mw-number">
            {{ run().candidatesDone }} <span class="of">of {{ run().candidatesTotal || '–' }} done</span>
          </p>
        }
        @if (active() && run().candidatesTotal > 0) {
          <mw-progress label="Candidates done" [fraction]="run().candidatesDone / run().candidatesTotal" />
        }
      </div>
    }
    <div>
      <p class="label">Best {{ run().metric.label }}</p>
      <p class="value mw-number">{{ run().bestScore | score }}</p>
      <p class="note">{{ run().metric.greaterIsBetter ? 'Higher is better' : 'Lower is better' }}</p>
    </div>
    @if (run().task !== 'clustering' && trials() === null) {
      <div>
        <p class="label">Against the baseline</p>
        <p class="value mw-number" [class.gain]="gains()">{{ gain() || '–' }}</p>
        <p class="note">
          @if (run().baselineScore !== null) {
            Guessing scores {{ run().baselineScore | score }}
          }
        </p>
      </div>
    }
    @if (run().holdoutScore !== null) {
      <div>
        <p class="label">On the hold-out</p>
        <p class="value mw-number">{{ run().holdoutScore | score }}</p>
        <p class="note">{{ holdoutNote() }}</p>
      </div>
    }
    @if (run().pausedSeconds >= 1) {
      <div>
        <p class="label">Paused for</p>
        <p class="value mw-number">{{ run().pausedSeconds | duration }}</p>
        <p class="note">Not counted as time</p>
      </div>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(150px, 100%), 1fr));
      gap: 20px 24px;
      padding: 18px var(--mw-inset);
    }
    .label,
    .note {
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
      line-height: 16px;
    }
    .value {
      margin: 2px 0 4px;
      font-size: 20px;
      font-weight: 600;
      line-height: 28px;
      white-space: nowrap;
    }
    .of {
      color: var(--mat-sys-on-surface-variant);
      font-size: 14px;
      font-weight: 400;
    }
    .note {
      margin-top: 4px;
    }
    .note:empty {
      display: none;
    }
    .gain {
      color: var(--mw-success);
    }
    @media (width < 500px) {
      :host {
        grid-template-columns: 1fr 1fr;
      }
      /* The clock with its bar takes the whole width; what is over stands beside the rest. */
      :host > .clock {
        grid-column: 1 / -1;
      }
    }
  `,
})
export class RunHead {
  readonly run = input.required<Run>();
  readonly clock = input.required<ClockReading>();
  /** Trials that have ended; null for a run that is no study. */
  readonly trials = input<number | null>(null);

  readonly candidates = input<readonly Candidate[]>([]);

  /** Once it is over: until then a candidate that waits may still be tried. */
  protected readonly counts = computed(() =>
    this.active() || this.candidates().length === 0 ? undefined : candidateCounts(this.candidates()),
  );
  protected readonly active = computed(() => isActive(this.run()));
  protected readonly elapsed = computed(() => this.time(this.clock().elapsedSeconds));
  protected readonly budget = computed(() => this.time(this.run().budgetSeconds));
  protected readonly fraction = computed(() => this.clock().fraction);
  protected readonly gain = computed(() => gainWords(gainOfBest(this.run())));
  protected readonly gains = computed(() => (gainOfBest(this.run()) ?? 0) > 0);
  /** A clock while it runs; what it took is written as in the table of runs. */
  private time(seconds: number): string {
    return this.active() ? formatClockTime(seconds) : formatDuration(seconds);
  }

  protected readonly holdoutNote = computed(() => {
    const { holdoutOpenedAt: at, holdoutOpenings: openings } = this.run();
    const looks = openings?.length ?? 0;
    if (at && looks > 1) return `The same rows were opened by ${looks} runs`;
    return at ? `Opened once, ${formatClock(Date.parse(at))}` : 'Rows no candidate saw';
  });
  protected readonly note = computed(() => {
    const run = this.run();
    if (run.status === 'queued') {
      return run.queuePosition && run.queuePosition > 1
        ? `${run.queuePosition - 1} ahead in the queue`
        : 'Next in the queue';
    }
    if (run.status === 'paused')
      return run.continueRequestedAt ? 'Goes on at the next free place' : 'Paused: the clock stands still';
    if (run.status !== 'running') return '';
    if (run.cancelRequestedAt) return 'Cancelling: stops after this fold';
    if (run.pauseRequestedAt) return 'Pausing: folds under way are finished';
    if (run.stopRequestedAt)
      return run.stage && run.stage !== 'search' ? `${STOPPING} ${stageWord(run.stage)}` : STOPPING;
    if (run.stage && run.stage !== 'search') return stageWord(run.stage);
    if (this.clock().isOver) return 'Finishing what is under way';
    return `${formatDuration(Math.ceil(this.clock().remainingSeconds))} left to search`;
  });
}

/** `0:42`, `12:05`, `1:02:30`. */
export function formatClockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${pad(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}
