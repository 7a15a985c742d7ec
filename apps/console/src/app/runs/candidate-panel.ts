import { Component, computed, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import { STUDY_SPACES } from '@modelwright/contracts';
import type { Candidate, Run } from '@modelwright/sdk';
import { formatDuration, formatNumber, formatScore } from '../shared/format/numbers';
import { BytesPipe, CountPipe, DurationPipe, PercentPipe, ScorePipe } from '../shared/format/pipes';
import { hasSpread } from '../shared/metrics/fold-words';
import { familyWord } from '../shared/metrics/metric-words';
import { MatButton } from '@angular/material/button';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { SidePanel } from '../shared/ui/side-panel';
import { StatusChip } from '../shared/ui/status-chip';

/** Families with hyperparameters that the trainer searches. */
const TUNABLE: ReadonlySet<string> = new Set(Object.keys(STUDY_SPACES));

/** One candidate in full: scores per fold, cost, hyperparameters, members of an ensemble. */
@Component({
  selector: 'mw-candidate-panel',
  imports: [
    BytesPipe,
    CopyButton,
    CountPipe,
    DurationPipe,
    Icon,
    MatButton,
    PercentPipe,
    RouterLink,
    ScorePipe,
    SidePanel,
    StatusChip,
  ],
  template: `
    @let one = candidate();
    <mw-side-panel [heading]="one.label" (closed)="closed.emit()">
      <div class="mw-row">
        <mw-status [status]="one.status" />
        <span class="mw-muted">{{ family() }}</span>
        <code class="mw-muted">{{ one.candidateId }}</code>
        <mw-copy [text]="one.candidateId" label="Copy candidate id" />
      </div>
      @if (fittable(); as why) {
        <div class="fit">
          @if (why === 'yes') {
            <button type="button" matButton="outlined" [disabled]="!canFit()" (click)="fitAsked.emit()">
              <mw-icon name="models" [size]="15" /> Fit this candidate
            </button>
            <p class="mw-small mw-muted">
              A new run fits it on all training rows, on the same folds, and keeps it as a model.
            </p>
          } @else {
            <p class="mw-small mw-muted">{{ why }}</p>
          }
        </div>
      }
      @if (tunable()) {
        <div class="fit">
          <button type="button" matButton="outlined" [disabled]="!canFit()" (click)="tuneAsked.emit()">
            <mw-icon name="settings" [size]="15" /> Tune
          </button>
          <p class="mw-small mw-muted">
            A study tries other hyperparameters on the same folds and shows which of them matter.
          </p>
        </div>
      }
      @if (one.reason) {
        <p class="mw-banner warning">{{ one.reason }}</p>
      }
      <dl class="mw-facts">
        <div>
          <dt>{{ run().metric.label }}</dt>
          <dd>{{ one.score | score }}</dd>
        </div>
        <div>
          <dt>95 % interval</dt>
          <dd>{{ interval() }}</dd>
        </div>
        <div>
          <dt>Against the best</dt>
          <dd>{{ against() }}</dd>
        </div>
        <div>
          <dt>Spread over folds</dt>
          <dd>{{ spread() }}</dd>
        </div>
        <div>
          <dt>Hold-out</dt>
          <dd>{{ one.holdoutScore | score }}</dd>
        </div>
        <div>
          <dt>Fit time, all folds</dt>
          <dd>{{ one.fitSeconds | duration }}</dd>
        </div>
        <div>
          <dt>Time per prediction</dt>
          <dd>{{ perRow() }}</dd>
        </div>
        <div>
          <dt>Size</dt>
          <dd>{{ one.sizeBytes | bytes }}</dd>
        </div>
        <div>
          <dt>Features after encoding</dt>
          <dd>{{ one.features | count }}</dd>
        </div>
        @if (one.threshold !== null) {
          <div>
            <dt>Decision threshold</dt>
            <dd>{{ one.threshold | score }}</dd>
          </div>
        }
      </dl>
      @if (one.foldScores.length > 0) {
        <section aria-labelledby="folds-title">
          <h3 id="folds-title">Folds</h3>
          <table class="mw-table plain">
            <tbody>
              @for (score of one.foldScores; track $index) {
                <tr>
                  <th scope="row">Fold {{ $index + 1 }}</th>
                  <td class="mw-num">{{ score | score }}</td>
                </tr>
              }
            </tbody>
          </table>
        </section>
      }
      @if (members().length > 0) {
        <section aria-labelledby="members-title">
          <h3 id="members-title">Members</h3>
          <table class="mw-table plain">
            <tbody>
              @for (member of members(); track member.id) {
                <tr>
                  <th scope="row">
                    <a
                      [routerLink]="[]"
                      [queryParams]="{ candidate: member.id }"
                      queryParamsHandling="merge"
                      >{{ member.label }}</a
                    >
                  </th>
                  <td class="mw-num">{{ member.weight | pct }}</td>
                </tr>
              }
            </tbody>
          </table>
        </section>
      }
      @if (parameters().length > 0) {
        <section aria-labelledby="parameters-title">
          <h3 id="parameters-title">Hyperparameters</h3>
          <table class="mw-table plain">
            <tbody>
              @for (parameter of parameters(); track parameter.name) {
                <tr>
                  <th scope="row">
                    <code>{{ parameter.name }}</code>
                  </th>
                  <td class="mw-num">{{ parameter.value }}</td>
                </tr>
              }
            </tbody>
          </table>
        </section>
      }
    </mw-side-panel>
  `,
  styles: `
    .fit {
      display: grid;
      gap: 6px;
      justify-items: start;
    }
    h3 {
      margin-bottom: 4px;
    }
    .plain th,
    .plain td {
      padding: 6px 0;
      font-weight: 400;
      white-space: normal;
    }
    .plain tr:last-child > th {
      border-bottom: 0;
    }
    .plain th {
      font-size: 14px;
    }
    .plain td {
      overflow-wrap: anywhere;
      white-space: normal;
    }
  `,
})
export class CandidatePanel {
  readonly run = input.required<Run>();
  readonly candidate = input.required<Candidate>();
  readonly all = input.required<readonly Candidate[]>();
  /** Whether the reader may start runs now. */
  readonly canFit = input(false);
  readonly closed = output();
  readonly fitAsked = output();
  readonly tuneAsked = output();

  /** `yes`, why not, or empty where the question does not arise. */
  protected readonly fittable = computed(() => {
    const one = this.candidate();
    const { winnerCandidateId, status, datasetId } = this.run();
    if (one.status !== 'succeeded' || one.isBaseline) return '';
    if (one.isEnsemble && status !== 'succeeded')
      return 'An ensemble can be fitted once its run has succeeded; its members one by one now.';
    if (status === 'succeeded' && winnerCandidateId === one.candidateId)
      return 'This is the model of the run.';
    if (datasetId === null) return 'Its dataset was deleted, so it cannot be fitted again.';
    return 'yes';
  });
  protected readonly tunable = computed(() => {
    const { status, isBaseline, isEnsemble, family } = this.candidate();
    return (
      status === 'succeeded' &&
      !isBaseline &&
      !isEnsemble &&
      TUNABLE.has(family) &&
      this.run().datasetId !== null
    );
  });
  protected readonly interval = computed(() => {
    const { low, high } = this.candidate();
    return low === null || high === null ? '–' : `${formatScore(low)} to ${formatScore(high)}`;
  });
  protected readonly spread = computed(() => {
    const { std, foldScores } = this.candidate();
    if (hasSpread(std)) return formatScore(std);
    return foldScores.length > 1 ? 'none: the same on each' : '–';
  });
  protected readonly against = computed(() => {
    const { tied, pValue, rank } = this.candidate();
    const chance = pValue === null ? '' : `, p\u202f=\u202f${formatNumber(pValue)}`;
    if (tied) return rank === 1 && pValue === null ? 'Tied for best' : `As good within chance${chance}`;
    return pValue === null ? '–' : `Worse${chance}`;
  });
  protected readonly perRow = computed(() => {
    const { predictMsPerRow, tooSlow } = this.candidate();
    if (predictMsPerRow === null) return '–';
    return `${formatDuration(predictMsPerRow / 1000)}${tooSlow ? ', too slow' : ''}`;
  });
  protected readonly family = computed(() => familyWord(this.candidate().family));
  protected readonly members = computed(() => {
    const labels = new Map(this.all().map((one) => [one.candidateId, one.label]));
    return this.candidate()
      .members.map((member) => ({
        id: member.candidateId,
        label: labels.get(member.candidateId) ?? member.candidateId,
        weight: member.weight,
      }))
      .sort((one, other) => other.weight - one.weight);
  });
  protected readonly parameters = computed(() =>
    Object.entries(this.candidate().hyperparameters).map(([name, value]) => ({ name, value: textOf(value) })),
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
