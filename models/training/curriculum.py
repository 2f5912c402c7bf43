"""The stages a reader goes through: first distance between subject and object, then prose, then everything.

A stage is entered when the one before is mastered (exact match of training questions), or when it has used
up its share of tokens.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np

from facts import World, make_profiles, make_world
from links import Place, answer_span, context_brings, context_labels, context_links, fact_places, needs, question_labels, question_links, real_links, triple_labels, triple_places
from listing import Listing, listing, made_listing
from names import Names
from packing import Context
from prompt import ASSISTANT, END, PREFIX, Encoder
from prose import Passage, Style, hidden_facts, passages
from questions import (
    NOT_STATED,
    Question,
    absent_question,
    chain_question,
    inverse_question,
    single_question,
    yes_no_question,
)
from texts import RELATION_OF, RealPassage, real_question, shortened

SIMPLE = Style(paraphrases=1, inverted=0, merges=0, pronouns=0, asides=0, openers=0, by_subject=0.3, sentences_per_passage=5, continued=0)
CONTINUED = Style(continued=0.8, by_subject=1.0)
PLAIN = Style(merges=0, pronouns=0, asides=0, openers=0, continued=0.1)


HIDDEN_SHARE = 0.5
LAST_POSITION = 3900
LONG_FACTS = (60, 140)


@dataclass(frozen=True)
class Stage:
    """One stage. `mix` weighs question kinds; `real`, `copies`, `blocks` are shares of contexts, `fillers` the share with
    real passages as distractors. It is left at exact match `mastery` of single facts or after `share` of all tokens."""

    style: Style = Style()
    paraphrases: int = 99
    mix: tuple[tuple[str, float], ...] = (("1-hop", 1.0),)
    facts: tuple[int, int] = (6, 10)
    questions: int = 10
    real: float = 0.0
    copies: float = 0.03
    listings: float = 0.0  # share of the second task
    blocks: float = 0.0
    fillers: float = 0.0
    profiles: float = 0.0  # share of contexts about a few subjects, in passages that continue one another
    mastery: float = 0.85
    share: float = 0.2
    stretched: float = 0.0  # share of contexts whose positions are spread over the whole range, at the cost of a short one
    long: float = 0.0  # share of batches of crowded long contexts
    batch: float = 1.0  # of the setting's tokens a step: small steps teach a beginner more


# Many worlds have no chain of two: the shares that come out are about half of those of 2-hop and 3-hop here.
EARLY = (("1-hop", 0.45), ("2-hop", 0.45), ("absent", 0.1))
READING = (("1-hop", 0.38), ("2-hop", 0.42), ("absent", 0.1), ("inverse", 0.1))
ALL = (("1-hop", 0.27), ("2-hop", 0.38), ("3-hop", 0.12), ("absent", 0.14), ("inverse", 0.07), ("yes-no", 0.02))
STAGES = [
    Stage(SIMPLE, paraphrases=1, mix=EARLY, mastery=0.6, share=0.18, batch=0.5),
    Stage(SIMPLE, mix=EARLY, mastery=0.75, share=0.18, batch=0.5, stretched=0.3),
    Stage(PLAIN, mix=READING, facts=(6, 12), real=0.05, mastery=0.75, share=0.2, batch=0.5, stretched=0.3),
    Stage(mix=ALL, facts=(6, 20), real=0.16, listings=0.05, questions=12, blocks=0.2, fillers=0.1, profiles=0.2, mastery=0.75, share=0.3, batch=0.7, stretched=0.3),
    Stage(Style(continued=0.35), mix=ALL, facts=(8, 56), questions=16, real=0.25, listings=0.06, blocks=0.3, fillers=0.25, profiles=0.3, copies=0.02, share=1.0, stretched=0.3, long=0.08),
]


class Contexts:
    """Makes contexts of a stage. Deterministic in (`seed`, calls)."""

    def __init__(self, encoder: Encoder, real: list[RealPassage], seed: int, held_out: bool = False, max_context: int = 1100, listed: list[Listing] | None = None):
        self.encoder = encoder
        self.real, self.listed = real, listed or []
        self.rng = random.Random(seed)
        self.numpy = np.random.default_rng(seed)
        self.names = Names(self.rng, held_out)
        self.max_context = max_context
        self.prefix = encoder.prefix()
        self.prefix_tokens = encoder.encodings([PREFIX])[0]
        self.asked = [p for p in real if p.triples or len(p.passage.text) > 200]

    def make(self, stage: Stage, n_facts: int | None = None) -> Context:
        """A context of the stage; kinds are drawn by the stage's shares."""
        draw = self.rng.random()
        if draw < stage.copies:
            return self._copy()
        if draw < stage.copies + stage.real:
            return self._with_blocks(self._real(), stage)
        if draw < stage.copies + stage.real + stage.listings:
            return self._listing()
        facts = n_facts or self.rng.randint(*stage.facts)
        if self.rng.random() < stage.profiles:
            return self._with_blocks(self._prose(make_profiles(self.rng, self.names, facts), replace(stage, style=CONTINUED)), stage)
        return self._with_blocks(self._prose(make_world(self.rng, self.names, facts), stage), stage)

    def _stretch(self, context: Context) -> None:
        """Leaves positions out before passages, as if other passages stood there."""
        free = self.rng.randint(0, LAST_POSITION - context.context_tokens())
        cuts = sorted(self.rng.randint(0, free) for _ in context.passages)
        context.gaps = [b - a for a, b in zip([0, *cuts], cuts)]

    def _copy(self) -> Context:
        """Random tokens, repeated as the answer: keeps copying of every token alive."""
        n = self.rng.randint(10, 60)
        ids = [self.rng.randrange(6, self.encoder.tokenizer.get_vocab_size()) for _ in range(n)]
        start = self.rng.randrange(n - 6)
        return Context(self.prefix, [ids], [(ids[start : start + 2], ids[start + 2 :])], kinds=["copy"])

    def _listing(self) -> Context:
        """Instructions to list triples, each with its own passage."""
        context = Context(self.prefix, [[]], [])
        for _ in range(2):
            item = self.rng.choice(self.listed) if self.listed and self.rng.random() < 0.6 else made_listing(self.rng, self.names)
            question, answer, links = listing(item, self.rng, self.encoder)
            context.questions.append((question, answer))
            context.question_links.append(links)
            context.kinds.append("triples")
        return context

    def _question(self, world: World, stage: Stage, hidden: set[int]) -> Question | None:
        """`hidden`: facts whose subject only another passage names; they are asked more often than they are stated."""
        kinds, weights = zip(*stage.mix)
        kind = self.rng.choices(kinds, weights)[0]
        if kind == "1-hop":
            return single_question(world, self.rng, stage.paraphrases, hidden if self.rng.random() < HIDDEN_SHARE else None)
        if kind in ("2-hop", "3-hop"):
            return chain_question(world, int(kind[0]), self.rng)
        if kind == "inverse":
            return inverse_question(world, self.rng)
        if kind == "yes-no":
            return yes_no_question(world, self.rng)
        return absent_question(world, self.rng, self.names)

    def _prose(self, world: World, stage: Stage) -> Context:
        chunks = passages(world, stage.style, self.rng, self.names)
        if self.rng.random() < stage.fillers:
            chunks += [shortened(self.rng.choice(self.real), self.rng, 90).passage for _ in range(self.rng.randint(1, 4))]
            self.rng.shuffle(chunks)
        asked: dict[str, Question] = {}
        hidden = hidden_facts(world, chunks)
        for _ in range(stage.questions * 2):
            question = self._question(world, stage, hidden)
            if question and len(asked) < stage.questions:
                asked.setdefault(question.text, question)
        return self._context(chunks, list(asked.values()), world)

    def _real(self) -> Context:
        """Real passages; most questions are answered by one of them, the others by a passage that is not there."""
        count = self.rng.choice([1, 1, 2, 3, 4, 6, 8])
        at = self.rng.randrange(len(self.real))
        near = [self.real[(at + i) % len(self.real)] for i in range(count)]
        items = [shortened(p, self.rng, self.rng.choice([60, 120, 180])) for p in near]
        whole = "\n".join(p.passage.title + "\n" + p.passage.text for p in items)
        asked: dict[str, Question] = {}
        for _ in range(24):
            if len(asked) == 8:
                break
            question = real_question(self.rng.choice(items), self.rng)
            if question:
                asked.setdefault(question.text, question)
        for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
            question = real_question(shortened(self.rng.choice(self.asked), self.rng, 120), self.rng)
            if question and question.answer not in whole and len(question.answer) > 3:
                asked.setdefault(question.text, Question(question.text, NOT_STATED, "absent"))
        return self._context([p.passage for p in items], list(asked.values()), triples=[p.triples for p in items])

    def _context(self, chunks: list[Passage], questions: list[Question], world: World | None = None, triples: list[list] | None = None) -> Context:
        texts = self.encoder.encodings([c.render() for c in chunks])
        answers = self.encoder.many([" " + q.answer for q in questions])
        heads = self.encoder.encodings([f"Question: {q.text}{END}{ASSISTANT}" for q in questions])
        end, start = self.encoder.answer(""), len(self.prefix)
        ids = self.prefix + [token for text in texts for token in text.ids]
        places = fact_places(chunks, texts, world.facts, start) if world else {}
        named: dict[tuple[str, str], Place] = {}
        at = start
        for chunk, text, of_chunk in zip(chunks, texts, triples or []):
            named |= triple_places(of_chunk, chunk, text, at)
            at += len(text.ids)
        known = {(s, o): RELATION_OF[p.strip().lower()] for of_chunk in triples or [] for s, p, o in of_chunk if p.strip().lower() in RELATION_OF}
        stated = places or dict(enumerate(named.values()))
        for i, question in enumerate(questions):
            answers[i] = self._as_stated(question, answers[i], ids, places)
        links = []
        for q, h, a in zip(questions, heads, answers):
            if q.kind == "real":
                links.append(real_links(q, h, a, chunks, texts, ids, start, named))
            else:
                links.append(question_links(q, h, a, places, ids, self.prefix_tokens))
        return Context(
            self.prefix, [t.ids for t in texts], [(h.ids, a + end) for h, a in zip(heads, answers)], kinds=[q.kind for q in questions],
            links=context_links(stated), question_links=links, labels=context_labels(places, world.facts) if world else triple_labels(named, known), brings=context_brings(stated, ids),
            question_labels=[question_labels(q, h) for q, h in zip(questions, heads)], needs=[needs(q, places) for q in questions],
        )  # fmt: skip

    def _as_stated(self, question: Question, answer: list[int], context: list[int], places: dict[int, Place]) -> list[int]:
        """The answer in the tokens of its fact, which has no space before it at the beginning of a line."""
        span = answer_span(question, places)
        stated = context[span.first : span.last + 1] if span else answer
        return stated if self.encoder.tokenizer.decode(stated).strip() == question.answer else answer

    def _with_blocks(self, context: Context, stage: Stage) -> Context:
        """Marks the rows that see everything: single ones, or whole spans of up to a dozen tokens. Stretches some contexts."""
        if self.rng.random() < stage.stretched:
            self._stretch(context)
        if len(context.passages) > 1 and self.rng.random() < stage.blocks:
            rows = sum(map(len, context.passages))
            context.block(recomputed_rows(rows, self.rng.choice([0.0, 0.0, 0.1, 0.15, 0.3]), self.numpy, spans=self.rng.random() < 0.4))
        return context


def recomputed_rows(rows: int, share: float, rng: np.random.Generator, spans: bool = False) -> np.ndarray:
    """[rows] boolean, about `share` of them True."""
    if not spans:
        return rng.random(rows) < share
    out = np.zeros(rows, bool)
    while rows and out.mean() < share:
        start = rng.integers(rows)
        out[start : start + rng.integers(2, 13)] = True
    return out
