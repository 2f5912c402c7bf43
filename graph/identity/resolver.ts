/**
 * Gives names as the identity records have them. Records apply in the order in which they were made, each to
 * what the ones before have left: so a record means what its maker saw, and taking one back leaves the
 * meaning of the others alone.
 */
import { entityId } from '../names.ts';
import type { ChunkExtraction, ExtractedMention, ExtractedTriple } from '../types.ts';
import { cuesOf } from './context.ts';
import type { EntityRef, IdentityRecord, Merge, Sense, Split } from './types.ts';

type Rule = Merge | Split;

interface Step {
  readonly at: number;
  readonly rule: Rule;
}

/** Where a name stands. */
interface Place {
  readonly documentId: string;
  readonly chunkId: string;
  readonly cues: () => ReadonlySet<string>;
}

export class IdentityResolver {
  readonly #workspaceId: string;
  /** By the id of the entity that the rule takes away from. */
  readonly #steps = new Map<string, Step[]>();

  /** @param records those that stand, the oldest first */
  constructor(workspaceId: string, records: readonly IdentityRecord[]) {
    this.#workspaceId = workspaceId;
    records.forEach(({ decision }, at) => {
      if (decision.kind === 'distinct') return;
      const id = decision.kind === 'merge' ? decision.from.id : decision.entity.id;
      const steps = this.#steps.get(id);
      if (steps) steps.push({ at, rule: decision });
      else this.#steps.set(id, [{ at, rule: decision }]);
    });
  }

  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  /** Whether any record takes mentions of the entity away. */
  concerns(id: string): boolean {
    return this.#steps.has(id);
  }

  /** What a document says, in the names of the records. A fact between what has become one is left out. */
  resolve(documentId: string, extractions: readonly ChunkExtraction[]): ChunkExtraction[] {
    if (this.isEmpty) return [...extractions];
    let cues: ReadonlySet<string> | undefined;
    const cuesOnce = () => (cues ??= cuesOf(this.#workspaceId, extractions));
    return extractions.map((extraction) =>
      this.#resolveChunk(extraction, { documentId, chunkId: extraction.chunkId, cues: cuesOnce }),
    );
  }

  /** Every entity that mentions of `id` may have become; `id` itself if no record speaks of it. */
  outcomes(id: string): string[] {
    const found = new Set<string>();
    this.#follow(id, -1, found);
    return [...found];
  }

  #resolveChunk(extraction: ChunkExtraction, place: Place): ChunkExtraction {
    const nameOf = this.#namesAt(place);
    const mentions = extraction.mentions.map((mention) => renamed(mention, nameOf(mention.name)));
    const triples: ExtractedTriple[] = [];
    for (const triple of extraction.triples) {
      const subject = renamed(triple.subject, nameOf(triple.subject.name));
      const object = renamed(triple.object, nameOf(triple.object.name));
      if (!this.#haveBecomeOne(triple, subject, object))
        triples.push({ ...triple, subject, object });
      // Without these, a document that says nothing else of the entity could not be found on undo.
      else mentions.push(mentionOf(triple.subject, subject), mentionOf(triple.object, object));
    }
    return { ...extraction, mentions, triples };
  }

  #haveBecomeOne(said: Ends, subject: { name: string }, object: { name: string }): boolean {
    const id = (name: string) => entityId(this.#workspaceId, name);
    return id(subject.name) === id(object.name) && id(said.subject.name) !== id(said.object.name);
  }

  #namesAt(place: Place): (name: string) => string {
    const known = new Map<string, string>();
    return (name) => {
      let resolved = known.get(name);
      if (resolved === undefined) known.set(name, (resolved = this.#nameAt(name, place)));
      return resolved;
    };
  }

  #nameAt(name: string, place: Place): string {
    let current: EntityRef = { id: entityId(this.#workspaceId, name), name };
    for (let at = -1; ;) {
      const step = this.#nextStep(current.id, at);
      if (!step) return current.name;
      const next = step.rule.kind === 'merge' ? step.rule.into : senseAt(step.rule, place);
      // A sense that keeps the id keeps the spelling too.
      if (next.id !== current.id) current = next;
      at = step.at;
    }
  }

  #nextStep(id: string, after: number): Step | undefined {
    return this.#steps.get(id)?.find((step) => step.at > after);
  }

  #follow(id: string, after: number, found: Set<string>): void {
    const step = this.#nextStep(id, after);
    if (!step) return void found.add(id);
    const next = step.rule.kind === 'merge' ? [step.rule.into] : step.rule.senses;
    for (const each of next) this.#follow(each.id, step.at, found);
  }
}

interface Ends {
  readonly subject: { readonly name: string };
  readonly object: { readonly name: string };
}

type End = ExtractedTriple['subject'];

function mentionOf(said: End, { name, type, span }: End): ExtractedMention {
  return { surface: said.name, name, type, span };
}

function renamed<T extends { readonly name: string }>(thing: T, name: string): T {
  return name === thing.name ? thing : { ...thing, name };
}

function senseAt(split: Split, { documentId, chunkId, cues }: Place): EntityRef {
  return (
    split.senses.find((sense) => sense.chunks.includes(chunkId)) ??
    split.senses.find((sense) => sense.documents.includes(documentId)) ??
    byCues(split.senses, cues()) ??
    split.senses.find((sense) => sense.id === split.rest) ??
    split.entity
  );
}

/** The sense with the most weight; none where two have the same. */
function byCues(senses: readonly Sense[], cues: ReadonlySet<string>): Sense | undefined {
  const weighed = senses
    .map((sense) => ({ sense, weight: weightOf(sense, cues) }))
    .sort((a, b) => b.weight - a.weight);
  const [first, second] = weighed;
  if (!first || first.weight <= 0 || first.weight === second?.weight) return undefined;
  return first.sense;
}

function weightOf({ cues }: Sense, present: ReadonlySet<string>): number {
  // Sorted, because sums of fractions depend on their order.
  return Object.keys(cues)
    .filter((cue) => present.has(cue))
    .sort()
    .reduce((sum, cue) => sum + cues[cue]!, 0);
}
