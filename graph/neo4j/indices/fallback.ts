/** Searches while Neo4j cannot answer: the embedded indices hold the same chunks. */
import { GraphUnavailableError } from '../../errors.ts';
import type { Neo4jConnection } from '../connection.ts';
import { follow } from './follower.ts';
import type { FollowedSource } from './follower.ts';
import type { Space } from './space.ts';

/** Further behind than this, the rest is written in the background. */
const STEPS_OF_A_SEARCH = 4;

export interface Followed {
  /** Brings the index in step, then searches it; `embedded` if Neo4j is away or far behind. */
  search<T>(
    space: Space,
    source: FollowedSource,
    work: () => Promise<T>,
    embedded: () => Promise<T>,
  ): Promise<T>;
  /** Returns when nothing is written any more. */
  settled(): Promise<void>;
  /** The same, after the next step of whatever is under way. */
  close(): Promise<void>;
}

export function followed(
  connection: Neo4jConnection,
  onProblem: (error: unknown) => void,
): Followed {
  const running = new Map<string, Promise<boolean>>();
  const behind = new Set<string>();
  let isAway = false;
  let isClosed = false;

  /** One follower for each space: the next search waits for it. */
  function inStep(space: Space, source: FollowedSource, mostSteps: number): Promise<boolean> {
    const work = () => follow(connection, space, source, (step) => step < mostSteps && !isClosed);
    const now = (running.get(space.key) ?? Promise.resolve(false)).then(work, work);
    running.set(space.key, now);
    const forget = () => {
      if (running.get(space.key) === now) running.delete(space.key);
    };
    now.then(forget, forget);
    return now;
  }

  /** In the background; searches are not kept waiting by it. */
  function catchUp(space: Space, source: FollowedSource): void {
    if (behind.has(space.key) || isClosed) return;
    behind.add(space.key);
    inStep(space, source, Number.POSITIVE_INFINITY)
      .then(() => (isAway = false))
      .catch((error: unknown) => {
        if (!(error instanceof GraphUnavailableError)) onProblem(error);
      })
      .finally(() => behind.delete(space.key));
  }

  return {
    search: async (space, source, work, embedded) => {
      if (isAway || behind.has(space.key)) {
        catchUp(space, source); // finds out whether it is back
        return embedded();
      }
      try {
        if (await inStep(space, source, STEPS_OF_A_SEARCH)) return await work();
        catchUp(space, source);
      } catch (error) {
        if (!(error instanceof GraphUnavailableError)) throw error;
        isAway = true;
      }
      return embedded();
    },
    settled: async () => {
      await Promise.allSettled(running.values());
    },
    close: async () => {
      isClosed = true;
      await Promise.allSettled(running.values());
    },
  };
}
