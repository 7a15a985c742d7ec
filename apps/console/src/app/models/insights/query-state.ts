import { type Signal, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, type ParamMap, Router } from '@angular/router';
import type { Row } from '../../shared/inputs/input-row';

export interface QueryState {
  readonly params: Signal<ParamMap>;
  get(name: string): string | undefined;
  /** `null` takes a parameter away. What is typed or slid replaces the entry of the history; a choice makes one. */
  set(changes: Readonly<Record<string, string | null>>, replaceUrl?: boolean): void;
}

/** The state of a tab in the URL. Call it where a component is made. */
export function queryState(): QueryState {
  const route = inject(ActivatedRoute);
  const router = inject(Router);
  const params = toSignal(route.queryParamMap, { initialValue: route.snapshot.queryParamMap });
  return {
    params,
    get: (name) => params().get(name) ?? undefined,
    set: (changes, replaceUrl = false) =>
      void router.navigate([], {
        relativeTo: route,
        queryParams: changes,
        queryParamsHandling: 'merge',
        replaceUrl,
      }),
  };
}

/** A row of the dataset from the URL, counted from 0; undefined for the example of the model. */
export function rowOf(text: string | undefined): number | undefined {
  const row = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isInteger(row) && row >= 0 ? row : undefined;
}

/** A row in the state of an entry of the history; undefined when there is none, or something else. */
export function rowOfState(state: unknown): Row | undefined {
  const row = isRecord(state) ? state['row'] : undefined;
  if (!isRecord(row)) return undefined;
  const cells = Object.entries(row).filter((cell): cell is [string, Row[string]] => isCell(cell[1]));
  return cells.length === 0 ? undefined : Object.fromEntries(cells);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCell = (value: unknown): value is Row[string] =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
