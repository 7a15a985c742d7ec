import {
  DestroyRef,
  Injectable,
  computed,
  inject,
  linkedSignal,
  resource,
  signal,
  untracked,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type ExperimentRun,
  type ExperimentView,
  createExperimentView,
  deleteExperimentRuns,
  deleteExperimentView,
  exportExperimentRuns,
  listExperimentFields,
  listExperimentFieldValues,
  listExperimentRuns,
  listExperimentViews,
  tagExperimentRuns,
  updateExperimentRun,
  updateExperimentView,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { ProjectContext } from '../shared/project/project-context';
import { Realtime } from '../shared/realtime/realtime';
import { BLOCK, RunRows } from './run-rows';
import { DEFAULT_STATE, queryOf, stateOf, type TableState } from './table-state';

const SETTLE_MS = 400;
const MAX_REFRESHED = 100;

/** The table of runs as the URL describes it. */
@Injectable()
export class ExperimentsStore {
  private readonly project = inject(ProjectContext);
  private readonly route = inject(ActivatedRoute);
  private readonly router = inject(Router);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  readonly views = resource({
    params: () => this.project.id(),
    loader: async ({ params, abortSignal }) =>
      (
        await call(
          listExperimentViews({
            path: { projectId: params },
            query: { screen: 'table' },
            signal: abortSignal,
          }),
        )
      ).items,
  });
  readonly fields = resource({
    params: () => this.project.id(),
    loader: async ({ params, abortSignal }) =>
      (await call(listExperimentFields({ path: { projectId: params }, signal: abortSignal }))).items,
  });

  /** The view that is open: the one in the URL, else the default of the project. */
  readonly view = computed<ExperimentView | undefined>(() => {
    const views = this.views.hasValue() ? this.views.value() : [];
    const id = this.query().get('view');
    if (id === 'none') return undefined;
    return id === null ? views.find((view) => view.isDefault) : views.find((view) => view.id === id);
  });
  readonly base = computed<TableState>(() => {
    const state = this.view()?.state;
    return {
      search: state?.search ?? DEFAULT_STATE.search,
      sort: state?.sort ?? DEFAULT_STATE.sort,
      show: state?.show ?? DEFAULT_STATE.show,
      columns: state?.columns?.length ? state.columns : DEFAULT_STATE.columns,
      density: state?.density ?? DEFAULT_STATE.density,
    };
  });
  readonly state = computed(() => stateOf(this.query(), this.base()), {
    equal: (left, right) => JSON.stringify(left) === JSON.stringify(right),
  });
  /** Run whose details are open beside the table. */
  readonly openId = computed(() => this.query().get('run') ?? undefined);

  private readonly request = computed(
    () => {
      const projectId = this.project.id();
      // Until the views are known the default of the project is not, and the table would be drawn twice.
      if (!projectId || this.views.isLoading()) return undefined;
      const { search, sort, show, columns } = this.state();
      return { projectId, search, sort, show, columns };
    },
    { equal: (left, right) => JSON.stringify(left) === JSON.stringify(right) },
  );

  readonly rows = resource({
    params: () => this.request(),
    loader: async ({ params, abortSignal }): Promise<RunRows> => {
      const first = await this.page(params, { offset: 0, limit: BLOCK, count: true }, abortSignal);
      this.fresh.set(new Set());
      return new RunRows(first.total ?? first.items.length, first.items, (offset, limit, signal) =>
        this.page(params, { offset, limit, count: false }, signal),
      );
    },
  });
  /** What the last good answer held, so that a search that fails leaves the table in place. */
  readonly shown = linkedSignal<RunRows | undefined, RunRows | undefined>({
    source: () => (this.rows.hasValue() ? this.rows.value() : undefined),
    computation: (now, before) => now ?? before?.value,
  });
  /** Ids of runs that came or changed and are not on screen. */
  readonly fresh = signal<ReadonlySet<string>>(new Set());
  private readonly changed = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const stop = inject(Realtime).listen((event) => {
      if (event.entity.kind === 'run' || event.entity.kind === 'experiment-run') this.note(event.entity.id);
    });
    inject(DestroyRef).onDestroy(() => {
      clearTimeout(this.timer);
      stop();
      untracked(() => this.shown()?.stop());
    });
  }

  private page(
    request: NonNullable<ReturnType<typeof this.request>>,
    part: { offset: number; limit: number; count: boolean },
    signal: AbortSignal,
  ) {
    const { projectId, search, sort, show, columns } = request;
    return call(
      listExperimentRuns({
        path: { projectId },
        query: {
          sort,
          show,
          column: [...columns],
          offset: part.offset,
          limit: part.limit,
          ...(part.count ? { count: 'true' } : {}),
          ...(search.trim() === '' ? {} : { search }),
        },
        signal,
      }),
    );
  }

  private note(id: string): void {
    this.changed.add(id);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refreshChanged(), SETTLE_MS);
  }

  /** Rows on screen get their new values where they are; others are counted, so that nothing jumps. */
  private async refreshChanged(): Promise<void> {
    const ids = [...this.changed].slice(0, MAX_REFRESHED);
    this.changed.clear();
    const rows = this.shown();
    const request = this.request();
    if (!rows || !request) return;
    const here = ids.filter((id) => rows.has(id));
    const elsewhere = ids.filter((id) => !rows.has(id));
    if (elsewhere.length > 0) this.fresh.update((fresh) => new Set([...fresh, ...elsewhere]));
    if (here.length === 0) return;
    try {
      const found = await call(
        listExperimentRuns({
          path: { projectId: request.projectId },
          query: { id: here, show: 'all', column: [...request.columns], limit: MAX_REFRESHED },
        }),
      );
      rows.replace(found.items);
    } catch (error) {
      rows.problem.set(error);
    }
  }

  /** Changes the URL, and so the table. */
  set(patch: Partial<TableState>, options: { replaceUrl?: boolean } = {}): void {
    this.navigate({ ...queryOf({ ...this.state(), ...patch }, this.base()) }, options);
  }

  openView(view: ExperimentView | undefined): void {
    this.navigate({
      view: view
        ? view.isDefault
          ? null
          : view.id
        : this.views.value()?.some((one) => one.isDefault)
          ? 'none'
          : null,
      q: null,
      sort: null,
      show: null,
      density: null,
      col: null,
    });
  }

  open(run: string | null): void {
    this.navigate({ run });
  }

  private navigate(queryParams: Record<string, unknown>, options: { replaceUrl?: boolean } = {}): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams,
      queryParamsHandling: 'merge',
      ...options,
    });
  }

  async valuesOf(field: string, prefix: string): Promise<readonly string[]> {
    const projectId = this.project.id();
    if (!projectId) return [];
    const found = await call(
      listExperimentFieldValues({ path: { projectId }, query: { field, ...(prefix ? { prefix } : {}) } }),
    );
    return found.values.map(({ value }) => value);
  }

  async saveView(name: string, shared: boolean): Promise<ExperimentView> {
    const { search, sort, show, columns, density } = this.state();
    const view = await call(
      createExperimentView({
        path: { projectId: this.requireProject() },
        body: {
          screen: 'table',
          name,
          shared,
          state: { search, sort, show, columns: [...columns], density },
        },
      }),
    );
    this.views.reload();
    return view;
  }

  async updateView(view: ExperimentView, patch: { isDefault?: boolean; keepState?: boolean }): Promise<void> {
    const { search, sort, show, columns, density } = this.state();
    await call(
      updateExperimentView({
        path: { experimentViewId: view.id },
        body: {
          ...(patch.isDefault === undefined ? {} : { isDefault: patch.isDefault }),
          ...(patch.keepState ? { state: { search, sort, show, columns: [...columns], density } } : {}),
        },
      }),
    );
    this.views.reload();
  }

  async deleteView(view: ExperimentView): Promise<void> {
    await call(deleteExperimentView({ path: { experimentViewId: view.id } }));
    this.openView(undefined);
    this.views.reload();
  }

  async tag(ids: readonly string[], name: string, value: string | null): Promise<void> {
    await call(
      tagExperimentRuns({
        path: { projectId: this.requireProject() },
        body: { ids: [...ids], tags: { [name]: value } },
      }),
    );
    this.fields.reload();
    for (const id of ids) this.note(id);
  }

  async rename(run: ExperimentRun, name: string): Promise<void> {
    await call(updateExperimentRun({ path: { experimentRunId: run.id }, body: { name } }));
    this.note(run.id);
  }

  async delete(ids: readonly string[]) {
    const result = await call(
      deleteExperimentRuns({ path: { projectId: this.requireProject() }, body: { ids: [...ids] } }),
    );
    this.rows.reload();
    return result;
  }

  /** What is on screen, all pages of it, or only some runs. */
  async csv(ids: readonly string[]): Promise<Blob> {
    const { search, sort, show, columns } = this.state();
    const content = await call(
      exportExperimentRuns({
        path: { projectId: this.requireProject() },
        query: {
          sort,
          show: ids.length > 0 ? 'all' : show,
          column: [...columns],
          ...(ids.length > 0 ? { id: [...ids] } : search.trim() === '' ? {} : { search }),
        },
        parseAs: 'blob',
      }),
    );
    return content as unknown as Blob;
  }

  private requireProject(): string {
    const id = this.project.id();
    if (!id) throw new Error('The table of runs is inside a project.');
    return id;
  }
}
