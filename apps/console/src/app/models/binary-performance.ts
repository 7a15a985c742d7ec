import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import type { ModelEvaluation } from '@modelwright/sdk';
import { CountPipe, NumberPipe, PercentPipe } from '../shared/format/pipes';
import { Field } from '../shared/ui/field';
import { DrawingCard } from './drawing-card';
import { calibrationDrawing, liftDrawing, precisionRecallDrawing, rocDrawing } from './performance-charts';
import { type Costs, cheapestThreshold, confusionsOf, figuresOf, nearestConfusion } from './threshold';

/** Two classes: what a threshold does and costs, and the curves over all thresholds. Threshold and costs live in the URL. */
@Component({
  selector: 'mw-binary-performance',
  imports: [CountPipe, DrawingCard, Field, MatButton, NumberPipe, PercentPipe],
  template: `
    <section class="mw-card" aria-labelledby="threshold-title">
      <div class="mw-card-head">
        <h2 id="threshold-title">Threshold and cost</h2>
        <span class="mw-small mw-muted">{{ rows() | count }} held-out rows</span>
      </div>
      <div class="mw-card-body split">
        <div class="mw-stack">
          <mw-field
            #slider
            [label]="'Call it “' + positive() + '” from a probability of ' + (threshold() | num)"
            help="Lower finds more of them and is wrong more often."
          >
            <input
              #range
              type="range"
              min="0"
              max="1"
              step="0.01"
              [id]="slider.controlId"
              [attr.aria-describedby]="slider.describedBy()"
              [value]="threshold()"
              (input)="show({ t: range.value })"
            />
          </mw-field>
          <div class="costs">
            <mw-field #fp [label]="'Cost of a false “' + positive() + '”'">
              <input
                #fpCost
                class="mw-input"
                type="number"
                min="0"
                step="any"
                [id]="fp.controlId"
                [value]="costs().falsePositive"
                (change)="show({ fp: fpCost.value })"
              />
            </mw-field>
            <mw-field #fn [label]="'Cost of a missed “' + positive() + '”'">
              <input
                #fnCost
                class="mw-input"
                type="number"
                min="0"
                step="any"
                [id]="fn.controlId"
                [value]="costs().falseNegative"
                (change)="show({ fn: fnCost.value })"
              />
            </mw-field>
          </div>
          @if (figures(); as now) {
            <p class="cost" role="status">
              Expected cost <strong class="mw-number">{{ now.cost | num }}</strong>, that is
              <strong class="mw-number">{{ now.costPerRow * 100 | num }}</strong> per 100 rows.
              @if (cheapest(); as best) {
                @if (best.threshold !== threshold()) {
                  <button type="button" matButton="text" (click)="show({ t: best.text })">
                    Use the cheapest threshold, {{ best.threshold | num }} (cost {{ best.cost | num }})
                  </button>
                } @else {
                  <span class="mw-muted">No threshold costs less.</span>
                }
              }
            </p>
            <dl class="mw-facts">
              <div>
                <dt>Right</dt>
                <dd>{{ now.accuracy | pct }}</dd>
              </div>
              <div>
                <dt>Precision</dt>
                <dd>{{ now.precision | pct }}</dd>
              </div>
              <div>
                <dt>Recall</dt>
                <dd>{{ now.recall | pct }}</dd>
              </div>
              <div>
                <dt>Specificity</dt>
                <dd>{{ now.specificity | pct }}</dd>
              </div>
            </dl>
          }
        </div>
        @if (confusion(); as at) {
          <div class="mw-table-scroll">
            <table class="matrix">
              <caption class="visually-hidden">
                Confusion matrix at threshold {{ threshold() }}
              </caption>
              <thead>
                <tr>
                  <td></td>
                  <th scope="col">Called {{ negative() }}</th>
                  <th scope="col">Called {{ positive() }}</th>
                </tr>
              </thead>
              <tbody>
                <tr>
                  <th scope="row">Is {{ negative() }}</th>
                  <td class="right" [style.--share]="shares().trueNegatives">
                    <strong>{{ at.trueNegatives | count }}</strong><span>left alone, right</span>
                  </td>
                  <td class="wrong" [style.--share]="shares().falsePositives">
                    <strong>{{ at.falsePositives | count }}</strong><span>false alarm</span>
                  </td>
                </tr>
                <tr>
                  <th scope="row">Is {{ positive() }}</th>
                  <td class="wrong" [style.--share]="shares().falseNegatives">
                    <strong>{{ at.falseNegatives | count }}</strong><span>missed</span>
                  </td>
                  <td class="right" [style.--share]="shares().truePositives">
                    <strong>{{ at.truePositives | count }}</strong><span>found</span>
                  </td>
                </tr>
              </tbody>
            </table>
          </div>
        }
      </div>
    </section>
    <div class="charts">
      @for (drawing of drawings(); track drawing.label) {
        <mw-drawing-card [drawing]="drawing" />
      }
    </div>
  `,
  styleUrl: './performance.scss',
})
export class BinaryPerformance {
  readonly evaluation = input.required<ModelEvaluation>();
  readonly binary = input.required<NonNullable<ModelEvaluation['binary']>>();
  /** From the URL. */
  readonly wishedThreshold = input<string>();
  readonly falsePositiveCost = input<string>();
  readonly falseNegativeCost = input<string>();
  private readonly router = inject(Router);

