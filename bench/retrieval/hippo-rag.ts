/**
 * Our port of HippoRAG 2's walk (Gutierrez et al., 2025), as a reference: phrases and passages are nodes; phrases of one
 * fact are linked by how often they meet, a phrase and its passages by 1; the five facts most similar to the question
 * give their phrases reset weight (fact score / passages of the phrase), every passage 0.05 x its dense score; PageRank
 * with damping 0.5. Left out: synonym edges, and the language model that filters facts (it keeps all five here).
 */
import type { EmbedderRunner } from '../../engine/index.ts';
import { normalizeName } from '../../graph/index.ts';
import type { PassageStore } from '../eval/retrieval/passage-store.ts';
import type { PassageId } from '../eval/retrieval/question-set.ts';

const FACTS = 5;
const PASSAGE_SHARE = 0.05;
const DAMPING = 0.5;
const ROUNDS = 40;

interface FactVector {
  /** Phrase nodes. */
  readonly ends: readonly [number, number];
  readonly vector: Float32Array;
}

export class HippoRag {
  readonly #nodeOf = new Map<string, number>();
  /** [node] -> node -> weight, both ways. */
  readonly #edges: Map<number, number>[] = [];
  readonly #passages: {
    readonly node: number;
    readonly id: PassageId;
    readonly vector: Float32Array;
  }[] = [];
  readonly #facts: FactVector[] = [];
  /** [phrase node] -> passages it stands in. */
  readonly #passagesOf = new Map<number, Set<number>>();

  constructor(store: PassageStore, embedder: EmbedderRunner) {
    const { corpus } = store.stores;
    const { workspaceId } = store;
    const texts: string[] = [];
    const ends: [number, number][] = [];
    for (const chunk of corpus.chunks(workspaceId, [...store.passageOf.keys()])) {
      const node = this.#node(`chunk ${chunk.id}`);
      const vector = corpus.chunkVectors(workspaceId, [chunk.id]).get(chunk.id)!;
      this.#passages.push({ node, id: store.passageOf.get(chunk.id)!, vector });
      const said = corpus.extractionsOfDocument(chunk.documentId);
      for (const { subject, relation, object } of said.find((e) => e.chunkId === chunk.id)
        ?.triples ?? []) {
        const pair: [number, number] = [
          this.#phrase(subject.name, node),
          this.#phrase(object.name, node),
        ];
        this.#link(...pair, 1);
        texts.push(`${subject.name} ${relation.name} ${object.name}`);
        ends.push(pair);
      }
    }
    embedder
      .embed(texts, 'passage')
      .forEach((vector, i) => this.#facts.push({ ends: ends[i]!, vector }));
  }

  /** Passage ids, best first. */
  rank(question: Float32Array): PassageId[] {
    const prior = scaled(this.#passages.map(({ vector }) => dot(question, vector)));
    const byPrior = new Map(this.#passages.map(({ node }, i) => [node, prior[i]!]));
    const reset = new Float64Array(this.#edges.length);
    const phrases = this.#phraseWeights(question);
    for (const [node, weight] of phrases) reset[node] = weight;
    for (const [node, score] of byPrior) reset[node]! += PASSAGE_SHARE * score;
    const scores = phrases.size > 0 ? this.#pageRank(reset) : undefined;
    const score = (node: number): number => scores?.[node] ?? byPrior.get(node)!;
    return [
      ...new Set(
        this.#passages.toSorted((a, b) => score(b.node) - score(a.node)).map(({ id }) => id),
      ),
    ];
  }

  #phraseWeights(question: Float32Array): Map<number, number> {
    const similar = scaled(this.#facts.map(({ vector }) => dot(question, vector)));
    const best = similar
      .map((score, i) => ({ score, fact: this.#facts[i]! }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, FACTS);
    const weights = new Map<number, number[]>();
    for (const { score, fact } of best) {
      for (const node of fact.ends) {
        const weight = score / Math.max(1, this.#passagesOf.get(node)!.size);
        weights.set(node, [...(weights.get(node) ?? []), weight]);
      }
    }
    return new Map(
      [...weights].map(([node, each]) => [node, each.reduce((a, b) => a + b, 0) / each.length]),
    );
  }

  #pageRank(reset: Float64Array): Float64Array {
    const total = reset.reduce((a, b) => a + b, 0);
    const strength = this.#edges.map((edges) => [...edges.values()].reduce((a, b) => a + b, 0));
    let scores: Float64Array = reset.map((weight) => weight / total);
    for (let round = 0; round < ROUNDS; round++) {
      const next: Float64Array = reset.map((weight) => ((1 - DAMPING) * weight) / total);
      this.#edges.forEach((edges, node) => {
        for (const [other, weight] of edges)
          next[other]! += (DAMPING * scores[node]! * weight) / strength[node]!;
      });
      scores = next;
    }
    return scores;
  }

  #phrase(name: string, passage: number): number {
    const node = this.#node(`phrase ${normalizeName(name)}`);
    const passages = this.#passagesOf.get(node) ?? new Set();
    if (!passages.has(passage)) this.#link(node, passage, 1);
    this.#passagesOf.set(node, passages.add(passage));
    return node;
  }

  #node(key: string): number {
    let node = this.#nodeOf.get(key);
    if (node === undefined) {
      this.#nodeOf.set(key, (node = this.#edges.length));
      this.#edges.push(new Map());
    }
    return node;
  }

  #link(a: number, b: number, weight: number): void {
    if (a === b) return;
    this.#edges[a]!.set(b, (this.#edges[a]!.get(b) ?? 0) + weight);
    this.#edges[b]!.set(a, (this.#edges[b]!.get(a) ?? 0) + weight);
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** To 0..1. */
function scaled(values: readonly number[]): number[] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return values.map((value) => (high > low ? (value - low) / (high - low) : 1));
}
