"""The stages a reader goes through: first distance between subject and object, then prose, then everything.

A stage is entered when the one before is mastered (exact match of training questions), or when it has used
up its share of tokens.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from facts import World, make_world
from names import Names
from packing import Context
from prompt import ASSISTANT, END, Encoder
from prose import Style, passages
from questions import (
    NOT_STATED,
    Question,
    absent_question,
    chain_question,
    inverse_question,
    single_question,
    yes_no_question,
)
from texts import RealPassage, real_question, shortened

FILLERS = " was in the of to and for with that by".split(" ")[1:]
PLAIN = Style(paraphrases=1, inverted=0, merges=0, pronouns=0, asides=0, openers=0, by_subject=0.3, sentences_per_passage=5)


@dataclass(frozen=True)
class Stage:
    """One stage. `gap` counts filler words between subject and object (None: prose). `ending` is how much of the
    prompt's form surrounds a question: 0 nothing, 1 the assistant token, 2 end and assistant, 3 all of it.
    `mix` weighs question kinds; `real`, `copies`, `blocks` are shares of contexts."""

    gap: int | None = None
    ending: int = 3
    style: Style = PLAIN
    paraphrases: int = 99
    mix: tuple[tuple[str, float], ...] = (("1-hop", 1.0),)
    facts: tuple[int, int] = (6, 10)
    questions: int = 10
    real: float = 0.0
    copies: float = 0.1
    blocks: float = 0.0
    fillers: float = 0.0  # share of contexts with real passages as distractors
    mastery: float = 0.8


READING = (("1-hop", 0.67), ("2-hop", 0.06), ("absent", 0.22), ("inverse", 0.05))
ALL = (("1-hop", 0.48), ("2-hop", 0.18), ("3-hop", 0.04), ("absent", 0.2), ("inverse", 0.06), ("yes-no", 0.04))
STAGES = [
    Stage(gap=0, ending=0, copies=0.2, mastery=0.55),
    Stage(gap=1, ending=1, copies=0.15, mastery=0.6),
    Stage(gap=2, ending=2, mastery=0.65),
    Stage(gap=3, mastery=0.7),
    Stage(gap=4, mastery=0.7),
    Stage(paraphrases=1),
    Stage(mix=(("1-hop", 0.9), ("absent", 0.1)), copies=0.08),
    Stage(style=Style(merges=0, pronouns=0, asides=0, openers=0), mix=(("1-hop", 0.75), ("absent", 0.2), ("inverse", 0.05)), copies=0.08, real=0.15, blocks=0.3),
    Stage(style=Style(merges=0.15, pronouns=0.2, asides=0.1, openers=0.1), mix=READING, facts=(6, 16), copies=0.05, real=0.3, blocks=0.5, fillers=0.15, mastery=0.75),
    Stage(style=Style(), mix=ALL, facts=(6, 18), copies=0.06, real=0.3, blocks=0.5, fillers=0.2, mastery=0.75),
    Stage(style=Style(), mix=ALL, facts=(8, 36), copies=0.06, real=0.35, blocks=0.5, fillers=0.35, mastery=2.0),
]


class Contexts:
    """Makes contexts of a stage. Deterministic in (`seed`, calls)."""

    def __init__(self, encoder: Encoder, real: list[RealPassage], seed: int, held_out: bool = False, max_context: int = 1100):
        self.encoder = encoder
        self.real = real
        self.rng = random.Random(seed)
        self.numpy = np.random.default_rng(seed)
        self.names = Names(self.rng, held_out)
        self.max_context = max_context
        self.prefix = encoder.prefix()
        self.asked = [p for p in real if p.triples or len(p.passage.text) > 200]

    def make(self, stage: Stage, n_facts: int | None = None) -> Context:
        """A context of the stage; kinds are drawn by the stage's shares."""
        draw = self.rng.random()
        if draw < stage.copies:
            return self._copy()
        if stage.gap is None and draw < stage.copies + stage.real:
            return self._with_blocks(self._real(), stage)
        facts = n_facts or self.rng.randint(*stage.facts)
        world = make_world(self.rng, self.names, facts)
        if stage.gap is not None:
            return self._tokens_stage(world, stage)
        return self._with_blocks(self._prose(world, stage), stage)

    def _copy(self) -> Context:
        """Random tokens, repeated as the answer: keeps copying of every token alive."""
        n = self.rng.randint(10, 60)
        ids = [self.rng.randrange(6, self.encoder.tokenizer.get_vocab_size()) for _ in range(n)]
        start = self.rng.randrange(n - 6)
        return Context(self.prefix, [ids], [(ids[start : start + 2], ids[start + 2 :])], kinds=["copy"])

    def _tokens_stage(self, world: World, stage: Stage) -> Context:
        """ "relation subject fillers object." asked as "relation subject"."""
        parts = []
        for fact in world.facts:
            gap = stage.gap if self.rng.random() < 0.7 else self.rng.randint(0, stage.gap)
            fillers = "".join(" " + f for f in self.rng.sample(FILLERS, gap))
            parts.append(f" {fact.relation.name} {fact.subject}{fillers} {fact.object}.")
        body = self.encoder.ids("".join(parts) + "\n\n")
        ending = ["", ASSISTANT, END + ASSISTANT, END + ASSISTANT][stage.ending]
        questions, kinds = [], []
        for fact in self._some(world.facts, stage.questions):
            lead = "Question:" if stage.ending == 3 else ""
            questions.append((self.encoder.ids(f"{lead} {fact.relation.name} {fact.subject}{ending}"), self.encoder.answer(" " + fact.object)))
            kinds.append("1-hop")
        return Context(self.prefix, [body], questions, kinds=kinds)

    def _some(self, items: list, n: int) -> list:
        return self.rng.sample(items, min(n, len(items)))

    def _question(self, world: World, stage: Stage) -> Question | None:
        kinds, weights = zip(*stage.mix)
        kind = self.rng.choices(kinds, weights)[0]
        if kind == "1-hop":
            return single_question(world, self.rng, stage.paraphrases)
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
        for _ in range(stage.questions * 2):
            question = self._question(world, stage)
            if question and len(asked) < stage.questions:
                asked.setdefault(question.text, question)
        return self._context([c.render() for c in chunks], list(asked.values()))

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
        return self._context([p.passage.render() for p in items], list(asked.values()))

    def _context(self, texts: list[str], questions: list[Question]) -> Context:
        chunks = self.encoder.many(texts)
        answers = self.encoder.many([" " + q.answer for q in questions])
        heads = [self.encoder.question(q.text) for q in questions]
        end = self.encoder.answer("")
        return Context(self.prefix, chunks, [(h, a + end) for h, a in zip(heads, answers)], kinds=[q.kind for q in questions])

    def _with_blocks(self, context: Context, stage: Stage) -> Context:
        """Marks the rows that see everything: single ones, or whole spans of up to a dozen tokens."""
        if len(context.passages) > 1 and self.rng.random() < stage.blocks:
            rows = sum(map(len, context.passages))
            context.rows_seeing_all = recomputed_rows(rows, self.rng.choice([0.0, 0.0, 0.1, 0.15, 0.3]), self.numpy, spans=self.rng.random() < 0.4)
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
