import { Component, DestroyRef, computed, inject, input, linkedSignal, output, signal } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import { RouterLink } from '@angular/router';
import type { Candidate, Run } from '@modelwright/sdk';
import { formatDuration, formatNumber, formatScore, plural } from '../shared/format/numbers';
import { BytesPipe, CountPipe, DurationPipe, ScorePipe } from '../shared/format/pipes';
import { hasSpread } from '../shared/metrics/fold-words';
import { familyWord, gainWords } from '../shared/metrics/metric-words';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { StatusChip } from '../shared/ui/status-chip';
import { ScoreInterval, type ScoreRange } from './score-interval';
import { displayOrder, standingsOf } from './leaderboard-order';

interface BadgeLook {
  readonly icon: IconName;
  readonly word: string;
  readonly why: string;
}

const HOLD_MS = 3_000;

const BADGES: Readonly<Record<Candidate['badges'][number], BadgeLook>> = {
  recommended: {
    icon: 'star',
    word: 'Recommended',
    why: 'The cheapest to predict with among those that are as good as the best.',
  },
  fastest: { icon: 'bolt', word: 'Fastest', why: 'Least time per prediction.' },
  simplest: { icon: 'leaf', word: 'Simplest', why: 'The simplest family with a score.' },
  ensemble: { icon: 'layers', word: 'Ensemble', why: 'Combines other candidates.' },
  baseline: { icon: 'pin', word: 'Baseline', why: 'Only guesses; everything is compared with it.' },
};

