import { Component, computed, input, linkedSignal, signal } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import { RouterLink } from '@angular/router';
import type { Candidate, Run } from '@modelwright/sdk';
import { formatDuration, plural } from '../shared/format/numbers';
import { BytesPipe, CountPipe, DurationPipe, ScorePipe } from '../shared/format/pipes';
import { familyWord, gainText } from '../shared/metrics/metric-words';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { StatusChip } from '../shared/ui/status-chip';
import { FoldDots, type ScoreRange } from './fold-dots';
import { displayOrder, standingsOf } from './leaderboard-order';

interface BadgeLook {
  readonly icon: IconName;
  readonly word: string;
  readonly why: string;
}

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
    FoldDots,
    Icon,
    MatTooltip,
    RouterLink,
    ScorePipe,
    StatusChip,
  ],
  template: `
    <div
      class="mw-table-scroll"
      tabindex="0"
      role="region"
      aria-label="Leaderboard"
      (pointerenter)="held.set(true)"
      (pointerleave)="held.set(false)"
    >
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col" class="mw-num">Rank</th>
            <th scope="col">Candidate</th>
            <th scope="col" class="mw-num">{{ run().metric.label }} {{ arrow() }}</th>
            <th scope="col">Folds</th>
            <th scope="col" class="mw-num">Over baseline</th>
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
            >
              <td class="mw-num rank">{{ row.candidate.rank ?? '' }}</td>
              <td class="name">
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
                  @if (row.isWinner) {
                    <span class="badge mw-over-link winner" matTooltip="The model of this run.">
                      <mw-icon name="check" [size]="12" />Kept
                    </span>
                  }
                </span>
              </td>
              @if (row.waits) {
                <td colspan="8">
                  <mw-status [status]="row.candidate.status" [label]="row.progress" [quiet]="true" />
                </td>
              } @else {
                <td class="mw-num score">
                  {{ row.candidate.score | score }}
                  @if (row.candidate.std !== null) {
                    <span class="mw-small mw-muted">± {{ row.candidate.std | score }}</span>
                  }
                </td>
                <td>
                  @if (row.candidate.foldScores.length > 1) {
                    <mw-fold-dots [scores]="row.candidate.foldScores" [range]="range()" />
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

  /** Whether the pointer is over the rows: then none of them moves. */
  readonly held = signal(false);
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
    const scores = this.standings().ranked.flatMap((one) => one.foldScores);
    return scores.length > 0 ? { low: Math.min(...scores), high: Math.max(...scores) } : { low: 0, high: 1 };
  });
  protected readonly outText = computed(
    () => `${plural(this.standings().out.length, 'candidate')} failed, skipped or cancelled`,
  );

  private rowOf(candidate: Candidate) {
    const gain = candidate.isBaseline ? null : candidate.gainOverBaseline;
    return {
      id: candidate.candidateId,
      candidate,
      family: familyWord(candidate.family),
      waits: candidate.status === 'running' || candidate.status === 'queued',
      progress: progressOf(candidate),
      badges: candidate.badges.map((badge) => BADGES[badge]),
      isWinner: candidate.candidateId === this.run().winnerCandidateId,
      gain: gainText(gain),
      gains: gain !== null && gain > 0,
      perRow: candidate.predictMsPerRow === null ? '–' : formatDuration(candidate.predictMsPerRow / 1000),
    };
  }
}

function progressOf(candidate: Candidate): string {
  if (candidate.status === 'queued') return 'Waiting';
  const { fold, folds } = candidate;
  return folds ? `Fold ${Math.min((fold ?? 0) + 1, folds)} of ${folds}` : 'Fitting';
}
