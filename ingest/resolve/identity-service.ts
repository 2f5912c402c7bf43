/** Entity resolution over a workspace: suggestions, decisions, and merges that need nobody's word. */
import type { EngineClient } from '../../cache/index.ts';
import {
  IdentityEditor,
  NotFoundError,
  suggestMerges,
  suggestSplit,
  type CorpusStore,
  type Evidence,
  type GraphStore,
  type IdentityStore,
  type MergeSuggestion,
  type SplitSuggestion,
  type TitleStore,
} from '../../graph/index.ts';
import { syncTitles } from '../titles/index.ts';
import { NameVectors } from './name-vectors.ts';
import { rewriteDocument } from './rewrite-document.ts';

export interface IdentityParts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
  /** Aliases are looked for in all texts; default: only names that the rules saw are merged. */
  readonly titles?: TitleStore;
  readonly engine: Pick<EngineClient, 'embed'>;
}

export interface MergeSuggestions {
  readonly suggestions: readonly MergeSuggestion[];
  /** False where there was more than was looked at. */
  readonly complete: boolean;
}

export interface SuggestRequest {
  readonly limit?: number;
  /** Probability from which on a pair is suggested; default 0.5. */
  readonly least?: number;
  /** Also looks for names that mean the same without looking alike; embeds the most mentioned ones. */
  readonly embeddings?: boolean;
  readonly signal?: AbortSignal;
}

/** A merge that nobody looks at must be all but certain. */
export const CERTAIN = 0.98;

const DOCUMENTS_OF_A_NAME = 200;

export class IdentityService {
  readonly editor: IdentityEditor;
  readonly #parts: IdentityParts;
  readonly #nameVectors: NameVectors;
  readonly #known = new Map<string, { state: string; answer: MergeSuggestions }>();

  constructor(parts: IdentityParts) {
    this.#parts = parts;
    this.#nameVectors = new NameVectors(parts.engine);
    const rewrite = (workspaceId: string, documentId: string): Promise<void> =>
      rewriteDocument(parts, workspaceId, documentId);
    const { corpus, graph, identity, titles } = parts;
    const follow = titles && ((ws: string) => syncTitles(ws, { corpus, graph, titles }));
    this.editor = new IdentityEditor({ graph, identity, rewrite, follow });
  }

  /** Computed again only when the graph or the records have changed. */
  async suggestions(workspaceId: string, request: SuggestRequest = {}): Promise<MergeSuggestions> {
    const state = await this.#state(workspaceId, { ...request, signal: undefined });
    const known = this.#known.get(workspaceId);
    if (known?.state === state) return known.answer;
    const answer = await this.#suggest(workspaceId, request);
    this.#known.set(workspaceId, { state, answer });
    return answer;
  }

  /** What the last suggestions said of two entities, to be kept with the decision. */
  evidenceFor(workspaceId: string, a: string, b: string): readonly Evidence[] {
    const known = this.#known.get(workspaceId)?.answer.suggestions ?? [];
    const found = known.find(({ from, into }) => isPair(from.id, into.id, a, b));
    return found?.evidence ?? [];
  }

  /** Throws NotFoundError; undefined where nothing speaks for two things. */
  async splitSuggestion(workspaceId: string, id: string): Promise<SplitSuggestion | undefined> {
    const { corpus, graph } = this.#parts;
    const entity = await graph.entity(workspaceId, id);
    if (!entity) throw new NotFoundError('entity', id);
    const mentions = await graph.mentionsOfEntities(workspaceId, [entity.id], 5_000);
    const ids = new Set(mentions.map((mention) => mention.documentId));
    const documents = [...ids].slice(0, DOCUMENTS_OF_A_NAME).map((documentId) => ({
      documentId,
      extractions: corpus.extractionsOfDocument(documentId),
    }));
    return suggestSplit(workspaceId, entity, documents);
  }

  /** Merges what is all but certain; each merge is a record like any other. Returns how many it made. */
  async mergeCertain(workspaceId: string, signal?: AbortSignal): Promise<number> {
    let made = 0;
    const { suggestions } = await this.#suggest(workspaceId, { least: CERTAIN, signal });
    for (const { from, into, evidence } of suggestions) {
      signal?.throwIfAborted();
      // An earlier merge of this list may have taken one of them.
      const { graph, identity } = this.#parts;
      const [one, two] = [
        await graph.entity(workspaceId, from.id),
        await graph.entity(workspaceId, into.id),
      ];
      if (one?.id !== from.id || two?.id !== into.id) continue;
      if (wasTakenBack(identity, workspaceId, from.id, into.id)) continue;
      await this.editor.merge(workspaceId, from.id, into.id, { by: 'automatic', evidence });
      made += 1;
    }
    return made;
  }

  async #suggest(workspaceId: string, request: SuggestRequest): Promise<MergeSuggestions> {
    const { corpus, graph, identity } = this.#parts;
    const { embeddings = false, ...options } = request;
    const nameVectors = embeddings
      ? await this.#nameVectors.of(graph, workspaceId, request.signal)
      : undefined;
    const parts = {
      graph,
      standing: identity.standing(workspaceId),
      chunkVectors: (ids: readonly string[]) => corpus.chunkVectors(workspaceId, ids),
      nameVectors,
    };
    return suggestMerges(parts, workspaceId, options);
  }

  async #state(workspaceId: string, request: SuggestRequest): Promise<string> {
    const { graph, identity } = this.#parts;
    const stats = await graph.stats(workspaceId);
    return JSON.stringify([stats, identity.revision(workspaceId), request]);
  }
}

/** What a person has undone is not done again behind their back. */
function wasTakenBack(
  identity: IdentityStore,
  workspaceId: string,
  from: string,
  into: string,
): boolean {
  for (let after: string | undefined; ;) {
    const page = identity.history(workspaceId, { limit: 200, after });
    const found = page.data.some(({ decision, undoneAt }) => {
      if (undoneAt === undefined || decision.kind !== 'merge') return false;
      return isPair(decision.from.id, decision.into.id, from, into);
    });
    if (found || !page.hasMore) return found;
    after = page.data.at(-1)?.id;
  }
}

/** In either order. */
function isPair(a: string, b: string, one: string, two: string): boolean {
  return (a === one && b === two) || (a === two && b === one);
}