/** Candidates by score, live. Rows keep their place under the pointer; failed and skipped ones are folded away. */
@Component({
  selector: 'mw-leaderboard',
  imports: [
    BytesPipe,
    CountPipe,
    DurationPipe,
    Icon,
    MatTooltip,
    RouterLink,
    ScoreInterval,
    ScorePipe,
    StatusChip,
  ],
  template: `
    @if (tieText(); as text) {
      <p class="ties"><mw-icon name="info" [size]="15" /> {{ text }}</p>
    }
    @if (cheaper(); as one) {
      <p class="ties">
        <mw-icon name="info" [size]="15" />
        <span>
          <strong>Recommended:</strong>&ngsp;
          <a [routerLink]="[]" [queryParams]="{ candidate: one.id }" queryParamsHandling="merge">{{
            one.label
          }}</a>
          {{ one.text }}
        </span>
      </p>
    }
    <div
      class="mw-table-scroll"
      tabindex="0"
      role="region"
      aria-label="Leaderboard"
      (pointermove)="hold()"
      (pointerleave)="release()"
    >
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col" class="pick"><span class="visually-hidden">Compare</span></th>
            <th scope="col" class="mw-num">Rank</th>
            <th scope="col">Candidate</th>
            <th scope="col" class="mw-num">{{ run().metric.label }} {{ arrow() }}</th>
            <th scope="col">95 % interval and folds</th>
            <th scope="col" class="mw-num">Against baseline</th>
            <th scope="col" class="mw-num">Hold-out</th>
            <th scope="col" class="mw-num">Fit time</th>
            <th scope="col" class="mw-num">Per row</th>
            <th scope="col" class="mw-num">Size</th>
            <th scope="col" class="mw-num">Features</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.id) {
            <tr
              animate.enter="arrives"
              [class.selected]="row.id === selected()"
              [class.best]="row.candidate.rank === 1"
              [class.waiting]="row.waits"
              [class.pinned]="row.candidate.isBaseline"
              [class.tied]="row.isTied"
            >
              <td class="pick mw-over-link">
                @if (!row.waits) {
                  <label>
                    <input
                      type="checkbox"
                      [attr.aria-label]="'Select ' + row.candidate.label + ' for comparing'"
                      [checked]="picked().has(row.id)"
                      (change)="pickAsked.emit(row.id)"
                    />
                  </label>
                }
              </td>
              <td class="mw-num rank">
                {{ row.place }}
                @if (row.isTied) {
                  <span class="visually-hidden">tied</span>
                }
              </td>
              <td class="name">
                <span class="labels">
                  <a
                    class="mw-row-link"
                    [routerLink]="[]"
                    [queryParams]="{ candidate: row.id }"
                    queryParamsHandling="merge"
                    [attr.data-candidate]="row.id"
                    >{{ row.candidate.label }}</a
                  >
                  <span class="badges">
                    @for (badge of row.badges; track badge.word) {
                      <span class="badge mw-over-link" [class]="badge.icon" [matTooltip]="badge.why">
                        <mw-icon [name]="badge.icon" [size]="12" />{{ badge.word }}
                      </span>
                    }
                    @if (row.candidate.tooSlow) {
                      <span class="badge mw-over-link slow" [matTooltip]="slowText()">
                        <mw-icon name="clock" [size]="12" />Too slow
                      </span>
                    }
                    @if (row.isWinner) {
                      <span class="badge mw-over-link winner" matTooltip="The model of this run.">
                        <mw-icon name="check" [size]="12" />Kept
                      </span>
                    }
                  </span>
                </span>
              </td>
              @if (row.waits) {
                <td colspan="8">
                  <span class="at-work">
                    <mw-status [status]="row.candidate.status" [label]="row.progress" [quiet]="true" />
                    @if (row.candidate.foldScores.length > 0) {
                      <mw-score-interval
                        [score]="null"
                        [folds]="row.candidate.foldScores"
                        [range]="range()"
                        [best]="bestInterval()"
                      />
                      <span class="mw-small mw-muted mw-number">{{ row.foldText }}</span>
                    }
                  </span>
                </td>
              } @else {
                <td class="mw-num score">
                  {{ row.candidate.score | score }}
                  @if (row.hasSpread) {
                    <span class="mw-small mw-muted">± {{ row.candidate.std | score }}</span>
                  }
                </td>
                <td>
                  @if (!row.candidate.isBaseline) {
                    <mw-score-interval
                      [score]="row.candidate.score"
                      [low]="row.candidate.low"
                      [high]="row.candidate.high"
                      [folds]="row.candidate.foldScores"
                      [range]="range()"
                      [best]="bestInterval()"
                    />
                  } @else {
                    <span class="mw-small mw-muted">off the scale</span>
                  }
                </td>
                <td class="mw-num" [class.gain]="row.gains">{{ row.gain || '–' }}</td>
                <td class="mw-num">{{ row.candidate.holdoutScore | score }}</td>
                <td class="mw-num">{{ row.candidate.fitSeconds | duration }}</td>
                <td class="mw-num">{{ row.perRow }}</td>
                <td class="mw-num">{{ row.candidate.sizeBytes | bytes }}</td>
                <td class="mw-num">{{ row.candidate.features | count }}</td>
              }
            </tr>
          }
        </tbody>
      </table>
    </div>
    @if (standings().out.length > 0) {
      <details>
        <summary>{{ outText() }}</summary>
        <ul>
          @for (candidate of standings().out; track candidate.candidateId) {
            <li>
              <mw-status [status]="candidate.status" [quiet]="true" />
              <strong>{{ candidate.label }}</strong>
              <span class="mw-muted">{{ candidate.reason ?? 'No reason was given.' }}</span>
            </li>
          }
        </ul>
      </details>
    }
  `,
  styleUrl: './leaderboard.scss',
})
export class Leaderboard {
  readonly run = input.required<Run>();
  readonly candidates = input.required<readonly Candidate[]>();
  /** Candidate whose panel is open. */
  readonly selected = input<string>();
  /** Candidates that are marked for comparing. */
  readonly picked = input<ReadonlySet<string>>(new Set());
  readonly pickAsked = output<string>();

