import { Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { Run } from '@modelwright/sdk';
import { formatNumber } from '../shared/format/numbers';
import { CountPipe, DurationPipe, PercentPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { foldsText } from '../shared/metrics/fold-words';
import { familyWord, taskWord } from '../shared/metrics/metric-words';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { RunStages } from './run-stages';
import { classWord, engineWord, memoryText, presetWord, validationWord } from './run-words';

/** What was asked of the run: enough to do it again. */
@Component({
  selector: 'mw-run-details',
  imports: [CopyButton, CountPipe, DurationPipe, Icon, PercentPipe, RouterLink, RunStages, TimeAgo],
  host: { class: 'mw-columns' },
  template: `
    @let one = run();
    <div class="mw-stack">
      <section class="mw-card" aria-labelledby="asked-title">
        <div class="mw-card-head"><h2 id="asked-title">What was asked</h2></div>
        <dl class="mw-card-body mw-rows">
          <dt>Dataset</dt>
          <dd>
            @if (one.datasetId) {
              <a
                [routerLink]="['/p', one.projectId, 'data', one.datasetId]"
                [queryParams]="{ v: one.versionNumber }"
                >{{ one.datasetName }}</a
              >
            } @else {
              {{ one.datasetName }} (deleted)
            }
            version {{ one.versionNumber }}, {{ one.rows | count }} rows
          </dd>
          <dt>Target</dt>
          <dd>
            @if (one.target) {
              <code>{{ one.target }}</code>,
            }
            {{ task() }}
          </dd>
          <dt>Metric</dt>
          <dd>
            {{ one.metric.label }}
            <p class="mw-small mw-muted">{{ one.metric.meaning }}</p>
          </dd>
          <dt>Time</dt>
          <dd>{{ preset() }}, {{ one.budgetSeconds | count }} s</dd>
          <dt>Validation</dt>
          <dd>{{ validation() }}</dd>
          <dt>Hold-out</dt>
          <dd>{{ one.holdoutFraction | pct }} of the rows</dd>
          @if (one.holdoutOpenedAt) {
            <dt>Hold-out opened</dt>
            <dd>
              by this run once, <mw-time [at]="one.holdoutOpenedAt" />
              @if (otherOpenings().length > 0) {
                <p class="mw-small mw-muted">
                  The same rows were also opened by
                  @for (look of otherOpenings(); track look.runId; let last = $last) {
                    <a [routerLink]="['/p', one.projectId, 'runs', look.runId]">{{ look.name }}</a>
                    (<mw-time [at]="look.openedAt" />){{ last ? '.' : ',' }}
                  }
                  Choosing by what several looks showed makes the figure optimistic; a new seed keeps other
                  rows aside.
                </p>
              }
            </dd>
          }
          @if (classes()) {
            <dt>Classes</dt>
            <dd>{{ classes() }}</dd>
          }
          @if (one.latencyBudgetMs !== null) {
            <dt>Time per prediction</dt>
            <dd>at most {{ one.latencyBudgetMs / 1000 | duration }}</dd>
          }
          <dt>Engine</dt>
          <dd>{{ engine() }}</dd>
          <dt>Queue class</dt>
          <dd>{{ runClass() }}</dd>
          <dt>Families</dt>
          <dd>{{ families() }}</dd>
          <dt>Seed</dt>
          <dd class="mw-number">{{ one.seed }}</dd>
          <dt>Limits</dt>
          <dd>{{ limits() }}</dd>
          <dt title="Of the table as it was read (Parquet), not of the uploaded file">Table SHA-256</dt>
          <dd class="hash">
            <code class="mw-ellipsis" [title]="one.dataSha256">{{ one.dataSha256 }}</code>
            <mw-copy [text]="one.dataSha256" label="Copy the data's SHA-256" />
          </dd>
          <dt>Started by</dt>
          <dd>{{ one.createdBy ?? 'somebody who left' }}</dd>
        </dl>
      </section>
      @if (one.warnings.length > 0) {
        <section class="mw-card" aria-labelledby="warned-title">
          <div class="mw-card-head"><h2 id="warned-title">Warnings at the start</h2></div>
          <ul class="mw-card-body mw-stack">
            @for (warning of one.warnings; track $index) {
              <li class="warning">
                <mw-icon [name]="warning.severity === 'info' ? 'info' : 'warning'" [size]="16" />{{
                  warning.detail
                }}
              </li>
            }
          </ul>
        </section>
      }
      @if (one.excludedColumns.length > 0) {
        <section class="mw-card" aria-labelledby="left-title">
          <div class="mw-card-head"><h2 id="left-title">Columns left out</h2></div>
          <dl class="mw-card-body mw-rows">
            @for (column of one.excludedColumns; track column.column) {
              <dt>
                <code>{{ column.column }}</code>
              </dt>
              <dd>{{ column.reason }}</dd>
            }
          </dl>
        </section>
      }
    </div>
    <section class="mw-card" aria-labelledby="stages-title">
      <div class="mw-card-head"><h2 id="stages-title">Stages</h2></div>
      <div class="mw-card-body"><mw-run-stages [run]="one" /></div>
    </section>
  `,
  styles: `
    dd a {
      text-decoration: underline;
    }
    .hash {
      display: flex;
      align-items: center;
      gap: 4px;
    }
    .warning {
      display: flex;
      gap: 8px;
    }
    .warning mw-icon {
      height: 20px;
      color: var(--mw-warning);
    }
  `,
})
export class RunDetails {
  readonly run = input.required<Run>();
  protected readonly otherOpenings = computed(() =>
    (this.run().holdoutOpenings ?? []).filter(({ runId }) => runId !== this.run().id),
  );
  protected readonly task = computed(() => taskWord(this.run().task).toLowerCase());
  protected readonly preset = computed(() => presetWord(this.run().preset));
  protected readonly validation = computed(() => {
    const { strategy, folds, column, repeats } = this.run().validation;
    if (this.run().task === 'clustering') return `${folds} resamples`;
    return `${foldsText({ folds, repeats })}, ${validationWord(strategy).toLowerCase()}${column ? `, by ${column}` : ''}`;
  });
  protected readonly families = computed(() => this.run().families.map(familyWord).join(', '));
  protected readonly limits = computed(() => {
    const { memoryMb, cpus, maxCandidates } = this.run().limits;
    const most = maxCandidates === null ? '' : `, at most ${maxCandidates} candidates`;
    return `${memoryText(memoryMb)} of memory, ${cpus} ${cpus === 1 ? 'core' : 'cores'}${most}`;
  });
  protected readonly engine = computed(() => engineWord(this.run().engine));
  protected readonly runClass = computed(() => classWord(this.run().class));
  /** Weights and costs, in a line. */
  protected readonly classes = computed(() => {
    const { classWeights, costMatrix } = this.run();
    const weights =
      classWeights === null
        ? ''
        : classWeights === 'balanced'
          ? 'balanced weights'
          : `weights ${Object.entries(classWeights)
              .map(([label, weight]) => `${label} ${formatNumber(weight)}`)
              .join(', ')}`;
    const costs =
      costMatrix === null
        ? ''
        : `costs ${costMatrix.costs.map((row) => row.map(formatNumber).join(' ')).join(' / ')} for ${costMatrix.labels.join(', ')}`;
    return [weights, costs].filter(Boolean).join('; ');
  });
}
