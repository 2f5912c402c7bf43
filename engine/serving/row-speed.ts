/** A running average of how long a row of prefill takes. */

/** Weight of the latest measurement. */
const NEWEST = 0.2;
/** Steps with fewer rows are decodes: they tell how fast weights are read, not how fast rows are. */
const LEAST_ROWS = 32;

export class RowSpeed {
  #msPerRow: number | undefined;

  note(rows: number, ms: number): void {
    if (rows < LEAST_ROWS) return;
    const measured = ms / rows;
    const known = this.#msPerRow;
    this.#msPerRow = known === undefined ? measured : (1 - NEWEST) * known + NEWEST * measured;
  }

  /** Undefined before the first measurement. */
  expectedMs(rows: number): number | undefined {
    return this.#msPerRow === undefined ? undefined : this.#msPerRow * rows;
  }
}
