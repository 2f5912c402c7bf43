/**
 * The numbers of retrieval, in one place: one setting for every corpus and embedder. Chosen by coordinate descent on
 * musique-100 over six conditions at once (three embedders; given triples; titles removed); docs/retrieval.md says how,
 * and gives the cross-validated figures.
 */
import type { MethodName } from './methods/index.ts';

export interface RetrievalSettings {
  /** How the graph leads from what the question found to further chunks. */
  readonly method: MethodName;
  /** Chunks taken from each index. */
  readonly pool: number;
  /** Share of the dense score in round 1, 0..1. */
  readonly denseShare: number;
  /** Share of the best sentence's dense score in round 1, 0..1, where sentences are embedded. */
  readonly sentenceShare: number;
  /** Share of the best fact's dense score in round 1, 0..1, where facts are embedded. */
  readonly factShare: number;
  /** Facts nearest to the question that are looked at; 0: none. */
  readonly nearFacts: number;
  /** Bonus of a chunk whose title, or whose opening words, the question names. */
  readonly titleBonus: number;
  /** Rounds over entity links behind the first; 0 leaves what the question finds by itself. */
  readonly linkRounds: number;
  /** Chunks that a round starts from. */
  readonly starts: number;
  /** The same from the second link round on. */
  readonly laterStarts: number;
  /** What covering the whole question is worth when starts are chosen, and when the final order is made. */
  readonly startCoverage: number;
  readonly finalCoverage: number;
  /** Worth of the best imaginable link against a score of round 1, which lies in 0..1. */
  readonly linkValue: number;
  /** Weight of a mention link against a link to the document an entity is the title of. */
  readonly mentionLink: number;
  /** The same for a link to a document that opens with the entity. */
  readonly openingLink: number;
  /** Documents of one title share its weight: n of them count 1 / n^this each. */
  readonly sharedTitle: number;
  /** Share of the meaning of the sentence that holds an entity against its words, 0..1, where sentences are embedded. */
  readonly sentenceMeaning: number;
  /** Weight of an entity the question itself names: following it again finds little that is new. */
  readonly namedEntity: number;
  /** Weight of an entity of another type than the question leads over. */
  readonly otherType: number;
  /** Weight of an entity whose name is written like any other word. */
  readonly commonNoun: number;
  /** What the entity's own words count in the conditional question. */
  readonly entityTerms: number;
  /** Entities in more chunks than this lead only to documents they are the title of. */
  readonly commonEntity: number;
  /** Links whose target is read, per round. */
  readonly mostLinks: number;
  /** Documents named after an entity are targets. */
  readonly titleLinks: boolean;
  /** Titles of other documents are found in the text of a start, whatever extraction has made of them. */
  readonly titleWords: boolean;
  /** A person is looked for under the last name too. */
  readonly shortNames: boolean;
}

export const DEFAULT_SETTINGS: RetrievalSettings = {
  method: 'walk',
  pool: 60,
  denseShare: 0.8,
  sentenceShare: 0.3,
  factShare: 0,
  nearFacts: 5,
  titleBonus: 0.2,
  linkRounds: 2,
  starts: 3,
  laterStarts: 6,
  startCoverage: 3,
  finalCoverage: 1,
  linkValue: 1.3,
  mentionLink: 0.8,
  openingLink: 0.6,
  sharedTitle: 0.5,
  sentenceMeaning: 0,
  namedEntity: 0.15,
  otherType: 0.3,
  commonNoun: 0.4,
  entityTerms: 0.7,
  commonEntity: 100,
  mostLinks: 60,
  titleLinks: true,
  titleWords: true,
  shortNames: true,
};
