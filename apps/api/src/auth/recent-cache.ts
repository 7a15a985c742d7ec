const KEEP_MS = 15_000;
const MAX_ENTRIES = 10_000;

/** Values that were read a moment ago. A value whose reading began before an invalidation is never kept. */
export class RecentCache<T> {
  private readonly entries = new Map<string, { value: T; until: number }>();
  private generation = 0;

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (entry.until > Date.now()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  /** Take a ticket before reading, and hand it to `set`. */
  begin(): number {
    return this.generation;
  }

  set(key: string, value: T, ticket: number): void {
    if (ticket !== this.generation) return;
    if (this.entries.size >= MAX_ENTRIES) this.entries.clear();
    this.entries.set(key, { value, until: Date.now() + KEEP_MS });
  }

  delete(key: string): void {
    this.generation++;
    this.entries.delete(key);
  }

  deleteWhere(matches: (value: T) => boolean): void {
    this.generation++;
    for (const [key, { value }] of this.entries) if (matches(value)) this.entries.delete(key);
  }

  clear(): void {
    this.generation++;
    this.entries.clear();
  }
}
