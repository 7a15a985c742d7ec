import { Injectable, computed, inject, resource, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import {
  type UpdateDatasetRequest,
  deleteDataset,
  downloadDataset,
  getDataset,
  getDatasetProfile,
  getDatasetRows,
  listDatasetVersions,
  updateDataset,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { toProblem } from '../shared/api/problem';
import type { GridSort, RowsLoader } from '../shared/grid/grid.types';
import { reloadOn } from '../shared/realtime/realtime';
import { saveFile } from '../shared/ui/save-file';
import { type RowFilter, filterText, parseFilters } from './row-filters';

type ColumnChange = NonNullable<UpdateDatasetRequest['columns']>[number];

/** One dataset as its URL asks for it: version, sort and filters are read from there and written there. */
@Injectable()
export class DatasetStore {
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly params = toSignal(this.route.paramMap, { initialValue: this.route.snapshot.paramMap });
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });

  readonly id = computed(() => this.params().get('dataset') ?? '');
  readonly version = computed(() => {
    const version = Number(this.query().get('v'));
    return Number.isInteger(version) && version > 0 ? version : undefined;
  });
  readonly sort = computed<GridSort | null>(
    () => {
      const column = this.query().get('sort');
      return column ? { column, descending: this.query().get('desc') === '1' } : null;
    },
    { equal: (one, other) => one?.column === other?.column && one?.descending === other?.descending },
  );
  readonly filters = computed(() => parseFilters(this.query().get('f') ?? undefined), {
    equal: (one, other) => filterText(one) === filterText(other),
  });

  readonly dataset = resource({
    params: () => this.id(),
    loader: ({ params, abortSignal }) =>
      call(getDataset({ path: { datasetId: params }, signal: abortSignal })),
  });
  readonly isReady = computed(() => this.dataset.hasValue() && this.dataset.value().status === 'ready');
  readonly profile = resource({
    params: () => (this.isReady() || this.version() ? { id: this.id(), version: this.version() } : undefined),
    loader: ({ params: { id, version }, abortSignal }) =>
      call(
        getDatasetProfile({
          path: { datasetId: id },
          query: version ? { version } : {},
          signal: abortSignal,
        }),
      ),
  });
  /** Fetched when its tab is open. */
  readonly versions = pages({
    params: () => (this.query().get('tab') === 'versions' ? this.id() : undefined),
    load: (datasetId, page, signal) =>
      call(listDatasetVersions({ path: { datasetId }, query: page, signal })),
  });
  /** Of the last change that was refused. */
  readonly problem = signal<unknown>(undefined);

  readonly rows = computed<RowsLoader>(() => {
    const query = this.rowsQuery();
    return async ({ offset, limit }) =>
      call(getDatasetRows({ path: { datasetId: this.id() }, query: { ...query, offset, limit } }));
  });
  private readonly rowsQuery = computed(() => {
    const sort = this.sort();
    const version = this.version();
    const filters = filterText(this.filters());
    return {
      ...(version ? { version } : {}),
      ...(filters ? { filters } : {}),
      ...(sort
        ? { sort: sort.column, descending: sort.descending ? ('true' as const) : ('false' as const) }
        : {}),
    };
  });

  constructor() {
    const isMine = (id: string): boolean => id === this.id();
    reloadOn(this.dataset, (event) => isMine(event.entity.id));
    reloadOn(this.versions.source, (event) => isMine(event.entity.id));
  }

  /** The whole value of a cell that the table shows cut. */
  async wholeCell(column: string, rowIndex: number): Promise<unknown> {
    const query = {
      ...this.rowsQuery(),
      offset: rowIndex,
      limit: 1,
      columns: JSON.stringify([column]),
      maxCellCharacters: 1_000_000,
    };
    const page = await call(getDatasetRows({ path: { datasetId: this.id() }, query }));
    return page.rows[0]?.[0];
  }

  sortBy(column: string): void {
    const now = this.sort();
    const isSame = now?.column === column;
    if (isSame && now.descending) this.navigate({ sort: null, desc: null });
    else this.navigate({ sort: column, desc: isSame ? '1' : null });
  }

  filterBy(filters: readonly RowFilter[]): void {
    this.navigate({ f: filterText(filters) });
  }

  setTarget(target: string | null): Promise<boolean> {
    return this.change({ target });
  }

  setColumn(change: ColumnChange): Promise<boolean> {
    return this.change({ columns: [change] });
  }

  async rename(name: string): Promise<void> {
    this.dataset.set(await call(updateDataset({ path: { datasetId: this.id() }, body: { name } })));
  }

  async delete(): Promise<void> {
    await call(deleteDataset({ path: { datasetId: this.id() } }));
  }

  async download(fileName: string, format: 'original' | 'parquet', version?: number): Promise<void> {
    const content: unknown = await call(
      downloadDataset({
        path: { datasetId: this.id() },
        query: version ? { format, version } : { format },
        parseAs: 'blob',
      }),
    );
    if (content instanceof Blob) saveFile(fileName, content);
  }

  /** Whether it was accepted; else `problem` says why not. */
  private async change(body: UpdateDatasetRequest): Promise<boolean> {
    this.problem.set(undefined);
    try {
      this.dataset.set(await call(updateDataset({ path: { datasetId: this.id() }, body })));
      this.profile.reload();
      return true;
    } catch (error) {
      this.problem.set(toProblem(error));
      return false;
    }
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
