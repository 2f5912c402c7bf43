/** Running averages of how fast things go, to choose between ways that lead to the same end. */

/** Weight of the latest measurement. */
const NEWEST = 0.2;
/** Amounts too small to tell the speed. */
const LEAST_MS = 0.05;

export class Speed {
  #msPerUnit: number | undefined;

  note(units: number, ms: number): void {
    if (units <= 0) return;
    const measured = Math.max(ms, LEAST_MS) / units;
    const known = this.#msPerUnit;
    this.#msPerUnit = known === undefined ? measured : (1 - NEWEST) * known + NEWEST * measured;
  }

  /** Undefined before the first measurement. */
  expectedMs(units: number): number | undefined {
    return this.#msPerUnit === undefined ? undefined : this.#msPerUnit * units;
  }
}
