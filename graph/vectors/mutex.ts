/** Runs asynchronous work one after another. */
export interface Mutex {
  run<T>(work: () => T | Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run<T>(work: () => T | Promise<T>): Promise<T> {
      const result = last.then(work);
      last = result.catch(() => {}); // the next in line is not concerned by a failure
      return result;
    },
  };
}
