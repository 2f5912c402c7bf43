/** Entities that a question names: every run of its words is looked up among names and aliases. */
import { normalizeName, type Entity, type GraphStore } from '../graph/index.ts';
import { nGrams } from './words.ts';

/** Longest name looked for, in words. */
const LONGEST_NAME = 6;
/** A single lower-case word is a name only if it is long enough to be telling. */
const SHORTEST_PLAIN_NAME = 4;

export async function linkEntities(
  graph: GraphStore,
  workspaceId: string,
  question: string,
): Promise<Entity[]> {
  const names = nGrams(question, LONGEST_NAME).map(normalizeName);
  const found = await graph.entitiesByName(workspaceId, [...new Set(names)]);
  const linked = new Map<string, Entity>();
  // Longest first: "Colin Archer" takes its words, so that another "Archer" is not linked too.
  const taken: string[] = [];
  for (const name of [...found.keys()].toSorted((a, b) => b.length - a.length)) {
    if (name.length < SHORTEST_PLAIN_NAME && !isWrittenAsName(question, name)) continue;
    if (taken.some((longer) => ` ${longer} `.includes(` ${name} `))) continue;
    taken.push(name);
    for (const entity of found.get(name)!) linked.set(entity.id, entity);
  }
  return [...linked.values()];
}

/** A short name counts if the question writes it with a capital, as a number, or in a script without case. */
function isWrittenAsName(question: string, name: string): boolean {
  const written = question.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
  return written.some(
    (word) =>
      /^[\p{Lu}\p{Lo}\p{N}]/u.test(word) && ` ${normalizeName(word)} `.includes(` ${name} `),
  );
}
