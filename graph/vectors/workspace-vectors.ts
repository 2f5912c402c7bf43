/**
 * The vector index of one workspace and embedder, kept level with SQLite by its log of changes.
 *
 * Small: exact search over vectors in memory. Large: an hnsw graph, built in slices in the background while
 * exact search goes on answering, then saved.
 */
import { mulberry32 } from '../algorithms/leiden.ts';
import { DimensionError, IndexCorruptError } from '../errors.ts';
import { loadHnswFile, saveHnswFile, type HnswFileKey } from './hnsw-file.ts';
import { newHnswGraph, type HnswGraph } from './hnsw-graph.ts';
import {
  catchUp,
  eachVector,
  loadVectors,
  type LoadedVectors,
  type Tuned,
} from './loaded-vectors.ts';
import type { SearchFilter } from '../types.ts';
import { createMutex } from './mutex.ts';
import { searchLoaded } from './search-loaded.ts';
import { startSlices } from './slices.ts';
import { unitVector, type ScoredLabel } from './top-k.ts';
import { tuneEf } from './tune-ef.ts';
import type { VectorSource } from './vector-source.ts';

const SAVE_AFTER_CHANGES = 1_000;
/** A graph that has grown so many times since then is tuned again. */
const TUNE_AFTER_GROWTH = 2;
/** Below that, the usual number of candidates is a large share of all. */
const TUNED_FROM = 2_000;
/** A search that hits slip away from is repeated so often. */
const ATTEMPTS = 3;

export interface WorkspaceVectorsOptions {
  readonly source: VectorSource;
  /** Up to so many vectors (or allowed ones, under a filter) are searched exactly. */
  readonly exactBelow: number;
  /** Candidates looked at per search; `undefined`: as many as the size asks for. */
  readonly ef: number | undefined;
  /** Where graphs are saved; without it they are built again after each start. */
  readonly file: HnswFileKey | undefined;
  /** Told of damaged files and failed saves, none of which fails a search. */
  readonly onProblem: (error: unknown) => void;
}

export interface VectorHit {
  readonly id: string;
  readonly score: number;
}

export interface WorkspaceVectors {
  /** Best first. Throws DimensionError if `vector` has another length than the stored ones. */
  search(vector: Float32Array, limit: number, filter?: SearchFilter): Promise<VectorHit[]>;
  /** Level with SQLite, and the graph, if one is due, built and saved. */
  settle(): Promise<'empty' | 'exact' | 'hnsw'>;
  /** Saves what has changed and lets go of the memory. */
  close(options?: { save: boolean }): Promise<void>;
}

