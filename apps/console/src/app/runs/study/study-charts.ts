import { Component, computed, input, linkedSignal } from '@angular/core';
import type { Run, Trial, TrialList } from '@modelwright/sdk';
import { Chart, type ChartOption, type ChartTable } from '../../shared/charts/chart';
import { formatNumber, formatPercent, formatScore } from '../../shared/format/numbers';
import { Field } from '../../shared/ui/field';
import { parameterWords } from './parameter-words';
import { historyOption, importanceOption, parallelOption, sliceOption } from './study-options';
import { comparable, valueText } from './trials';

/** How a study went: score per trial, what matters, and where good values lie. */
@Component({
  selector: 'mw-study-charts',
  imports: [Chart, Field],
  host: { class: 'mw-stack' },
  template: `
    <section class="mw-card mw-card-body" aria-labelledby="history-title">
      <h2 id="history-title">Score per trial</h2>
      <mw-chart
        label="Score per trial"
        [option]="history()"
        [summary]="historyText()"
        [table]="historyTable()"
        [height]="230"
      />
    </section>
    <div class="pair">
      <section class="mw-card mw-card-body" aria-labelledby="importance-title">
        <h2 id="importance-title">What matters</h2>
        @if (list().importance; as found) {
          <mw-chart
            label="Importance of hyperparameters"
            [option]="importance()"
            [summary]="importanceText()"
            [table]="importanceTable()"
            [height]="importanceHeight()"
          />
          <p class="mw-small mw-muted">
            Share of the variation of the score over {{ found.trials }} complete trials. Method:
            {{ found.method }}.
          </p>
        } @else {
          <p class="mw-muted">Known after five complete trials with different scores.</p>
        }
      </section>
      <section class="mw-card mw-card-body" aria-labelledby="slice-title">
        <h2 id="slice-title">One hyperparameter</h2>
        <mw-field #sliceField label="Hyperparameter" [help]="chosen().meaning">
          <select
            #choice
            class="mw-input"
            [id]="sliceField.controlId"
            [attr.aria-describedby]="sliceField.describedBy()"
            (change)="parameter.set(choice.value)"
          >
            @for (one of choices(); track one.name) {
              <option [value]="one.name" [selected]="one.name === parameter()">{{ one.title }}</option>
            }
          </select>
        </mw-field>
        <mw-chart
          [label]="'Score by ' + chosen().title"
          [option]="slice()"
          [summary]="sliceText()"
          [table]="sliceTable()"
          [height]="210"
        />
      </section>
    </div>
    @if (names().length > 1 && complete().length > 1) {
      <section class="mw-card mw-card-body" aria-labelledby="parallel-title">
        <h2 id="parallel-title">All hyperparameters at once</h2>
        <p class="mw-small mw-muted">
          One line for each complete trial; the stronger the colour, the better.
        </p>
        <div class="scroll" tabindex="0" role="region" aria-label="Parallel coordinates">
          <mw-chart
            [style.min-width.px]="110 * (names().length + 1)"
            label="Hyperparameters and scores of all complete trials"
            [option]="parallel()"
            [summary]="historyText()"
            [table]="historyTable()"
            [height]="280"
          />
        </div>
      </section>
    }
  `,
  styles: `
    .pair {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr));
      gap: 20px;
    }
    section {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 10px;
      align-content: start;
    }
    .scroll {
      overflow-x: auto;
    }
  `,
})
export class StudyCharts {
  readonly run = input.required<Run>();
  readonly list = input.required<TrialList>();

  private readonly trials = computed(() => this.list().items);
  /** Hyperparameters are called here as everywhere else in the console. */
  private readonly wordOf = computed(() => {
    const { family } = this.list().study;
    return (name: string): string => parameterWords(family, name).title;
  });
  protected readonly choices = computed(() =>
    this.names().map((name) => ({ name, title: this.wordOf()(name) })),
  );
  protected readonly chosen = computed(() => parameterWords(this.list().study.family, this.parameter()));

  protected readonly complete = computed(() => this.trials().filter((trial) => comparable(trial) !== null));
  protected readonly names = computed(() => this.list().study.space.map(({ name }) => name), {
    equal: (one, other) => one.join() === other.join(),
  });
  /** The most important one first, once that is known. */
  protected readonly parameter = linkedSignal<string, string>({
    source: () => this.list().importance?.items[0]?.name ?? this.names()[0] ?? '',
    computation: (first, previous) => previous?.value || first,
  });
  private readonly metric = computed(() => this.run().metric);

  protected readonly history = computed<ChartOption>(() => historyOption(this.trials(), this.metric()));
  protected readonly importance = computed<ChartOption>(() =>
    importanceOption(this.list().importance?.items ?? [], this.wordOf()),
  );
  protected readonly slice = computed<ChartOption>(() =>
    sliceOption(this.trials(), this.dimension(), this.metric(), this.wordOf()),
  );
  protected readonly parallel = computed<ChartOption>(() =>
    parallelOption(this.complete(), this.list().study.space, this.metric(), this.wordOf()),
  );
  private readonly dimension = computed(() =>
    this.list().study.space.find(({ name }) => name === this.parameter()),
  );

  protected readonly historyText = computed(() => {
    const best = this.trials().find((trial) => trial.best);
    const count = this.trials().length;
    return best
      ? `Best ${this.metric().label} ${formatScore(best.score)} in trial ${best.number} of ${count}.`
      : `${count} trials, none complete yet.`;
  });
  protected readonly historyTable = computed<ChartTable>(() => ({
    columns: ['Trial', this.metric().label, 'State', ...this.choices().map(({ title }) => title)],
    rows: this.trials().map((trial) => [
      trial.number,
      formatScore(trial.score),
      trial.state,
      ...this.names().map((name) => valueText(trial.params[name])),
    ]),
  }));
  protected readonly importanceHeight = computed(() => 40 + 28 * (this.list().importance?.items.length ?? 0));
  protected readonly importanceText = computed(() => {
    const [first] = this.list().importance?.items ?? [];
    return first
      ? `${this.wordOf()(first.name)} explains ${formatPercent(first.importance)} of the variation.`
      : '';
  });
  protected readonly importanceTable = computed<ChartTable>(() => ({
    columns: ['Hyperparameter', 'Share'],
    rows: (this.list().importance?.items ?? []).map(({ name, importance }) => [
      this.wordOf()(name),
      formatNumber(importance),
    ]),
  }));
  protected readonly sliceText = computed(
    () => `${this.metric().label} of ${this.complete().length} complete trials by ${this.chosen().title}.`,
  );
  protected readonly sliceTable = computed<ChartTable>(() => ({
    columns: [this.chosen().title, this.metric().label, 'Trial'],
    rows: this.complete().map((trial: Trial) => [
      valueText(trial.params[this.parameter()]),
      formatScore(trial.score),
      trial.number,
    ]),
  }));
}
