/**
 * The vector index of one workspace and embedder, kept level with SQLite by its log of changes.
 *
 * Small: exact search over vectors in memory. Large: an hnsw graph, built in slices in the background while
 * exact search goes on answering, then saved. What a graph holds is always compared with the labels in
 * SQLite after loading, so a saved graph may be old, but never wrong.
 */
import { DimensionError, IndexCorruptError } from '../errors.ts';
import { exactIndex } from './exact-index.ts';
import type { ExactIndex } from './exact-index.ts';
import { loadHnswFile, saveHnswFile } from './hnsw-file.ts';
import type { HnswFileKey } from './hnsw-file.ts';
import { newHnswGraph } from './hnsw-graph.ts';
import type { HnswGraph } from './hnsw-graph.ts';
import { labelTable } from './label-table.ts';
import type { LabelTable } from './label-table.ts';
import { createMutex } from './mutex.ts';
import { startSlices } from './slices.ts';
import { dot, topK, unitVector } from './top-k.ts';
import type { ScoredLabel } from './top-k.ts';
import type { StoredVector, VectorSource } from './vector-source.ts';

const ROWS_PER_READ = 256;
const SAVE_AFTER_CHANGES = 1_000;

export interface WorkspaceVectorsOptions {
  readonly source: VectorSource;
  /** Up to so many vectors (or allowed ones, under a filter) are searched exactly. */
  readonly exactBelow: number;
  readonly ef: number;
  /** Where graphs are saved; without it they are built again after each start. */
  readonly file?: HnswFileKey;
  /** Told of damaged files and failed saves, none of which fails a search. */
  readonly onProblem: (error: unknown) => void;
}

export interface VectorHit {
  readonly chunkId: string;
  readonly score: number;
}

export interface WorkspaceVectors {
  /** Best first. Throws DimensionError if `vector` has another length than the stored ones. */
  search(vector: Float32Array, limit: number, documentIds?: readonly string[]): Promise<VectorHit[]>;
  /** Level with SQLite, and the graph, if one is due, built and saved. */
  settle(): Promise<'empty' | 'exact' | 'hnsw'>;
  /** Saves what has changed and lets go of the memory. */
  close(options?: { save: boolean }): Promise<void>;
}

/** What is in memory. `exact` or `hnsw` holds every label of `labels`; `growing` becomes `hnsw`. */
interface Loaded {
  readonly dim: number;
  readonly labels: LabelTable;
  exact: ExactIndex | undefined;
  hnsw: HnswGraph | undefined;
  growing: HnswGraph | undefined;
  lastSeq: number;
  unsaved: number;
}

