/** The lines of `GraphStore.dump`, which are the same from every store. */
import type { Entity, Fact } from './types.ts';

export function dumpLine(kind: 'alias' | 'mention', fields: readonly unknown[]): string {
  return line(kind, fields);
}

export function entityLine(entity: Entity): string {
  return line('entity', Object.values(entity));
}

/** The fact, and a line for each place that says it. */
export function factLines(fact: Fact): string[] {
  const { id, subject, relation, object, confidence, negated, support } = fact;
  const ends = [subject.id, subject.name, relation, object.id, object.name];
  return [
    line('fact', [id, ...ends, confidence, negated]),
    ...support.map((place) => line('support', [id, ...Object.values(place)])),
  ];
}

function line(kind: string, fields: readonly unknown[]): string {
  return `${kind} ${JSON.stringify(fields)}`;
}
