"""Worlds of connected facts: few relations, crowded, so that chains exist and guessing does not pay."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from names import Names
from relations import CORE, LITERAL_KINDS, RELATIONS, Relation

BY_SUBJECT: dict[str, list[Relation]] = {}
for _relation in RELATIONS:
    BY_SUBJECT.setdefault(_relation.subject, []).append(_relation)


@dataclass(frozen=True)
class Fact:
    """`subject` stands in `relation` to `object`; `number` is its place in the world."""

    relation: Relation
    subject: str
    object: str
    number: int = 0


class World:
    """Facts of one context; at most one object for each (relation, subject)."""

    def __init__(self, facts: list[Fact]):
        self.facts = facts = [replace(f, number=i) for i, f in enumerate(facts)]
        self.objects = {(f.relation.name, f.relation.subject, f.subject): f.object for f in facts}
        self.subject_kinds: dict[str, str] = {}
        self.following: dict[tuple[str, str], list[Fact]] = {}
        for fact in facts:
            self.subject_kinds[fact.subject] = fact.relation.subject
            self.following.setdefault((fact.relation.subject, fact.subject), []).append(fact)

    def object_of(self, relation: Relation, subject: str) -> str | None:
        """The object of a relation, or None when the world does not state it."""
        return self.objects.get((relation.name, relation.subject, subject))

    def chains(self, hops: int) -> list[list[Fact]]:
        """All paths of `hops` facts in which each object is the next subject."""
        paths = [[fact] for fact in self.facts]
        for _ in range(hops - 1):
            paths = [
                path + [fact]
                for path in paths
                for fact in self.following.get((path[-1].relation.object, path[-1].object), [])
                if fact.object not in {f.subject for f in path}
            ]
        return paths

    def same_relation(self, relation: Relation) -> list[Fact]:
        return [f for f in self.facts if f.relation is relation]


def choose_relations(rng: random.Random, count: int) -> list[Relation]:
    """A connected handful: each new relation continues from the objects or subjects of those before."""
    chosen = [rng.choice(CORE if rng.random() < 0.6 else RELATIONS)]
    for _ in range(count * 8):
        if len(chosen) >= count:
            break
        ends = [r.object for r in chosen if r.object not in LITERAL_KINDS]
        kinds = ends if ends and rng.random() < 0.7 else [r.subject for r in chosen]
        kind = rng.choice(kinds)
        options = [r for r in BY_SUBJECT.get(kind, []) if r not in chosen and (r in CORE or rng.random() < 0.4)]
        if options:
            chosen.append(rng.choice(options))
    return chosen


def _near(name: str, kind: str, rng: random.Random, names: Names) -> str:
    """A name that shares words with another one (a relative, a namesake)."""
    other = names.make(kind).split()
    words = name.split()
    if len(words) < 2 or len(other) < 2:
        return " ".join(other)
    return " ".join(words[:-1] + other[-1:]) if rng.random() < 0.5 else " ".join(other[:-1] + words[-1:])


def _pool(kind: str, size: int, rng: random.Random, names: Names) -> list[str]:
    pool: list[str] = []
    while len(pool) < size:
        near = pool and kind not in LITERAL_KINDS and rng.random() < 0.12
        name = _near(rng.choice(pool), kind, rng, names) if near else names.make(kind)
        if not any(name in other or other in name for other in pool) or (kind in LITERAL_KINDS and len(pool) > 3):
            pool.append(name)
        elif rng.random() < 0.05:
            size -= 1
    return pool


def _pool_size(kind: str, relations: list[Relation], n_facts: int) -> int:
    """Enough names that few objects repeat, few enough that objects are subjects again."""
    roles = sum((r.subject == kind) + (r.object == kind) for r in relations)
    return max(2, int(n_facts / len(relations) * (1.2 if len(relations) == 1 else 1.2 + 0.4 * roles)) + 1)


def make_profiles(rng: random.Random, names: Names, n_facts: int) -> World:
    """Several facts about each of a few subjects of one kind: what passages that continue one another are about."""
    kind = rng.choice([k for k, relations in BY_SUBJECT.items() if len(relations) > 5])
    relations = rng.sample(BY_SUBJECT[kind], rng.randint(3, 5))
    subjects = _pool(kind, max(2, n_facts // len(relations)), rng, names)
    out = []
    for subject in subjects:
        taken = {subject}
        for relation in rng.sample(relations, rng.randint(2, len(relations))):
            obj = names.make(relation.object)
            if obj not in taken:
                out.append(Fact(relation, subject, obj))
                taken.add(obj)
    rng.shuffle(out)
    return World(out)


def make_world(rng: random.Random, names: Names, n_facts: int, n_relations: int | None = None) -> World:
    """About `n_facts` facts over a connected choice of relations (all entities new)."""
    count = n_relations or (1 if rng.random() < 0.3 else rng.randint(2, max(2, min(8, 1 + n_facts // 3))))
    relations = choose_relations(rng, count)
    kinds = {k for r in relations for k in (r.subject, r.object)}
    pools = {k: _pool(k, _pool_size(k, relations, n_facts), rng, names) for k in sorted(kinds)}
    facts: dict[tuple[str, str, str], Fact] = {}
    for i in range(n_facts * 8):
        if len(facts) >= n_facts:
            break
        relation = relations[i % count] if i < 2 * count else rng.choice(relations)
        subject, obj = rng.choice(pools[relation.subject]), rng.choice(pools[relation.object])
        key = (relation.name, relation.subject, subject)
        if subject != obj and key not in facts:
            facts[key] = Fact(relation, subject, obj)
    chosen = list(facts.values())
    rng.shuffle(chosen)
    return World(chosen)
