import { Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { Deployment, ModelVersion } from '@modelwright/sdk';
import { formatScore } from '../shared/format/numbers';
import { BytesPipe, CountPipe, ScorePipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { metricLabel, metricMeaning, taskWord } from '../shared/metrics/metric-words';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';
import { ImportanceBars } from './importance-bars';
import { SignatureTable } from './signature-table';

const CHECK_ICONS = { passed: 'check-circle', warning: 'warning', failed: 'cross-circle' } as const;

/** How good it is in words and numbers, what it was made of, and what it takes. */
@Component({
  selector: 'mw-summary-tab',
  imports: [
    BytesPipe,
    CopyButton,
    CountPipe,
    Icon,
    ImportanceBars,
    RouterLink,
    ScorePipe,
    SignatureTable,
    StatusChip,
    TimeAgo,
  ],
  host: { class: 'mw-stack' },
  template: `
    @let one = version();
    <section class="mw-card verdict" aria-labelledby="verdict-title">
      <h2 id="verdict-title">{{ one.sentence }}</h2>
      <p class="mw-muted">
        Judged on {{ one.evaluation.holdout.rows | count }} rows that it never saw. {{ againstBaseline() }}
      </p>
    </section>
    <div class="mw-columns">
      <div class="mw-stack">
        <section class="mw-card" aria-labelledby="metrics-title">
          <div class="mw-card-head">
            <h2 id="metrics-title">Metrics on the hold-out</h2>
            <span class="mw-small mw-muted">with 95 % intervals</span>
          </div>
          <table class="mw-table">
            <tbody>
              @for (metric of metrics(); track metric.name) {
                <tr>
                  <th scope="row">
                    <span class="metric"
                      >{{ metric.label }}
                      @if (metric.optimised) {
                        <span class="mw-chip">optimised</span>
                      }
                    </span>
                    <span class="mw-small mw-muted meaning">{{ metric.meaning }}</span>
                  </th>
                  <td class="mw-num">
                    <strong>{{ metric.value | score }}</strong> <span aria-hidden="true">{{ metric.arrow }}</span>
                    <span class="visually-hidden">{{ metric.better }}</span>
                    <span class="mw-small mw-muted interval">{{ metric.interval }}</span>
                  </td>
                </tr>
              }
            </tbody>
          </table>
        </section>
        @if (one.evaluation.importance; as importance) {
          <section class="mw-card" aria-labelledby="importance-title">
            <div class="mw-card-head"><h2 id="importance-title">What it looks at</h2></div>
            <div class="mw-card-body"><mw-importance-bars [importance]="importance" /></div>
          </section>
        }
      </div>
      <div class="mw-stack">
        <section class="mw-card" aria-labelledby="made-title">
          <div class="mw-card-head"><h2 id="made-title">Made of</h2></div>
          <dl class="mw-card-body mw-rows">
            <dt>Winner</dt>
            <dd>{{ one.winner.label }}</dd>
            <dt>Run</dt>
            <dd>
              <a [routerLink]="['/p', one.projectId, 'runs', one.runId]">{{ one.runName }}</a>
            </dd>
            <dt>Data</dt>
            <dd>
              <a
                [routerLink]="['/p', one.projectId, 'data', one.datasetId]"
                [queryParams]="{ v: one.datasetVersionNumber }"
                >{{ one.datasetName }}</a
              >
              version {{ one.datasetVersionNumber }}
            </dd>
            <dt>Predicts</dt>
            <dd>
              <code>{{ one.target }}</code> <span class="mw-muted">{{ task() }}</span>
            </dd>
            <dt>Code</dt>
            <dd>runtime {{ one.runtimeVersion }}</dd>
            <dt>Seed</dt>
            <dd class="mw-number">{{ one.seed }}</dd>
            <dt>Made</dt>
            <dd>
              <mw-time [at]="one.createdAt" />
              @if (one.createdBy) {
                by {{ one.createdBy }}
              }
            </dd>
            <dt>Artifact</dt>
            <dd>{{ one.sizeBytes | bytes }}</dd>
            <dt>SHA-256</dt>
            <dd class="hash">
              <code class="mw-ellipsis" [title]="one.artifactSha256">{{ one.artifactSha256 }}</code>
              <mw-copy [text]="one.artifactSha256" label="Copy the artifact's SHA-256" />
            </dd>
            <dt>Data SHA-256</dt>
            <dd class="hash">
              <code class="mw-ellipsis" [title]="one.dataSha256">{{ one.dataSha256 }}</code>
              <mw-copy [text]="one.dataSha256" label="Copy the data's SHA-256" />
            </dd>
          </dl>
        </section>
        @if (deployments().length > 0) {
          <section class="mw-card" aria-labelledby="live-title">
            <div class="mw-card-head"><h2 id="live-title">Where it is served</h2></div>
            <ul class="mw-card-body mw-stack-tight">
              @for (deployment of deployments(); track deployment.id) {
                <li class="mw-row">
                  <a class="mw-grow" [routerLink]="['/p', deployment.projectId, 'deployments', deployment.id]">{{
                    deployment.name
                  }}</a>
                  <span class="mw-small mw-muted">version {{ deployment.modelVersionNumber }}</span>
                  <mw-status [status]="deployment.observedState" />
                </li>
              }
            </ul>
          </section>
        }
        @if (one.checks.length > 0) {
          <section class="mw-card" aria-labelledby="checks-title">
            <div class="mw-card-head"><h2 id="checks-title">Checks</h2></div>
            <ul class="mw-card-body mw-stack checks">
              @for (check of checks(); track check.code) {
                <li [class]="check.status">
                  <mw-icon [name]="check.icon" [size]="16" />
                  <span
                    >{{ check.label }} <span class="visually-hidden">({{ check.status }})</span
                    ><span class="mw-small mw-muted">{{ check.detail }}</span></span
                  >
                </li>
              }
            </ul>
          </section>
        }
        <section class="mw-card" aria-labelledby="environment-title">
          <div class="mw-card-head">
            <h2 id="environment-title">Environment</h2>
            <mw-copy [text]="requirements()" label="Copy as requirements" />
          </div>
          <dl class="mw-card-body mw-rows packages">
            <dt>Python</dt>
            <dd class="mw-number">{{ one.environment.python }}</dd>
            @for (entry of packages(); track entry.name) {
              <dt>{{ entry.name }}</dt>
              <dd class="mw-number">{{ entry.version }}</dd>
            }
          </dl>
        </section>
      </div>
    </div>
    <section class="mw-card" aria-labelledby="signature-title">
      <div class="mw-card-head">
        <h2 id="signature-title">Signature</h2>
        <span class="mw-small mw-muted">{{ one.contract.inputs.length }} inputs, gives {{ output() }}</span>
      </div>
      <mw-signature-table [contract]="one.contract" />
    </section>
  `,
  styles: `
    .verdict {
      display: grid;
      gap: 4px;
      padding: 18px 20px;
    }
    .verdict h2 {
      font-size: 20px;
      line-height: 28px;
    }
    tbody th {
      padding: 10px 12px 10px 20px;
      color: inherit;
      font-size: 14px;
      white-space: normal;
    }
    .metric {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      align-items: center;
    }
    .meaning,
    .interval,
    .checks .mw-small {
      display: block;
      font-weight: 400;
    }
    .hash {
      display: flex;
      align-items: center;
      gap: 4px;
    }
    .checks li {
      display: flex;
      gap: 10px;
    }
    .checks mw-icon {
      height: 20px;
    }
    .passed mw-icon {
      color: var(--mw-success);
    }
    .warning mw-icon {
      color: var(--mw-warning);
    }
    .failed mw-icon {
      color: var(--mat-sys-error);
    }
    .packages {
      gap: 4px 24px;
    }
  `,
})
export class SummaryTab {
  readonly version = input.required<ModelVersion>();
  readonly deployments = input<readonly Deployment[]>([]);

  protected readonly task = computed(() => taskWord(this.version().task).toLowerCase());
  protected readonly metrics = computed(() =>
    this.version().metrics.map((metric) => ({
      name: metric.name,
      label: metricLabel(metric.name),
      meaning: metricMeaning(metric.name),
      value: metric.value,
      optimised: metric.name === this.version().metric.name,
      arrow: metric.greaterIsBetter ? '↑' : '↓',
      better: metric.greaterIsBetter ? 'higher is better' : 'lower is better',
      interval:
        metric.low == null || metric.high == null
          ? ''
          : `${formatScore(metric.low)} to ${formatScore(metric.high)}`,
    })),
  );
  protected readonly againstBaseline = computed(() => {
    const { metric, evaluation } = this.version();
    const baseline = evaluation.baseline?.holdoutScore ?? evaluation.baseline?.score;
    return baseline == null
      ? ''
      : `${metricLabel(metric.name)} ${formatScore(metric.value)}; always guessing scores ${formatScore(baseline)}.`;
  });
  protected readonly checks = computed(() =>
    this.version().checks.map((check) => ({ ...check, icon: CHECK_ICONS[check.status] })),
  );
  protected readonly packages = computed(() =>
    Object.entries(this.version().environment.packages)
      .map(([name, version]) => ({ name, version }))
      .sort((one, other) => one.name.localeCompare(other.name)),
  );
  protected readonly requirements = computed(() =>
    this.packages()
      .map(({ name, version }) => `${name}==${version}`)
      .join('\n'),
  );
  protected readonly output = computed(() => {
    const { output } = this.version().contract;
    return output.kind === 'number' ? 'a number' : `one of ${(output.classes ?? []).join(', ')}`;
  });
}
