import { type Signal, computed, signal } from '@angular/core';
import type { ExperimentRun, ExperimentRunPage } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';

export const BLOCK = 100;
const MAX_BLOCKS = 60;

export type Loader = (offset: number, limit: number, signal: AbortSignal) => Promise<ExperimentRunPage>;

/** Rows of a long list by their place; blocks are fetched when they come into sight, and the oldest are let go. */
export class RunRows {
  private readonly blocks = signal<ReadonlyMap<number, readonly ExperimentRun[]>>(new Map());
  private readonly pending = new Set<number>();
  private readonly abort = new AbortController();
  readonly problem = signal<unknown>(undefined);
  readonly loaded: Signal<readonly ExperimentRun[]> = computed(() => [...this.blocks().values()].flat());

  constructor(
    readonly total: number,
    /** The rows that came first, for a look at what the columns hold. */
    readonly first: readonly ExperimentRun[],
    private readonly load: Loader,
  ) {
    this.blocks.set(new Map([[0, first]]));
  }

  at(index: number): ExperimentRun | undefined {
    return this.blocks().get(Math.floor(index / BLOCK))?.[index % BLOCK];
  }

  /** Fetches what is missing between two places. */
  async ensure(from: number, to: number): Promise<void> {
    const first = Math.floor(Math.max(0, from) / BLOCK);
    const last = Math.floor(Math.min(Math.max(0, this.total - 1), to) / BLOCK);
    const missing: number[] = [];
    for (let block = first; block <= last; block++)
      if (!this.blocks().has(block) && !this.pending.has(block)) missing.push(block);
    await Promise.all(missing.map((block) => this.fetch(block)));
  }

  private async fetch(block: number): Promise<void> {
    this.pending.add(block);
    try {
      const page = await this.load(block * BLOCK, BLOCK, this.abort.signal);
      this.blocks.update((blocks) => {
        const next = new Map([...blocks, [block, page.items]]);
        for (const old of next.keys()) {
          if (next.size <= MAX_BLOCKS) break;
          if (old !== block && old !== 0) next.delete(old);
        }
        return next;
      });
      this.problem.set(undefined);
    } catch (error) {
      if (!this.abort.signal.aborted) this.problem.set(toProblem(error));
    } finally {
      this.pending.delete(block);
    }
  }

  has(id: string): boolean {
    return this.loaded().some((run) => run.id === id);
  }

  /** New values for rows that are here; their order stays. */
  replace(runs: readonly ExperimentRun[]): void {
    const byId = new Map(runs.map((run) => [run.id, run]));
    this.blocks.update(
      (blocks) =>
        new Map([...blocks].map(([place, rows]) => [place, rows.map((run) => byId.get(run.id) ?? run)])),
    );
  }

  stop(): void {
    this.abort.abort();
  }
}
