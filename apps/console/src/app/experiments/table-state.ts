import type { ParamMap } from '@angular/router';

export type Show = 'runs' | 'candidates' | 'all';
export type Density = 'compact' | 'comfortable';

/** What the table shows; the URL says it, and a saved view keeps it. */
export interface TableState {
  readonly search: string;
  readonly sort: string;
  readonly show: Show;
  readonly columns: readonly string[];
  readonly density: Density;
}

export const DEFAULT_COLUMNS: readonly string[] = [
  'target',
  'dataset',
  'params.family',
  'score',
  'duration',
  'created',
];
export const DEFAULT_STATE: TableState = {
  search: '',
  sort: '-created',
  show: 'runs',
  columns: DEFAULT_COLUMNS,
  density: 'compact',
};

const SHOWN: readonly string[] = ['runs', 'candidates', 'all'];

export function stateOf(query: ParamMap, otherwise: TableState): TableState {
  const show = query.get('show');
  const density = query.get('density');
  const columns = query.getAll('col');
  return {
    search: query.get('q') ?? otherwise.search,
    sort: query.get('sort') ?? otherwise.sort,
    show: isShow(show) ? show : otherwise.show,
    columns: columns.length > 0 ? columns : otherwise.columns,
    density: density === 'compact' || density === 'comfortable' ? density : otherwise.density,
  };
}

/** Only what differs from the view is in the URL, so that it stays short. */
export function queryOf(
  state: TableState,
  otherwise: TableState,
): Record<string, string | readonly string[] | null> {
  const changed = <T extends string>(value: T, other: T): T | null => (value === other ? null : value);
  return {
    q: changed(state.search, otherwise.search),
    sort: changed(state.sort, otherwise.sort),
    show: changed(state.show, otherwise.show),
    density: changed(state.density, otherwise.density),
    col: sameList(state.columns, otherwise.columns) ? null : state.columns,
  };
}

export function sameState(left: TableState, right: TableState): boolean {
  return Object.values(queryOf(left, right)).every((value) => value === null);
}

/** A click on a header: descending first, then ascending, then the order of the view. */
export function nextSort(sort: string, field: string): string {
  if (sort === `-${field}`) return field;
  return sort === field ? DEFAULT_STATE.sort : `-${field}`;
}

/** The column moved by one place, or the same list where that is not possible. */
export function moved(columns: readonly string[], field: string, by: 1 | -1): readonly string[] {
  const from = columns.indexOf(field);
  const to = from + by;
  if (from < 0 || to < 0 || to >= columns.length) return columns;
  const next = [...columns];
  next.splice(from, 1);
  next.splice(to, 0, field);
  return next;
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

function isShow(value: string | null): value is Show {
  return value !== null && SHOWN.includes(value);
}