export function workspaceVectors(options: WorkspaceVectorsOptions): WorkspaceVectors {
  const { source, exactBelow, ef, file, onProblem } = options;
  const mutex = createMutex();
  let loaded: Loaded | undefined;
  let building: Promise<void> | undefined;
  let saving: Promise<void> | undefined;
  let closed = false;

  /** Runs inside the mutex. */
  async function level(): Promise<Loaded | undefined> {
    if (loaded && mustStartOver(loaded)) loaded = undefined;
    if (!loaded) {
      const dim = source.dimension();
      if (dim === undefined) return undefined;
      loaded = await load(dim);
    }
    await catchUp(loaded);
    if (!loaded.hnsw && !loaded.growing && loaded.labels.size > exactBelow && !closed) startBuilding(loaded);
    if (loaded.hnsw && loaded.unsaved >= Math.max(SAVE_AFTER_CHANGES, loaded.labels.size / 10)) startSaving(loaded);
    return loaded;
  }

  function mustStartOver(state: Loaded): boolean {
    const dead = state.hnsw?.dead ?? 0;
    return source.hasForgotten(state.lastSeq) || dead > state.labels.size + SAVE_AFTER_CHANGES;
  }

  async function load(dim: number): Promise<Loaded> {
    const lastSeq = source.newestChange(); // before reading rows: what comes later is in the log as well
    const hnsw = source.count() > exactBelow ? await loadGraph(dim) : undefined;
    const exact = hnsw ? undefined : exactIndex(dim);
    const state: Loaded = { dim, labels: labelTable(), exact, hnsw, growing: undefined, lastSeq, unsaved: 0 };
    if (hnsw) await matchLabels(state, hnsw);
    else await eachVector(undefined, (row) => add(state, row));
    return state;
  }

  async function loadGraph(dim: number): Promise<HnswGraph | undefined> {
    if (!file) return undefined;
    try {
      return await loadHnswFile(file, dim, ef);
    } catch (error) {
      if (!(error instanceof IndexCorruptError)) throw error;
      onProblem(error);
      return undefined;
    }
  }

  /** Brings a loaded graph to exactly the labels that SQLite has. */
  async function matchLabels(state: Loaded, hnsw: HnswGraph): Promise<void> {
    const pause = startSlices();
    for (let after = 0; ; ) {
      const page = source.labels(after, 4 * ROWS_PER_READ);
      if (page.length === 0) break;
      for (const { label, documentId } of page) if (hnsw.has(label)) state.labels.add(label, documentId);
      after = page[page.length - 1]!.label;
      await pause();
    }
    for (const label of hnsw.labels()) if (!state.labels.has(label)) hnsw.remove(label);
    if (state.labels.size < source.count()) await eachVector(undefined, (row) => add(state, row));
  }

  async function eachVector(
    documentIds: readonly string[] | undefined,
    visit: (row: StoredVector) => void,
  ): Promise<void> {
    const pause = startSlices();
    for (let after = 0; ; ) {
      const page = source.vectors(after, ROWS_PER_READ, documentIds);
      if (page.length === 0) return;
      for (const row of page) {
        visit(row);
        await pause();
      }
      after = page[page.length - 1]!.label;
    }
  }

  async function catchUp(state: Loaded): Promise<void> {
    const pause = startSlices();
    for (;;) {
      const newest = source.newestChange(); // before the changes, so that none is skipped
      if (newest <= state.lastSeq) return;
      const changes = source.changes(state.lastSeq, ROWS_PER_READ);
      for (const change of changes) {
        if (change.added) add(state, change.added);
        else remove(state, change.label);
        state.lastSeq = change.seq;
        await pause();
      }
      if (changes.length === 0) state.lastSeq = newest;
    }
  }

  function add(state: Loaded, row: StoredVector): void {
    if (state.labels.has(row.label)) return;
    state.exact?.add(row.label, row.vector);
    state.hnsw?.add(row.label, row.vector);
    state.growing?.add(row.label, row.vector);
    state.labels.add(row.label, row.documentId);
    state.unsaved++;
  }

  function remove(state: Loaded, label: number): void {
    if (!state.labels.has(label)) return;
    state.exact?.remove(label);
    state.hnsw?.remove(label);
    state.growing?.remove(label);
    state.labels.remove(label);
    state.unsaved++;
  }

  function startBuilding(state: Loaded): void {
    state.growing = newHnswGraph(state.dim, ef);
    building = build(state, state.growing).catch(onProblem);
  }

  /** Takes the mutex slice by slice: searches come in between. */
  async function build(state: Loaded, graph: HnswGraph): Promise<void> {
    const waiting = state.exact!.labels();
    const isCurrent = (): boolean => !closed && loaded === state;
    while (waiting.length > 0 && isCurrent()) await mutex.run(() => buildSlice(state, graph, waiting));
    if (!isCurrent()) return;
    await mutex.run(() => {
      state.hnsw = graph;
      state.exact = undefined;
      state.growing = undefined;
      state.unsaved = Math.max(state.unsaved, 1);
    });
    await save(state);
  }

  async function buildSlice(state: Loaded, graph: HnswGraph, waiting: number[]): Promise<void> {
    const pause = startSlices();
    for (let i = 0; i < 16 && waiting.length > 0; i++) {
      const label = waiting.pop()!;
      if (state.exact?.has(label)) graph.add(label, state.exact.vector(label));
      await pause();
    }
  }

  function startSaving(state: Loaded): void {
    saving ??= save(state).finally(() => (saving = undefined));
  }

  async function save(state: Loaded): Promise<void> {
    const { hnsw } = state;
    if (!file || !hnsw || state.unsaved === 0) return;
    try {
      await saveHnswFile(file, state.dim, state.lastSeq, hnsw.size, (path) =>
        mutex.run(async () => {
          const { unsaved } = state;
          await hnsw.write(path);
          state.unsaved -= unsaved;
        }),
      );
    } catch (error) {
      onProblem(error);
    }
  }

  /** Runs inside the mutex. */
  async function find(
    state: Loaded,
    query: Float32Array,
    limit: number,
    documentIds: readonly string[] | undefined,
  ): Promise<ScoredLabel[]> {
    const allowed = allowedDocuments(state, documentIds);
    if (allowed === undefined) return searchAll(state, query, limit);
    let count = 0;
    for (const id of allowed) count += state.labels.countOf(id);
    const allows = (label: number): boolean => allowed.has(state.labels.documentOf(label) ?? '');
    if (state.exact) return state.exact.search(query, limit, allows);
    if (count > exactBelow) {
      const found = state.hnsw!.search(query, limit, allows);
      if (found.length >= Math.min(limit, count)) return found;
    }
    return scanStored(query, limit, [...allowed]);
  }

  async function searchAll(state: Loaded, query: Float32Array, limit: number): Promise<ScoredLabel[]> {
    if (state.exact) return state.exact.search(query, limit);
    const found = state.hnsw!.search(query, limit);
    return found.length >= Math.min(limit, state.labels.size) ? found : scanStored(query, limit, undefined);
  }

  /** `undefined`: every document. */
  function allowedDocuments(state: Loaded, documentIds: readonly string[] | undefined): Set<string> | undefined {
    const disabled = source.disabledDocuments();
    if (!documentIds && disabled.size === 0) return undefined;
    const wanted = documentIds ?? [...state.labels.documents()];
    return new Set(wanted.filter((id) => !disabled.has(id) && state.labels.countOf(id) > 0));
  }

  async function scanStored(
    query: Float32Array,
    limit: number,
    documentIds: readonly string[] | undefined,
  ): Promise<ScoredLabel[]> {
    const best = topK(limit);
    await eachVector(documentIds, ({ label, vector }) => best.offer(label, dot(query, vector, 0)));
    return best.best();
  }

  return {
    search: (vector, limit, documentIds) =>
      mutex.run(async () => {
        if (limit <= 0) return [];
        const query = unitVector(vector);
        for (let attempt = 1; ; attempt++) {
          const state = await level();
          if (!state) return [];
          if (vector.length !== state.dim) throw new DimensionError(state.dim, vector.length);
          const found = await find(state, query, limit, documentIds);
          const chunkIds = source.chunkIds(found.map((hit) => hit.label));
          // A chunk that went away while we searched leaves a gap: search again.
          if (chunkIds.size === found.length || attempt === 3) return hits(found, chunkIds);
        }
      }),

    settle: async () => {
      const state = await mutex.run(level);
      await building;
      await saving;
      if (state) await save(state);
      return state === undefined ? 'empty' : state.hnsw ? 'hnsw' : 'exact';
    },

    close: async ({ save: keep } = { save: true }) => {
      closed = true;
      await mutex.run(() => {}); // searches on their way
      await building;
      await saving;
      if (loaded && keep) await save(loaded);
      loaded = undefined;
    },
  };
}

function hits(found: readonly ScoredLabel[], chunkIds: ReadonlyMap<number, string>): VectorHit[] {
  return found
    .flatMap(({ label, score }) => {
      const chunkId = chunkIds.get(label);
      return chunkId === undefined ? [] : [{ chunkId, score }];
    })
    .sort((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}
