import { Location } from '@angular/common';
import {
  Injectable,
  computed,
  effect,
  inject,
  linkedSignal,
  resource,
  signal,
  untracked,
} from '@angular/core';
import {
  type ModelPredictionResponse,
  type ModelVersion,
  getDatasetRows,
  predictWithModel,
} from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { ApiProblem, isAbort, toProblem } from '../../shared/api/problem';
import { sortProblem } from '../../shared/inputs/field-errors';
import { type Draft, type FieldDraft, type Row, draftFrom, rowFrom } from '../../shared/inputs/input-row';
import { type RealRow, realRow } from '../../shared/inputs/real-row';
import { Announcer } from '../../shared/ui/announcer';
import { ModelStore } from '../model.store';
import { chosenClass } from './class-picker';
import { queryState, rowOf, rowOfState } from './query-state';
import { changesOf, comparison } from './what-if-changes';

/** Long enough for a slider to come to rest, short enough to feel live. */
const DEBOUNCE_MS = 300;
/** A model that runs answers sooner than this. */
const SLOW_MS = 900;
const WHOLE_CELL = 1_000_000;

interface Answer {
  readonly row: Row;
  readonly response: ModelPredictionResponse;
  readonly atMs: number;
}

interface Failure {
  readonly row: Row;
  readonly problem: ApiProblem;
}

/** A real row, what was changed in it, and what the model says to it while it is being changed. */
@Injectable()
export class WhatIf {
  private readonly model = inject(ModelStore);
  private readonly announcer = inject(Announcer);
  private readonly query = queryState();
  private readonly version = computed(() =>
    this.model.version.hasValue() ? this.model.version.value() : undefined,
  );
  readonly contract = computed(() => this.version()?.contract);
  private readonly location = inject(Location);
  /** A row that was sent to an endpoint and is looked at here; it comes with the entry of the history. */
  readonly handed = computed(() =>
    this.query.get('from') === 'request' ? rowOfState(this.location.getState()) : undefined,
  );
  /** The row of the dataset that the URL names; undefined for the example of the model. */
  readonly rowIndex = computed(() => rowOf(this.query.get('row')));
  private readonly classToExplain = computed(() => {
    const contract = this.contract();
    return contract ? chosenClass(contract, this.query.get('class')) : null;
  });

