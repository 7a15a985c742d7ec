export interface AllowanceAnswer {
  readonly allowed: boolean;
  readonly limit: number;
  /** Calls this replica may still let through in this window, as far as it knows. */
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface Lease {
  /** Calls taken from the shared window for this replica. */
  readonly got: number;
  /** Calls that are left in it. */
  readonly left: number;
}

/** When windows begin and end, as milliseconds since 1970. */
export interface Period {
  startOf(now: number): number;
  endOf(start: number): number;
}

interface Window {
  readonly start: number;
  readonly limit: number;
  /** Calls taken from the shared window and not yet used here. */
  held: number;
  /** Calls that were left in the shared window when it was last asked. */
  left: number;
  taking: Promise<void> | undefined;
}

/**
 * Calls per window of time, exact over all replicas: each replica takes a part of what is left in the shared window, uses
 * that from memory, and comes back for more. So a call rarely waits for the database, and never more than the limit
 * pass. While the shared window cannot be asked, each replica counts by itself.
 */
export class LeasedWindows {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly period: Period,
    private readonly lease: (subject: string, start: Date, limit: number) => Promise<Lease>,
  ) {}

  async take(subject: string, limit: number, now: number): Promise<AllowanceAnswer> {
    const window = this.windowOf(subject, limit, now);
    while (window.held === 0 && window.left > 0) {
      window.taking ??= this.refill(subject, limit, window).finally(() => (window.taking = undefined));
      await window.taking;
    }
    const allowed = window.held > 0;
    if (allowed) window.held -= 1;
    return this.answer(window, allowed, now);
  }

  /** The same without waiting: nothing if the shared window must be asked first, or nothing is left. */
  takeNow(subject: string, limit: number, now: number): AllowanceAnswer | undefined {
    const window = this.windows.get(subject);
    if (window?.start !== this.period.startOf(now) || window.limit !== limit || window.held === 0)
      return undefined;
    window.held -= 1;
    return this.answer(window, true, now);
  }

  /**
   * Takes back what was given for a call that is taken again, or was not let through after all.
   * @param takenAt when it was given: what belongs to a window that is over is of no use to the next
   */
  giveBack(subject: string, limit: number, takenAt: number): void {
    const window = this.windows.get(subject);
    if (window?.start === this.period.startOf(takenAt) && window.limit === limit) window.held += 1;
  }

  forgetPast(now: number): void {
    const start = this.period.startOf(now);
    for (const [subject, window] of this.windows) if (window.start < start) this.windows.delete(subject);
  }

  /** What is held and not used, to be given back to the shared windows; nothing is held afterwards. */
  release(): { readonly subject: string; readonly start: Date; readonly held: number }[] {
    const held = [...this.windows].flatMap(([subject, window]) =>
      window.held > 0 ? [{ subject, start: new Date(window.start), held: window.held }] : [],
    );
    this.windows.clear();
    return held;
  }

  private answer(window: Window, allowed: boolean, now: number): AllowanceAnswer {
    const resetSeconds = Math.max(1, Math.ceil((this.period.endOf(window.start) - now) / 1000));
    return { allowed, limit: window.limit, remaining: window.held + window.left, resetSeconds };
  }

  private windowOf(subject: string, limit: number, now: number): Window {
    const start = this.period.startOf(now);
    const known = this.windows.get(subject);
    // A changed limit holds at once: what is held was taken under the old one, and the shared window knows of it.
    if (known?.start === start && known.limit === limit) return known;
    const fresh: Window = { start, limit, held: 0, left: limit, taking: undefined };
    this.windows.set(subject, fresh);
    return fresh;
  }

  private async refill(subject: string, limit: number, window: Window): Promise<void> {
    try {
      const { got, left } = await this.lease(subject, new Date(window.start), limit);
      window.held = got;
      window.left = left;
    } catch {
      window.held = window.left;
      window.left = 0;
    }
  }
}
