import { Injectable, computed, inject, linkedSignal, signal } from '@angular/core';
import { type PredictResponse, explainPrediction, predict } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { formatPercent } from '../shared/format/numbers';
import { Announcer } from '../shared/ui/announcer';
import { DeploymentStore } from './deployment.store';
import { type DrawnRow, RandomRow } from './random-row';
import { sortProblem } from '../shared/inputs/field-errors';
import { type Draft, type FieldDraft, type Row, draftFrom, rowFrom } from '../shared/inputs/input-row';

interface Answer {
  readonly row: Row;
  readonly response: PredictResponse;
}

/** The row that is being tried and what the model said about it. The code tab writes the same row. */
@Injectable()
export class PredictionForm {
  private readonly store = inject(DeploymentStore);
  private readonly announcer = inject(Announcer);
  private readonly rows = inject(RandomRow);
  private readonly draft = linkedSignal<Draft>(() => {
    const contract = this.store.contract();
    return contract ? draftFrom(contract, contract.example) : {};
  });
  private readonly answer = signal<Answer | undefined>(undefined);
  private readonly failure = signal<{ readonly row: Row; readonly problem: ApiProblem } | undefined>(
    undefined,
  );
  private readonly working = signal(false);
  private readonly explained = signal<Answer | undefined>(undefined);
  private readonly explaining = signal(false);
  readonly isExplaining = this.explaining.asReadonly();
  /** Why the shown prediction could not be explained. */
  readonly explanationProblem = signal<ApiProblem | undefined>(undefined);

  readonly fields = this.draft.asReadonly();
  readonly isBusy = this.working.asReadonly();
  readonly row = computed<Row>(() => {
    const contract = this.store.contract();
    return contract ? rowFrom(contract, this.draft()) : {};
  });
  readonly response = computed(() => this.answer()?.response);
  readonly prediction = computed(() => this.response()?.predictions[0]);
  /** Where the shown prediction comes from, once somebody asked. */
  readonly explanation = computed(() => {
    const explained = this.explained();
    return explained && explained.row === this.answer()?.row ? explained.response.explanation : undefined;
  });
  /** The version that explained, where another one made the shown prediction. */
  readonly explainedBy = computed(() => {
    const explained = this.explained();
    const answered = this.answer();
    if (!explained || explained.row !== answered?.row) return undefined;
    const version = explained.response.model_version;
    return version === answered.response.model_version ? undefined : version;
  });
  /** Whether the form holds other values than the shown prediction was made from. */
  readonly isOutdated = computed(() => {
    const answer = this.answer();
    return answer !== undefined && JSON.stringify(answer.row) !== JSON.stringify(this.row());
  });
  private readonly drawn = signal<DrawnRow | undefined>(undefined);
  private readonly drawing = signal(false);
  readonly isDrawing = this.drawing.asReadonly();
  /** What the row in the form is. */
  readonly origin = computed(() => {
    if (this.isExample()) return 'A real row the model never saw in training';
    const drawn = this.drawn();
    const contract = this.store.contract();
    if (!drawn || !contract) return 'Your values';
    const asDrawn = JSON.stringify(rowFrom(contract, draftFrom(contract, drawn.row)));
    return asDrawn === JSON.stringify(this.row()) ? drawn.origin : 'Your values';
  });
  readonly isExample = computed(() => {
    const contract = this.store.contract();
    return (
      contract !== undefined &&
      JSON.stringify(rowFrom(contract, draftFrom(contract, contract.example))) === JSON.stringify(this.row())
    );
  });
  private readonly sorted = computed(() => {
    const failure = this.failure();
    if (!failure) return undefined;
    const names = this.store.contract()?.inputs.map((input) => input.name) ?? [];
    return { ...sortProblem(failure.problem, names), row: failure.row };
  });
  /** Messages of the server by field; one goes away as soon as its field is changed. */
  readonly errors = computed<ReadonlyMap<string, string>>(() => {
    const sorted = this.sorted();
    const row = this.row();
    if (!sorted) return new Map<string, string>();
    return new Map([...sorted.byField].filter(([name]) => sorted.row[name] === row[name]));
  });
  readonly problem = computed(() => this.sorted()?.rest);
  readonly warnings = computed<ReadonlyMap<string, string>>(() => {
    const answer = this.answer();
    const row = this.row();
    const warnings = answer?.response.predictions[0]?.warnings ?? [];
    return new Map(
      warnings
        .filter((warning) => answer?.row[warning.field] === row[warning.field])
        .map((warning) => [warning.field, warning.detail]),
    );
  });