  readonly original = resource({
    params: () => {
      const version = this.version();
      return version ? { version, row: this.rowIndex(), handed: this.handed() } : undefined;
    },
    loader: ({ params: { version, row, handed }, abortSignal }): Promise<RealRow> =>
      row === undefined && handed
        ? Promise.resolve({ row: { ...version.contract.example, ...handed }, actual: null })
        : fetchRow(version, row, abortSignal),
  });
  readonly start = computed<Row | undefined>(() =>
    this.original.hasValue() ? this.original.value().row : undefined,
  );
  private readonly draft = linkedSignal<Draft>(() => {
    const contract = this.contract();
    const start = this.start();
    return contract && start ? draftFrom(contract, start) : {};
  });
  readonly fields = this.draft.asReadonly();
  readonly row = computed<Row | undefined>(
    () => {
      const contract = this.contract();
      return contract && this.start() ? rowFrom(contract, this.draft()) : undefined;
    },
    { equal: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  /** The original as the form would send it, so that only what a person changed counts as changed. */
  private readonly originalRow = computed<Row>(() => {
    const contract = this.contract();
    const start = this.start();
    return contract && start ? rowFrom(contract, draftFrom(contract, start)) : {};
  });
  readonly changes = computed(() =>
    changesOf(this.contract()?.inputs ?? [], this.originalRow(), this.row() ?? {}),
  );

  private readonly answer = signal<Answer | undefined>(undefined);
  private readonly explained = signal<Answer | undefined>(undefined);
  private readonly failure = signal<Failure | undefined>(undefined);
  private readonly explainFailure = signal<ApiProblem | undefined>(undefined);
  private readonly predicting = signal(false);
  private readonly explaining = signal(false);
  private readonly slow = signal(false);
  private readonly again = signal(0);

  readonly isBusy = this.predicting.asReadonly();
  readonly isExplaining = this.explaining.asReadonly();
  readonly explainProblem = this.explainFailure.asReadonly();
  /** Whether the wait is that of a model that is being started. */
  readonly isStarting = computed(() => this.predicting() && this.slow() && !this.isFresh());
  readonly response = computed(() => this.answer()?.response);
  readonly prediction = computed(() => this.response()?.predictions[0]);
  readonly isOutdated = computed(
    () => this.answer() !== undefined && JSON.stringify(this.answer()?.row) !== JSON.stringify(this.row()),
  );
  readonly explanation = computed(() => this.explained()?.response.explanation ?? undefined);
  readonly isExplanationOutdated = computed(
    () => JSON.stringify(this.explained()?.row) !== JSON.stringify(this.row()),
  );
  readonly compared = computed(() => {
    const contract = this.contract();
    const [now, original] = this.response()?.predictions ?? [];
    return contract && now && original && this.changes().length > 0
      ? comparison(contract, original, now)
      : '';
  });
  private readonly sorted = computed(() => {
    const failure = this.failure();
    if (!failure) return undefined;
    const names = this.contract()?.inputs.map(({ name }) => name) ?? [];
    return { ...sortProblem(failure.problem, names), row: failure.row };
  });
  readonly problem = computed(() => this.sorted()?.rest);
  readonly errors = computed<ReadonlyMap<string, string>>(() => {
    const sorted = this.sorted();
    return new Map([...(sorted?.byField ?? [])].filter(([name]) => sorted?.row[name] === this.row()?.[name]));
  });
  readonly warnings = computed<ReadonlyMap<string, string>>(() => {
    const answer = this.answer();
    const row = this.row();
    const told = this.prediction()?.warnings ?? [];
    return new Map(
      told
        .filter(({ field }) => answer?.row[field] === row?.[field])
        .map(({ field, detail }) => [field, detail]),
    );
  });

  constructor() {
    effect((onCleanup) => {
      const row = this.row();
      const version = this.version();
      const label = this.classToExplain();
      this.again();
      if (!row || !version) return;
      const superseded = new AbortController();
      const isFirst = untracked(this.answer) === undefined;
      const timer = setTimeout(
        () => void this.ask(version.id, row, label, superseded.signal),
        isFirst ? 0 : DEBOUNCE_MS,
      );
      onCleanup(() => {
        clearTimeout(timer);
        superseded.abort();
      });
    });
    effect(() => {
      this.start();
      untracked(() => {
        this.answer.set(undefined);
        this.explained.set(undefined);
        this.failure.set(undefined);
      });
    });
  }

  change(name: string, change: Partial<FieldDraft>): void {
    this.draft.update((draft) => {
      const field = draft[name];
      return field ? { ...draft, [name]: { ...field, ...change } } : draft;
    });
  }

  reset(): void {
    const contract = this.contract();
    const start = this.start();
    if (contract && start) this.draft.set(draftFrom(contract, start));
  }

  /** Takes values over; fields that `row` does not name keep theirs. */
  fill(row: Row): void {
    const contract = this.contract();
    if (contract) this.draft.set(draftFrom(contract, { ...this.row(), ...row }));
  }

  retry(): void {
    this.again.update((count) => count + 1);
  }

  /** Whether the model answered so lately that it still runs, or needs no server to answer. */
  private isFresh(): boolean {
    const answer = this.answer();
    if (answer === undefined) return false;
    const { session } = answer.response;
    return session === null || Date.now() - answer.atMs < session.idleStopSeconds * 1000;
  }

  private async ask(
    modelVersionId: string,
    row: Row,
    label: string | null,
    superseded: AbortSignal,
  ): Promise<void> {
    const slow = setTimeout(() => this.slow.set(true), SLOW_MS);
    this.predicting.set(true);
    try {
      const response = await call(
        predictWithModel({
          path: { modelVersionId },
          body: { rows: [row, untracked(this.originalRow)] },
          signal: superseded,
        }),
      );
      if (superseded.aborted) return;
      this.failure.set(undefined);
      this.answer.set({ row, response, atMs: Date.now() });
      this.announcer.say(`Prediction: ${response.predictions[0]?.prediction ?? 'nothing'}`);
      void this.explain(modelVersionId, row, label, superseded);
    } catch (error) {
      if (superseded.aborted || isAbort(error)) return;
      this.failure.set({ row, problem: toProblem(error) });
      this.explaining.set(false);
    } finally {
      clearTimeout(slow);
      if (!superseded.aborted) {
        this.predicting.set(false);
        this.slow.set(false);
      }
    }
  }

  /** After the prediction, which must not wait for it: sampled contributions take longer. */
  private async explain(
    modelVersionId: string,
    row: Row,
    label: string | null,
    superseded: AbortSignal,
  ): Promise<void> {
    this.explaining.set(true);
    this.explainFailure.set(undefined);
    try {
      const response = await call(
        predictWithModel({
          path: { modelVersionId },
          body: { rows: [row], explain: true, class: label },
          signal: superseded,
        }),
      );
      if (!superseded.aborted) this.explained.set({ row, response, atMs: Date.now() });
    } catch (error) {
      if (!superseded.aborted && !isAbort(error)) this.explainFailure.set(toProblem(error));
    } finally {
      if (!superseded.aborted) this.explaining.set(false);
    }
  }
}

async function fetchRow(
  version: ModelVersion,
  row: number | undefined,
  signal: AbortSignal,
): Promise<RealRow> {
  if (row === undefined) return { row: version.contract.example, actual: null };
  const { datasetId, datasetVersionNumber } = version;
  const part = { offset: row, limit: 1, maxCellCharacters: WHOLE_CELL };
  const page =
    datasetId === null
      ? undefined
      : await call(
          getDatasetRows({
            path: { datasetId },
            query: datasetVersionNumber === null ? part : { ...part, version: datasetVersionNumber },
            signal,
          }),
        );
  const found = page && realRow(page, version.contract);
  if (found) return found;
  throw new ApiProblem({
    code: 'row-not-found',
    status: 404,
    title: `There is no row ${row + 1}`,
    detail: 'The table of this model does not have it. Choose another row.',
  });
}
