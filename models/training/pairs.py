"""Text pairs for the embedder: what should lie close to what.

Real: questions from triples and chains of triples, sentences and their passages, names and passages that
mention them. Generated: questions, names and restatements against passages of the generator.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from bm25 import Bm25
from facts import make_world
from names import Names
from prose import Passage, Style, passages
from questions import noun_phrase
from texts import DATE, RealPassage, cloze_question, shortened, triple_question

NEGATIVE_DEPTH = 12


@dataclass(frozen=True)
class Pair:
    """`negative` is near in words but not the match; it may be empty."""

    query: str
    positive: str
    negative: str = ""


def passage_text(p: Passage) -> str:
    """What is embedded of a passage."""
    return f"{p.title}\n{p.text}"


class RealPairs:
    """Pairs over a fixed list of real passages (long ones cut into windows), with BM25-mined negatives."""

    def __init__(self, items: list[RealPassage], rng: random.Random):
        self.rng = rng
        self.items = [w for item in items for w in self._windows(item)]
        self.texts = [passage_text(i.passage) for i in self.items]
        self.index = Bm25(self.texts)
        self.by_subject: dict[str, list[tuple[int, tuple[str, str, str]]]] = {}
        for i, item in enumerate(self.items):
            for triple in item.triples:
                self.by_subject.setdefault(triple[0].lower(), []).append((i, triple))

    def _windows(self, item: RealPassage) -> list[RealPassage]:
        pieces = max(1, round(len(item.passage.text.split()) / 90))
        found = {w.passage.text: w for w in (shortened(item, self.rng, 110) for _ in range(pieces))}
        return list(found.values())

    def make(self) -> Pair | None:
        at = self.rng.randrange(len(self.items))
        maker = self.rng.choices([self._question, self._chain, self._sentence, self._name], [0.45, 0.2, 0.2, 0.15])[0]
        made = maker(at)
        if made is None:
            return None
        query, positive, match = made
        return Pair(query, positive, self._negative(query, match, made))

    def _negative(self, query: str, match: int, made: tuple) -> str:
        title = self.items[match].passage.title
        near = [i for i in self.index.top(query, NEGATIVE_DEPTH) if i != match and self.items[i].passage.title != title]
        return self.texts[self.rng.choice(near)] if near else ""

    def _question(self, at: int):
        item = self.items[at]
        if item.triples and self.rng.random() < 0.75:
            question = triple_question(self.rng.choice(item.triples), self.rng)
        else:
            question = cloze_question(item.passage, self.rng)
        return question and (question.text, self.texts[at], at)

    def _chain(self, at: int):
        """A question through two passages; either of them is the match."""
        item = self.items[at]
        links = [(t, nxt) for t in item.triples for nxt in self.by_subject.get(t[2].lower(), []) if nxt[0] != at]
        if not links:
            return None
        (s, p, _), (other, (_, p2, o2)) = self.rng.choice(links)
        question = triple_question((f"the {p} of {s}" if self.rng.random() < 0.5 else f"what {s} {p}", p2, o2), self.rng)
        match = at if self.rng.random() < 0.5 else other
        return question and (question.text, self.texts[match], match)

    def _sentence(self, at: int):
        """A sentence against its passage, mostly without that sentence."""
        p = self.items[at].passage
        parts = re.split(r"(?<=[.!?]) ", p.text)
        if len(parts) < 2:
            return None
        i = self.rng.randrange(len(parts))
        rest = " ".join(parts[:i] + parts[i + 1 :]) if self.rng.random() < 0.7 else p.text
        return parts[i], f"{p.title}\n{rest}", at

    def _name(self, at: int):
        item = self.items[at]
        if not item.triples:
            return None
        s, p, o = self.rng.choice(item.triples)
        named = o[:1].isupper() and len(o) > 5 and not DATE.search(o)
        query = self.rng.choice([s, o if named else f"{o} {s}", item.passage.title, f"{s} {p}"])
        return query, self.texts[at], at


class GeneratedPairs:
    """Pairs from generated worlds; negatives are other passages of the same world."""

    def __init__(self, rng: random.Random, held_out: bool = False):
        self.rng = rng
        self.names = Names(rng, held_out)

    def make(self) -> Pair | None:
        r = self.rng
        world = make_world(r, self.names, r.randint(5, 14))
        chunks = [passage_text(p) for p in passages(world, Style(by_subject=0.9), r, self.names)]
        fact = r.choice(world.facts)
        held = [c for c in chunks if fact.subject in c and fact.object in c]
        if not held:
            return None
        others = [c for c in chunks if c not in held and fact.subject not in c]
        query = r.choice([r.choice(fact.relation.questions), r.choice(fact.relation.questions), "{s}", r.choice(fact.relation.statements)])
        query = query.replace("{s}", fact.subject).replace("{o}", fact.object)
        onward = world.following.get((fact.relation.object, fact.object), [])
        if onward and r.random() < 0.3:
            query = r.choice(r.choice(onward).relation.questions).replace("{s}", noun_phrase(fact, fact.subject, r))
        return Pair(query, r.choice(held), r.choice(others) if others else "")
