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
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type CreateRunRequest,
  type Run,
  type RunPreview,
  createRun,
  getDatasetProfile,
  listDatasets,
  previewRun,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { idempotencyKey } from '../shared/api/idempotency-key';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { remembered } from '../shared/ui/remembered';
import { withAsked } from './asked-draft';
import { TYPED_FIELDS, TYPED_LABELS, type TypedProblems, typedProblems, withoutProblems } from './run-bounds';
import {
  EMPTY_DRAFT,
  PRESETS,
  type RunDraft,
  type Task,
  parseDraft,
  toRequest,
  withoutColumn,
  withTask,
  withoutTargetChoices,
} from './run-draft';

const PREVIEW_DELAY_MS = 250;

/** A run before it starts: the dataset and target of the URL, the choices of the page, and what they would do. */
@Injectable()
export class NewRunStore {
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly project = inject(ProjectContext);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });
  /** Pressed twice, the same request starts one run; a changed request is another intention. */
  private attempt: { readonly body: string; readonly key: string } | undefined;

  readonly datasetId = computed(() => this.query().get('dataset') ?? this.onlyDataset());
  readonly version = computed(() => {
    const version = Number(this.query().get('v'));
    return Number.isInteger(version) && version > 0 ? version : undefined;
  });
  readonly target = computed(() => this.query().get('target') ?? undefined);

  readonly datasets = resource({
    params: () => this.project.id(),
    loader: async ({ params, abortSignal }) =>
      (await call(listDatasets({ path: { projectId: params }, query: { limit: 200 }, signal: abortSignal })))
        .items,
  });
  /** Where there is one table, nobody has to choose it. */
  private readonly onlyDataset = computed(() => {
    const known = this.datasets.hasValue() ? this.datasets.value() : [];
    const [only] = known;
    return known.length === 1 && only ? only.id : '';
  });
  readonly dataset = computed(() =>
    this.datasets.hasValue() ? this.datasets.value().find((one) => one.id === this.datasetId()) : undefined,
  );
  readonly isReady = computed(() => this.dataset()?.status === 'ready');
  readonly profile = resource({
    params: () => (this.isReady() ? { datasetId: this.datasetId(), version: this.version() } : undefined),
    loader: ({ params: { datasetId, version }, abortSignal }) =>
      call(
        getDatasetProfile({
          path: { datasetId },
          query: version ? { version } : {},
          signal: abortSignal,
        }),
      ),
  });
  readonly columns = computed(() => (this.profile.hasValue() ? this.profile.value().columns : []));

  /** Choices that the reader made before on this dataset. Read once: what is being chosen is more than is remembered. */
  readonly draft = linkedSignal<string, RunDraft>({
    source: this.datasetId,
    computation: (id) => {
      const known = withoutProblems(
        (id && untracked(() => parseDraft(remembered(`mw.run.${id}`, '')()))) || EMPTY_DRAFT,
      );
      // A link may ask for a preset, as the one after a failure does.
      const asked = PRESETS.find((preset) => preset.id === untracked(this.query).get('preset'));
      const preset = asked ? { ...known, preset: asked.id } : known;
      // One after outcomes were made into data asks for a run like the one before.
      const draft = withAsked(preset, untracked(this.query));
      // One after a finding asks for a column to be left out.
      return untracked(this.query)
        .getAll('exclude')
        .reduce((left, column) => withoutColumn(left, column), draft);
    },
  });
  /** The values that were typed and cannot be sent. None of them is left out in silence: nothing is sent at all. */
  readonly typed = computed<TypedProblems>(() => typedProblems(this.draft()));
  /** The fields of those values, by their labels. */
  readonly unusable = computed(() => {
    const typed = this.typed();
    return TYPED_FIELDS.flatMap((field) => (typed[field] ? [TYPED_LABELS[field]] : []));
  });
  readonly request = computed<CreateRunRequest | undefined>(() => {
    if (!this.isReady() || this.unusable().length > 0) return undefined;
    const subject = { datasetId: this.datasetId(), versionNumber: this.version(), target: this.target() };
    return toRequest(subject, this.draft());
  });
  private readonly settled = signal<CreateRunRequest | undefined>(undefined);
  readonly preview = resource({
    params: () => this.settled(),
    loader: ({ params, abortSignal }) =>
      call(previewRun({ path: { projectId: this.project.id() ?? '' }, body: params, signal: abortSignal })),
  });
  /** The last preview stays while the next one is made. */
  readonly plan = linkedSignal<RunPreview | undefined, RunPreview | undefined>({
    source: () => (this.preview.hasValue() ? this.preview.value() : undefined),
    computation: (next, previous) => next ?? previous?.value,
  });
  readonly isCurrent = computed(() => this.preview.hasValue() && this.settled() === this.request());

  readonly isClustering = computed(() => this.plan()?.task === 'clustering');
  /** What is in the way of each field, found by its pointer. */
  readonly blocked = computed(() => {
    const at = (pointer: string): string | undefined =>
      this.plan()?.blockers.find((blocker) => blocker.pointer.replace(/^#/, '').startsWith(pointer))?.detail;
    const typed = this.typed();
    return {
      target: at('/target'),
      task: at('/task'),
      metric: at('/metric'),
      budgetSeconds: typed.budgetSeconds ?? at('/budgetSeconds'),
      strategy: at('/validation/strategy'),
      column: at('/validation/column'),
      folds: typed.folds ?? at('/validation/folds'),
      repeats: typed.repeats ?? at('/validation/repeats'),
      families: at('/families'),
      weights: typed.weights ?? at('/classWeights'),
      costs: typed.costs ?? at('/costMatrix'),
      engine: at('/engine'),
      latency: typed.latencyBudgetMs ?? at('/latencyBudgetMs'),
      memory: typed.memoryMb ?? at('/limits/memoryMb'),
      cpus: typed.cpus ?? at('/limits/cpus'),
      candidates: typed.maxCandidates ?? at('/limits/maxCandidates'),
      class: at('/class'),
      seed: typed.seed ?? at('/seed'),
      name: at('/name'),
    };
  });

  constructor() {
    effect((onCleanup) => {
      const request = this.request();
      const delayMs = untracked(this.settled) ? PREVIEW_DELAY_MS : 0;
      const timer = setTimeout(() => this.settled.set(request), delayMs);
      onCleanup(() => clearTimeout(timer));
    });
    reloadOn(this.datasets, (event) => event.entity.kind === 'dataset');
  }

  change(change: Partial<RunDraft>): void {
    this.setDraft({ ...this.draft(), ...change });
  }

  setDraft(draft: RunDraft): void {
    this.draft.set(draft);
    const { name: _, ...kept } = withoutProblems(draft);
    remembered(`mw.run.${this.datasetId()}`, '').set(JSON.stringify(kept));
  }

  chooseDataset(dataset: string): void {
    this.navigate({ dataset: dataset || null, target: null, v: null });
  }

  chooseTask(task: Task): void {
    this.setDraft(withTask(this.draft(), task));
  }

  chooseTarget(target: string | null): void {
    this.setDraft(withoutTargetChoices(this.draft()));
    this.navigate({ target });
  }

  /** @throws ApiProblem */
  start(): Promise<Run> {
    const request = this.request();
    const projectId = this.project.id();
    if (!request || !projectId) throw new Error('There is nothing to start yet.');
    const body = JSON.stringify(request);
    if (this.attempt?.body !== body) this.attempt = { body, key: idempotencyKey() };
    return call(
      createRun({ path: { projectId }, body: request, headers: { 'Idempotency-Key': this.attempt.key } }),
    );
  }

  private navigate(queryParams: Readonly<Record<string, string | null>>): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams,
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}
