import { type ResourceRef, type Signal, computed, resource, signal, untracked } from '@angular/core';

const PAGE_SIZE = 50;

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
}

export interface Loaded<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

interface PagesOptions<P extends string | object, T> {
  readonly params: () => P | undefined;
  readonly load: (
    params: P,
    page: { readonly limit: number; readonly cursor?: string },
    signal: AbortSignal,
  ) => Promise<Page<T>>;
}

export interface Pages<T> {
  readonly source: ResourceRef<Loaded<T> | undefined>;
  readonly items: Signal<readonly T[]>;
  readonly isEmpty: Signal<boolean>;
  /** One page more; what is on screen stays. */
  more(): void;
}

/** A cursor-paged list that remembers how far the reader went, so that fetching it again does not shorten it. */
export function pages<P extends string | object, T>(options: PagesOptions<P, T>): Pages<T> {
  const wanted = signal(PAGE_SIZE);
  const source = resource({
    params: options.params,
    loader: async ({ params, abortSignal }): Promise<Loaded<T>> => {
      const items: T[] = [];
      let cursor: string | undefined;
      do {
        const page = await options.load(
          params,
          cursor === undefined ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, cursor },
          abortSignal,
        );
        items.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && items.length < untracked(wanted));
      return { items, hasMore: cursor !== undefined };
    },
  });
  const items = computed<readonly T[]>(() => (source.hasValue() ? source.value().items : []));
  return {
    source,
    items,
    isEmpty: computed(() => source.hasValue() && items().length === 0),
    more: () => {
      wanted.update((count) => count + PAGE_SIZE);
      source.reload();
    },
  };
}