  /** Whether the reader points at the rows: then none of them moves. A pointer that was left behind holds nothing. */
  private readonly held = signal(false);
  private releaseTimer: ReturnType<typeof setTimeout> | undefined;
  protected readonly arrow = computed(() => (this.run().metric.greaterIsBetter ? '↑' : '↓'));
  protected readonly standings = computed(() =>
    standingsOf(this.candidates(), this.run().metric.greaterIsBetter),
  );
  private readonly byId = computed(() => {
    const { ranked, baseline, atWork } = this.standings();
    return new Map(
      [...ranked, ...(baseline ? [baseline] : []), ...atWork].map((one) => [one.candidateId, one]),
    );
  });
  private readonly order = linkedSignal<
    { readonly wanted: readonly string[]; readonly held: boolean },
    readonly string[]
  >({
    source: () => ({ wanted: [...this.byId().keys()], held: this.held() }),
    computation: ({ wanted, held }, previous) => displayOrder(previous?.value ?? [], wanted, held),
  });
  protected readonly rows = computed(() =>
    this.order().flatMap((id) => {
      const candidate = this.byId().get(id);
      return candidate ? [this.rowOf(candidate)] : [];
    }),
  );
  /** One scale for all rows; a baseline far away would squeeze the rest into a corner. */
  protected readonly range = computed<ScoreRange>(() => {
    const shown = this.standings().ranked;
    const scores = shown.flatMap((one) => [
      ...one.foldScores,
      ...[one.low, one.high, one.score].filter((value) => value !== null),
    ]);
    return scores.length > 0 ? { low: Math.min(...scores), high: Math.max(...scores) } : { low: 0, high: 1 };
  });
  protected readonly bestInterval = computed<ScoreRange | null>(() => {
    const best = this.standings().ranked[0];
    return best && best.low !== null && best.high !== null ? { low: best.low, high: best.high } : null;
  });
  private readonly ties = computed(() => this.standings().ranked.filter((one) => one.tied).length);
  protected readonly tieText = computed(() =>
    this.ties() > 1
      ? `${this.ties()} candidates share the first place: the differences between them are no larger than chance (paired bootstrap of the same rows, 95 %).`
      : '',
  );
  /** The one to choose when it is not the one that the run kept: as good as far as can be told, and cheaper. */
  protected readonly cheaper = computed(() => {
    const winner = this.byId().get(this.run().winnerCandidateId ?? '');
    const one = this.standings().ranked.find(({ badges, tied }) => tied && badges.includes('recommended'));
    if (!winner || !one || one.candidateId === winner.candidateId) return undefined;
    const times = (winner.predictMsPerRow ?? 0) / (one.predictMsPerRow ?? Infinity);
    const faster =
      times > 1.1
        ? `, and takes ${formatNumber(Number(times.toPrecision(2)))} × less time for a row in Python`
        : '';
    return {
      id: one.candidateId,
      label: one.label,
      text: `cannot be told apart from ${winner.label}, which this run kept${faster}. To deploy it instead, open it and choose “Fit this candidate”.`,
    };
  });
  protected readonly slowText = computed(() => {
    const budget = this.run().latencyBudgetMs;
    const limit = budget === null ? 'the budget' : formatDuration(budget / 1000);
    return `One prediction takes longer than ${limit}, so it cannot win.`;
  });
  protected readonly outText = computed(
    () => `${plural(this.standings().out.length, 'candidate')} failed, skipped or cancelled`,
  );

  constructor() {
    inject(DestroyRef).onDestroy(() => clearTimeout(this.releaseTimer));
  }

  protected hold(): void {
    clearTimeout(this.releaseTimer);
    this.held.set(true);
    this.releaseTimer = setTimeout(() => this.held.set(false), HOLD_MS);
  }

  protected release(): void {
    clearTimeout(this.releaseTimer);
    this.held.set(false);
  }

  private rowOf(candidate: Candidate) {
    const gain = candidate.isBaseline ? null : candidate.gainOverBaseline;
    return {
      id: candidate.candidateId,
      candidate,
      family: familyWord(candidate.family),
      isTied: candidate.tied && this.ties() > 1,
      place: placeOf(candidate, this.ties()),
      foldText: candidate.foldScores.map(formatScore).join('  '),
      hasSpread: hasSpread(candidate.std),
      waits: candidate.status === 'running' || candidate.status === 'queued',
      progress: progressOf(candidate),
      badges: candidate.badges
        // Ties move with every result; who is recommended among them is judged anew a moment later.
        // What only guesses is never recommended, also where nothing else is there.
        .filter((badge) => badge !== 'recommended' || (candidate.tied && !candidate.isBaseline))
        .map((badge) => BADGES[badge])
        .filter(({ word }) => word !== candidate.label),
      isWinner: candidate.candidateId === this.run().winnerCandidateId,
      gain: gainWords(gain),
      gains: gain !== null && gain > 0,
      perRow: candidate.predictMsPerRow === null ? '–' : formatDuration(candidate.predictMsPerRow / 1000),
    };
  }
}

/** `1=` for a place that is shared by ties. */
function placeOf({ rank, tied }: Candidate, ties: number): string {
  if (rank === null) return '';
  return tied && ties > 1 ? `${rank}=` : String(rank);
}

function progressOf(candidate: Candidate): string {
  if (candidate.status === 'queued') return 'Waiting';
  const { fold, folds } = candidate;
  return folds ? `Fold ${Math.min((fold ?? 0) + 1, folds)} of ${folds}` : 'Fitting';
}
