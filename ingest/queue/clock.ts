/** The two clocks a queue reads, injected so that tests can make them jump. */
export interface QueueClock {
  /** Wall clock, milliseconds since the epoch: when a delayed retry is due. May jump. */
  wallMs(): number;
  /** Never goes back, unaffected by changes of the wall clock: how long a lease has been silent. */
  monotonicMs(): number;
}

export const systemClock: QueueClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
