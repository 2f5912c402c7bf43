/** From the pages of `GraphStore.edges` to an adjacency. */
import type { EdgePage } from '../types.ts';
import type { Adjacency } from './adjacency.ts';
import { AdjacencyBuilder } from './builder.ts';

/** Where pages go: a builder, or an edit of an adjacency. */
export interface EdgeSink {
  entity(id: string): number;
  chunk(id: string, documentId: string): number;
  fact(id: string, subject: number, relation: string, object: number, negated: boolean): number;
  support(fact: number, chunk: number, confidence: number): void;
  mention(entity: number, chunk: number, count: number): void;
}

/** Nodes by the keys of one stream. */
export class EdgeReader {
  readonly #sink: EdgeSink;
  readonly #entities = new Keyed();
  readonly #facts = new Keyed();
  readonly #chunks = new Keyed();

  constructor(sink: EdgeSink) {
    this.#sink = sink;
  }

  /**
   * Rows that name an unknown key are passed over: they belong to a document that was written while the
   * stream was read, and that will be read again.
   */
  read(page: EdgePage): void {
    switch (page.kind) {
      case 'entities':
        page.keys.forEach((key, i) => this.#entities.set(key, this.#sink.entity(page.ids[i]!)));
        break;
      case 'chunks':
        page.keys.forEach((key, i) =>
          this.#chunks.set(key, this.#sink.chunk(page.ids[i]!, page.documentIds[i]!)),
        );
        break;
      case 'facts':
        page.keys.forEach((key, i) => this.#fact(page, key, i));
        break;
      case 'supports':
        page.chunks.forEach((key, i) => {
          const chunk = this.#chunks.get(key);
          const fact = this.#facts.get(page.facts[i]!);
          if (chunk >= 0 && fact >= 0) this.#sink.support(fact, chunk, page.confidence[i]!);
        });
        break;
      case 'mentions':
        page.chunks.forEach((key, i) => {
          const chunk = this.#chunks.get(key);
          const entity = this.#entities.get(page.entities[i]!);
          if (chunk >= 0 && entity >= 0) this.#sink.mention(entity, chunk, 1);
        });
        break;
    }
  }

  #fact(page: EdgePage & { kind: 'facts' }, key: number, i: number): void {
    const subject = this.#entities.get(page.subjects[i]!);
    const object = this.#entities.get(page.objects[i]!);
    if (subject < 0 || object < 0) return;
    const isNegated = page.negated[i] === 1;
    this.#facts.set(
      key,
      this.#sink.fact(page.ids[i]!, subject, page.relations[i]!, object, isNegated),
    );
  }
}

/** Numbers by small numbers. */
class Keyed {
  /** Value + 1, or 0. */
  #values = new Uint32Array(1 << 10);

  get(key: number): number {
    return (this.#values[key] ?? 0) - 1;
  }

  set(key: number, value: number): void {
    if (key >= this.#values.length) {
      const larger = new Uint32Array(Math.max(key + 1, this.#values.length * 2));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[key] = value + 1;
  }
}

export async function buildAdjacency(pages: AsyncIterable<EdgePage>): Promise<Adjacency> {
  const builder = new AdjacencyBuilder();
  const reader = new EdgeReader(builder);
  for await (const page of pages) reader.read(page);
  return builder.finish();
}
