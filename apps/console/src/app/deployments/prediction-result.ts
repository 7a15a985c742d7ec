import { Component, computed, inject, input } from '@angular/core';
import type { ModelContract } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../shared/format/numbers';
import { ProbabilityBars } from '../shared/inputs/probability-bars';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { intervalWords } from './interval-words';
import { latencyText } from './latency';
import { DeploymentStore } from './deployment.store';
import { ExplanationView } from './explanation-view';
import { PredictionForm } from './prediction-form';
import { remarkGroups } from './remark-groups';

/** What the model said to the row in the form. */
@Component({
  selector: 'mw-prediction-result',
  imports: [CopyButton, ExplanationView, Icon, ProbabilityBars],
  host: { class: 'mw-card', role: 'region', 'aria-label': 'Prediction' },
  template: `
    <div class="mw-card-head">
      <h2>Prediction</h2>
      @if (form.isOutdated()) {
        <span class="outdated mw-small"><mw-icon name="dot" [size]="14" /> values changed since</span>
      }
    </div>
    @if (form.prediction(); as prediction) {
      <div class="mw-card-body mw-stack" [class.faded]="form.isOutdated() || form.isBusy()">
        <div>
          <p class="mw-small mw-muted">{{ contract().target?.name ?? 'Group' }}</p>
          <p class="value mw-number">{{ value() }}</p>
          @if (prediction.abstained) {
            <p class="mw-small mw-muted">{{ abstainNote() }}</p>
          }
          @if (prediction.interval) {
            <p class="mw-small mw-muted">{{ intervalText() }}</p>
          }
        </div>
        <mw-probability-bars [probabilities]="prediction.probabilities" [predicted]="prediction.prediction" />
        @if (thresholdNote(); as note) {
          <p class="mw-small mw-muted">{{ note }}</p>
        }
        @for (group of remarks(); track group.title) {
          <section class="mw-small remarks" [attr.aria-label]="group.title">
            <h3><mw-icon name="warning" [size]="14" /> {{ group.title }}</h3>
            <ul>
              @for (warning of group.warnings; track warning.field) {
                <li>
                  <strong>{{ warning.field }}</strong> {{ warning.detail }}
                </li>
              }
            </ul>
          </section>
        }
        <mw-explanation-view [target]="contract().target?.name ?? 'the group'" />
        @if (form.response(); as response) {
          <dl class="mw-rows mw-small facts">
            <dt>Answered in</dt>
            <dd class="mw-number">{{ latency() }}</dd>
            <dt>Model version</dt>
            <dd>{{ response.model_version }}</dd>
            <dt>Request</dt>
            <dd class="id">
              <code class="mw-ellipsis">{{ response.request_id }}</code>
              <mw-copy [text]="response.request_id" label="Copy request id" />
            </dd>
          </dl>
        }
      </div>
    } @else {
      <div class="mw-card-body waiting">
        <mw-icon name="bolt" [size]="22" />
        <p class="mw-muted">
          {{
            form.isExample() ? 'The row in the form is real: it was set aside before training. ' : ''
          }}Predict to see what the model says to it.
        </p>
      </div>
    }
  `,
  styles: `
    :host {
      display: block;
    }
    .value {
      font-size: 28px;
      font-weight: 600;
      line-height: 36px;
      overflow-wrap: anywhere;
    }
    .faded {
      opacity: 0.6;
    }
    .outdated {
      display: inline-flex;
      align-items: center;
      gap: 4px;
      color: var(--mw-warning);
    }
    .remarks h3 {
      display: flex;
      gap: 4px;
      align-items: center;
      margin-bottom: 4px;
      font-weight: 600;
      color: var(--mw-warning);
    }
    .remarks ul {
      display: grid;
      gap: 4px;
      overflow-wrap: anywhere;
    }
    .facts {
      padding-top: 14px;
      border-top: 1px solid var(--mat-sys-outline-variant);
      gap: 4px 16px;
      align-items: center;
    }
    .id {
      display: flex;
      align-items: center;
      gap: 4px;
    }
    .waiting {
      display: flex;
      gap: 12px;
      align-items: flex-start;
    }
    .waiting mw-icon {
      color: var(--mat-sys-primary);
    }
  `,
})
export class PredictionResult {
  readonly contract = input.required<ModelContract>();
  protected readonly form = inject(PredictionForm);
  private readonly store = inject(DeploymentStore);

  protected readonly value = computed(() => {
    if (this.form.prediction()?.abstained) return 'No answer';
    const value = this.form.prediction()?.prediction;
    const unit = this.contract().output.unit;
    const text = typeof value === 'number' ? formatNumber(value) : (value ?? 'no value');
    return unit ? `${text} ${unit}` : text;
  });
  protected readonly abstainNote = computed(() => {
    const below = this.store.current()?.abstainBelow;
    return below == null
      ? 'No class was probable enough.'
      : `The endpoint abstains: no class has the ${formatPercent(below)} that it wants to give an answer.`;
  });
  protected readonly intervalText = computed(() => {
    const interval = this.form.prediction()?.interval;
    if (!interval) return '';
    return intervalWords(interval, this.store.current()?.predictionInterval?.rows ?? null);
  });
  protected readonly thresholdNote = computed(() => {
    const { positiveClass: positive, threshold } = this.contract().output;
    if (this.contract().task !== 'binary' || !positive || !this.form.prediction()?.probabilities) return '';
    return `The model says “${positive}” when its probability is at least ${formatPercent(threshold ?? 0.5)}. Read the probability itself if the two mistakes cost you differently.`;
  });
  protected readonly remarks = computed(() => remarkGroups(this.form.prediction()?.warnings ?? []));
  protected readonly latency = computed(() => latencyText(this.form.response()?.latency_ms ?? null));
}