export function workspaceVectors(options: WorkspaceVectorsOptions): WorkspaceVectors {
  const { source, exactBelow, ef, file, onProblem } = options;
  const mutex = createMutex(); // held by whoever reads or changes `loaded`
  let loaded: LoadedVectors | undefined;
  let building: Promise<void> | undefined;
  let saving: Promise<void> | undefined;
  let tuning: Promise<void> | undefined;
  let closed = false;

  /** Brings `loaded` level with the source; `undefined` while there is no vector. Inside the mutex. */
  async function level(): Promise<LoadedVectors | undefined> {
    if (loaded && mustStartOver(loaded)) loaded = undefined;
    if (!loaded) {
      const dim = source.dimension();
      if (dim === undefined) return undefined;
      const saved = source.count() > exactBelow ? await savedGraph(dim) : undefined;
      loaded = await loadVectors(source, dim, saved?.graph, saved?.tuned);
    }
    await catchUp(loaded, source);
    if (!closed) startDueWork(loaded);
    return loaded;
  }

  function mustStartOver(state: LoadedVectors): boolean {
    const dead = state.hnsw?.dead ?? 0;
    return source.hasForgotten(state.lastSeq) || dead > state.labels.size + SAVE_AFTER_CHANGES;
  }

  async function savedGraph(
    dim: number,
  ): Promise<{ graph: HnswGraph; tuned: Tuned | undefined } | undefined> {
    try {
      return file && (await loadHnswFile(file, dim));
    } catch (error) {
      if (!(error instanceof IndexCorruptError)) throw error;
      onProblem(error);
      return undefined;
    }
  }

  function startDueWork(state: LoadedVectors): void {
    const { size } = state.labels;
    if (state.exact && !state.growing && size > exactBelow) {
      state.growing = newHnswGraph(state.dim);
      building = build(state, state.growing).catch(onProblem);
    }
    if (state.hnsw && isTuningDue(state)) {
      tuning ??= tune(state, state.hnsw)
        .catch((error: unknown) => {
          if (!closed) onProblem(error);
        })
        .finally(() => (tuning = undefined));
    }
    if (state.hnsw && state.unsaved >= Math.max(SAVE_AFTER_CHANGES, size / 10)) {
      saving ??= save(state).finally(() => (saving = undefined));
    }
  }

  /** What comes and goes meanwhile is too little to matter. */
  async function tune(state: LoadedVectors, graph: HnswGraph): Promise<void> {
    const { size } = state.labels;
    const pause = startSlices();
    const found = await tuneEf(
      {
        labels: [...graph.labels()],
        vectorsAt: async (labels) => source.vectorsAt(labels).map(({ vector }) => vector),
        eachVector: (visit) => eachVector(source, (row) => (requireOpen(), visit(row))),
        search: async (query, limit, candidates) => {
          await pause();
          requireOpen();
          return mutex.run(() => graph.search(query, limit, undefined, candidates));
        },
      },
      mulberry32(size),
    );
    state.tuned = { ef: found, size };
    state.unsaved = Math.max(state.unsaved, 1);
  }

  function requireOpen(): void {
    if (closed) throw new Error('closed');
  }

  function isTuningDue({ labels, tuned }: LoadedVectors): boolean {
    if (ef !== undefined || labels.size < TUNED_FROM) return false;
    return tuned === undefined || labels.size >= TUNE_AFTER_GROWTH * tuned.size;
  }

  /** Takes the mutex for about a millisecond at a time: searches come in between. */
  async function build(state: LoadedVectors, graph: HnswGraph): Promise<void> {
    const waiting = state.exact!.labels();
    const isCurrent = (): boolean => !closed && loaded === state;
    const pause = startSlices();
    while (waiting.length > 0 && isCurrent()) {
      await mutex.run(() => addSome(state, graph, waiting));
      await pause();
    }
    if (!isCurrent()) return;
    await mutex.run(() => {
      state.hnsw = graph;
      state.exact = undefined;
      state.growing = undefined;
      state.unsaved = Math.max(state.unsaved, 1);
    });
    await save(state);
    startDueWork(state);
  }

  async function save(state: LoadedVectors): Promise<void> {
    const { hnsw } = state;
    if (!file || !hnsw || state.unsaved === 0) return;
    const write = (path: string): Promise<void> =>
      mutex.run(async () => {
        const { unsaved } = state;
        source.sync(); // labels that a loss of power takes back are given out again
        await hnsw.write(path);
        state.unsaved -= unsaved;
      });
    const counts = { count: hnsw.size, tuned: state.tuned };
    await saveHnswFile(file, state.dim, state.lastSeq, counts, write).catch(onProblem);
  }

  /** Inside the mutex. */
  async function search(
    vector: Float32Array,
    limit: number,
    filter: SearchFilter | undefined,
  ): Promise<VectorHit[]> {
    const query = unitVector(vector);
    for (let attempt = 1; ; attempt++) {
      const state = await level();
      if (!state) return [];
      if (vector.length !== state.dim) throw new DimensionError(state.dim, vector.length);
      const found = await searchLoaded(state, source, query, limit, { filter, exactBelow, ef });
      const ids = source.ids(found.map((hit) => hit.label));
      // What went away while we searched leaves a gap: search again.
      if (ids.size === found.length || attempt === ATTEMPTS) return toHits(found, ids);
    }
  }

  return {
    search: async (vector, limit, filter) =>
      limit <= 0 ? [] : mutex.run(() => search(vector, limit, filter)),

    settle: async () => {
      const state = await mutex.run(level);
      await building;
      await tuning;
      await saving;
      if (state) await save(state);
      return state === undefined ? 'empty' : state.hnsw ? 'hnsw' : 'exact';
    },

    close: async ({ save: keep } = { save: true }) => {
      closed = true;
      await mutex.run(() => {}); // searches on their way
      await building;
      await tuning;
      await saving;
      if (loaded && keep) await save(loaded);
      loaded = undefined;
    },
  };
}

function addSome({ exact }: LoadedVectors, graph: HnswGraph, waiting: number[]): void {
  for (const label of waiting.splice(-4)) {
    if (exact?.has(label)) graph.add(label, exact.vector(label));
  }
}

function toHits(found: readonly ScoredLabel[], ids: ReadonlyMap<number, string>): VectorHit[] {
  return found
    .flatMap(({ label, score }) => {
      const id = ids.get(label);
      return id === undefined ? [] : [{ id, score }];
    })
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