  change(name: string, change: Partial<FieldDraft>): void {
    this.draft.update((draft) => {
      const field = draft[name];
      return field ? { ...draft, [name]: { ...field, ...change } } : draft;
    });
  }

  /** Back to the example row of the model. */
  reset(): void {
    const contract = this.store.contract();
    if (!contract) return;
    this.draft.set(draftFrom(contract, contract.example));
    this.failure.set(undefined);
  }

  /** Fills the form with a row drawn at random; `origin` says what it is. */
  async drawRow(): Promise<void> {
    const contract = this.store.contract();
    const modelVersionId = this.store.current()?.modelVersionId;
    if (!contract || modelVersionId === undefined || this.drawing()) return;
    this.drawing.set(true);
    try {
      const drawn = await this.rows.draw(modelVersionId, contract);
      this.draft.set(draftFrom(contract, drawn.row));
      this.drawn.set(drawn);
      this.failure.set(undefined);
      this.announcer.say(drawn.origin);
    } catch (error) {
      this.failure.set({ row: this.row(), problem: toProblem(error) });
    } finally {
      this.drawing.set(false);
    }
  }

  /** Takes values over; fields that `row` does not name keep theirs. @param origin what the row is, in words */
  fill(row: Row, origin?: string): void {
    const contract = this.store.contract();
    if (!contract) return;
    const whole = { ...this.row(), ...row };
    this.draft.set(draftFrom(contract, whole));
    this.drawn.set(origin === undefined ? undefined : { row: whole, origin });
    this.failure.set(undefined);
  }

  /** Asks where the shown prediction comes from. */
  async explain(): Promise<void> {
    const row = this.answer()?.row;
    if (!row || this.explaining()) return;
    this.explaining.set(true);
    this.explanationProblem.set(undefined);
    try {
      const path = { deploymentId: this.store.id() };
      const response = await call(explainPrediction({ path, body: { rows: [row] } }));
      this.explained.set({ row, response });
      this.announcer.say('The contributions are shown below the prediction.');
    } catch (error) {
      this.explanationProblem.set(toProblem(error));
    } finally {
      this.explaining.set(false);
    }
  }

  async predict(): Promise<void> {
    if (this.working() || !this.store.contract()) return;
    const row = this.row();
    this.working.set(true);
    this.failure.set(undefined);
    try {
      const response = await call(
        predict({ path: { deploymentId: this.store.id() }, body: { rows: [row] } }),
      );
      this.answer.set({ row, response });
      this.explanationProblem.set(undefined);
      this.announcer.say(spoken(response));
    } catch (error) {
      this.failure.set({ row, problem: toProblem(error) });
      const count = this.errors().size;
      if (count > 0)
        this.announcer.say(
          `Not predicted. ${count === 1 ? 'One field needs' : `${count} fields need`} a look.`,
        );
    } finally {
      this.working.set(false);
    }
  }
}

function spoken(response: PredictResponse): string {
  const first = response.predictions[0];
  if (!first) return 'The model gave no prediction.';
  if (first.abstained) return 'The endpoint abstains: no class is probable enough.';
  const probability = first.probabilities?.[String(first.prediction)];
  const sure = probability === undefined ? '' : `, ${formatPercent(probability)}`;
  return `Prediction: ${first.prediction ?? 'nothing'}${sure}`;
}