  private readonly all = computed(() => confusionsOf(this.binary()));
  protected readonly positive = computed(() => this.binary().positiveClass);
  protected readonly negative = computed(
    () => this.binary().labels.find((label) => label !== this.binary().positiveClass) ?? 'other',
  );
  protected readonly costs = computed<Costs>(() => ({
    falsePositive: costOf(this.falsePositiveCost(), 1),
    falseNegative: costOf(this.falseNegativeCost(), 1),
  }));
  protected readonly confusion = computed(() => {
    const wish = Number(this.wishedThreshold() ?? '0.5');
    return nearestConfusion(this.all(), Number.isFinite(wish) ? wish : 0.5);
  });
  protected readonly threshold = computed(() => this.confusion()?.threshold ?? 0.5);
  protected readonly figures = computed(() => {
    const at = this.confusion();
    return at && figuresOf(at, this.costs());
  });
  protected readonly cheapest = computed(() => {
    const best = cheapestThreshold(this.all(), this.costs());
    return best && { threshold: best.threshold, text: String(best.threshold), cost: figuresOf(best, this.costs()).cost };
  });
  protected readonly rows = computed(() => this.evaluation().holdout.rows);
  /** Of each actual class, the share that ended here: the depth of the cell's colour. */
  protected readonly shares = computed(() => {
    const at = this.confusion();
    const positives = (at?.truePositives ?? 0) + (at?.falseNegatives ?? 0) || 1;
    const negatives = (at?.trueNegatives ?? 0) + (at?.falsePositives ?? 0) || 1;
    return {
      truePositives: (at?.truePositives ?? 0) / positives,
      falseNegatives: (at?.falseNegatives ?? 0) / positives,
      trueNegatives: (at?.trueNegatives ?? 0) / negatives,
      falsePositives: (at?.falsePositives ?? 0) / negatives,
    };
  });
  protected readonly drawings = computed(() => {
    const binary = this.binary();
    const value = (name: string): number | undefined =>
      this.evaluation().holdout.metrics.find((metric) => metric.name === name)?.value;
    return [
      rocDrawing(binary, value('roc_auc')),
      precisionRecallDrawing(binary, value('average_precision')),
      calibrationDrawing(binary),
      liftDrawing(binary),
    ];
  });

  protected show(queryParams: Readonly<Record<string, string>>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }
}

function costOf(text: string | undefined, otherwise: number): number {
  const cost = Number(text);
  return text !== undefined && text !== '' && Number.isFinite(cost) && cost >= 0 ? cost : otherwise;
}
