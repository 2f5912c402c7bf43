"""Questions about a world: one to three hops, inverse, yes/no, and such that the passages do not answer.

Each question carries the chance that a reader who only knows what kind of thing is asked would guess it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from facts import BY_SUBJECT, Fact, World
from names import Names
from relations import Relation

NOT_STATED = "not stated"
WHICH = {"person": "the person who", "company": "the company that", "city": "the city that", "school": "the school that", "team": "the team that", "country": "the country that"}


@dataclass(frozen=True)
class Question:
    """`kind` is one of 1-hop, 2-hop, 3-hop, inverse, yes-no, absent, real, copy; `guess` the baseline's chance.

    `path` are the facts to follow from the name `asked`, which stands in the text; empty where that is not known.
    """

    text: str
    answer: str
    kind: str
    guess: float = 0.0
    path: tuple[Fact, ...] = ()
    asked: str = ""
    relation: Relation | None = None  # that of a real question, where it is one of the generator's


def noun_phrase(fact: Fact, subject: str, rng: random.Random) -> str:
    """How the object of a fact is called through its subject: "the founder of X", "the person who founded X"."""
    clauses = [s for s in fact.relation.statements if s.startswith("{o} ") and s.endswith("{s}")]
    if clauses and fact.relation.object in WHICH and rng.random() < 0.4:
        return WHICH[fact.relation.object] + " " + rng.choice(clauses)[4:].replace("{s}", subject)
    return fact.relation.noun_phrase.replace("{s}", subject)


def ask(relation: Relation, subject: str, rng: random.Random, paraphrases: int = 99) -> str:
    return rng.choice(relation.questions[:paraphrases]).replace("{s}", subject)


def single_question(world: World, rng: random.Random, paraphrases: int = 99, among: set[int] | None = None) -> Question:
    """About any fact, or one of the numbers `among`."""
    fact = world.facts[rng.choice(sorted(among))] if among else rng.choice(world.facts)
    same = world.same_relation(fact.relation)
    guess = sum(f.object == fact.object for f in same) / len(same)
    return Question(ask(fact.relation, fact.subject, rng, paraphrases), fact.object, "1-hop", guess, (fact,), fact.subject)


def chain_question(world: World, hops: int, rng: random.Random) -> Question | None:
    """A question over a chain of facts, or None when the world has no such chain."""
    chains = world.chains(hops)
    if not chains:
        return None
    return path_question(world, rng.choice(chains), rng)


def path_question(world: World, path: list[Fact], rng: random.Random) -> Question:
    """Asks for the end of a path of connected facts by its beginning."""
    subject = path[0].subject
    for fact in path[:-1]:
        subject = noun_phrase(fact, subject, rng)
    same = world.same_relation(path[-1].relation)
    guess = sum(f.object == path[-1].object for f in same) / len(same)
    return Question(ask(path[-1].relation, subject, rng), path[-1].object, f"{len(path)}-hop", guess, tuple(path), path[0].subject)


def inverse_question(world: World, rng: random.Random) -> Question | None:
    """Asks for the subject of a fact whose object is unique for its relation."""
    options = []
    for fact in world.facts:
        same = world.same_relation(fact.relation)
        if fact.relation.inverse and sum(f.object == fact.object for f in same) == 1:
            options.append((fact, 1 / len(same)))
    if not options:
        return None
    fact, guess = rng.choice(options)
    return Question(rng.choice(fact.relation.inverse).replace("{o}", fact.object), fact.subject, "inverse", guess, (fact,), fact.object)


def yes_no_question(world: World, rng: random.Random) -> Question:
    """Asks whether a statement holds; half of them name another object of the same relation."""
    fact = rng.choice(world.facts)
    others = [f.object for f in world.same_relation(fact.relation) if f.object != fact.object]
    false = bool(others) and rng.random() < 0.5
    statement = rng.choice(fact.relation.statements).replace("{s}", fact.subject).replace("{o}", rng.choice(others) if false else fact.object)
    lead = rng.choice(["Is it true that", "Do the passages say that", "Is it right that"])
    return Question(f"{lead} {statement}?", "no" if false else "yes", "yes-no", 0.5)


def absent_question(world: World, rng: random.Random, names: Names) -> Question:
    """Asks what the world does not state: another relation of a known subject, or an unknown subject."""
    fact = rng.choice(world.facts)
    in_world = [r for r in {f.relation.name: f.relation for f in world.facts}.values() if r.subject == fact.relation.subject]
    choices = in_world if rng.random() < 0.6 else BY_SUBJECT[fact.relation.subject]
    missing = [r for r in choices if world.object_of(r, fact.subject) is None]
    if missing and rng.random() < 0.5:
        return Question(ask(rng.choice(missing), fact.subject, rng), NOT_STATED, "absent")
    chained = [f for f in world.facts if f.relation.object in BY_SUBJECT]
    if chained and rng.random() < 0.3:
        first = rng.choice(chained)
        last = [r for r in BY_SUBJECT[first.relation.object] if world.object_of(r, first.object) is None]
        if last:
            return Question(ask(rng.choice(last), noun_phrase(first, first.subject, rng), rng), NOT_STATED, "absent")
    subject = _unknown(fact, world, rng, names)
    return Question(ask(fact.relation, subject, rng), NOT_STATED, "absent")


def _unknown(fact: Fact, world: World, rng: random.Random, names: Names) -> str:
    """A name the world does not hold; often one that shares a word with a known name."""
    name, words = names.make(fact.relation.subject), fact.subject.split()
    other = name.split()
    if len(words) > 1 and len(other) > 1 and rng.random() < 0.5:
        name = " ".join(words[:-1] + other[-1:]) if rng.random() < 0.5 else " ".join(other[:-1] + words[-1:])
    return name if name not in world.subject_kinds else names.make(fact.relation.subject)
