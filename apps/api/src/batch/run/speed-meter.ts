/** What was measured long ago counts less: half after this time. */
const HALF_LIFE_MS = 5_000;

/** Rows per second, as of late. */
export class SpeedMeter {
  private rows = 0;
  private ms = 0;
  private last: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.last = now();
  }

  /** @param rows done since the last call @returns rows per second */
  add(rows: number): number {
    const now = this.now();
    const passed = Math.max(1, now - this.last);
    this.last = now;
    const fade = 0.5 ** (passed / HALF_LIFE_MS);
    this.rows = this.rows * fade + rows;
    this.ms = this.ms * fade + passed;
    return (this.rows / this.ms) * 1000;
  }
}
