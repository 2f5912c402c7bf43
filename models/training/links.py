"""What a few heads should look at, made from what the generator knows.

Without these targets a small reader stays for millions of tokens at naming any object of the asked relation. With
them a question is answered by a chain of look-ups, each of which is supervised:

- OWNER, at the tokens of the later end of a fact: looks at the last token of its earlier end (a pronoun's fact: of
  the name before), so that the later end knows whose it is. FIRST, at its last token: looks at the earlier end's
  first token, which is what an answer begins with.
- BRIDGES, at the end of the name in a question: look at the later end of the fact that leads to the next entity of the
  path. Where that entity is the earlier end BRIDGES_BACK do, and bring whose the later end is. The others look at <s>.
- GATHERS, at the last token of a question: one of them, by the number of steps to take, looks at the end of the name
  in it and brings what is found there; the others look at <s>.
- ANSWER, there too: looks at the first token of the answer; at the prompt's "not stated" if nothing is stated.
  ANSWER_BEFORE does so when the answer stands before the asked entity in its fact: it looks at the end of that entity,
  where FIRST brought the answer's first token. The one that has nothing to look at looks at <s>.
- REST, at the tokens of an answer: looks at the next one wherever the answer stands. GATHERS look there as they do at
  the end of the question, since names may begin alike. It brings the tokens behind the first one, ANSWER and
  ANSWER_BEFORE the first one; where a head has no task it looks at <s>, or what it brings drowns what the other brings.

A link says (layer, head), row, rows to look at. A bring says (layer, head), row, token: what the head should bring if it
looked there, which teaches copying at every fact instead of at the few that are asked for. A label says layer, row and relation: behind that layer the row holds
the relation's code, both where a fact stands and where it is asked for, so that heads can compare the two.
The exported model is an ordinary Llama.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tokenizers import Encoding

from facts import Fact
from prose import OBJECT, SUBJECT, Mention, Passage
from questions import NOT_STATED, Question
from relations import RELATIONS, Relation

OWNER, FIRST = ((1, 2), (2, 2)), ((1, 3), (2, 3))
BRIDGES = (((2, 0), (3, 0)), ((3, 2),))  # of the first and second step of a path, where the next entity is the later end
BRIDGES_BACK = (((2, 1), (3, 1)), ((3, 3),))  # where it is the earlier end
GATHERS = ((4, 0), (4, 1), (4, 2))  # for paths of no step, one, two
ANSWER, ANSWER_BEFORE, REST = (5, 0), (5, 1), (5, 2)
LAYERS_LINKED = 5  # the last of them; shallower models have no links
FACT_LABELS, BRIDGE_LABELS, QUESTION_LABELS = (1, 2), (1, 2), (3, 4)  # layers
NAMES = {**dict.fromkeys(OWNER, "owner"), **dict.fromkeys(FIRST, "first"), **dict.fromkeys(BRIDGES[0], "bridge"),
         **dict.fromkeys(BRIDGES_BACK[0], "bridge back"), **dict.fromkeys((*BRIDGES[1], *BRIDGES_BACK[1]), "bridge 2"), **dict.fromkeys(GATHERS, "gather"), ANSWER: "answer",
         ANSWER_BEFORE: "answer before", REST: "rest"}  # fmt: skip
LEAD = len("Question: ")
RELATION_NUMBERS = {id(r): i for i, r in enumerate(RELATIONS)}
Link = tuple[tuple[int, int], int, tuple[int, ...]]  # (layer, head), row, rows to look at
Label = tuple[int, int, int]  # layer, row, relation
Bring = tuple[tuple[int, int], int, int]  # (layer, head), row, token


@dataclass(frozen=True)
class Span:
    """Rows `first` to `last` of the context, both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Place:
    """Where a fact stands: its ends in the order of the text."""

    earlier: Span
    later: Span
    object_later: bool


def _rows(mention: Mention, encoding: Encoding, start: int) -> Span | None:
    rows = [i for i, (a, b) in enumerate(encoding.offsets) if a < mention.end and b > mention.start]
    return Span(start + rows[0], start + rows[-1]) if rows else None


def fact_places(passages: list[Passage], encodings: list[Encoding], facts: list[Fact], start: int) -> dict[int, Place]:
    """Places of facts by number; `start` is the row of the first passage. A pronoun stands for the last name of its subject."""
    named: dict[str, Span] = {}
    subjects: dict[int, Span] = {}
    objects: dict[int, Span] = {}
    for passage, encoding in zip(passages, encodings):
        for mention in passage.mentions:
            span = _rows(mention, encoding, start)
            for number in mention.facts if span else ():
                if mention.role == OBJECT:
                    objects[number] = span
                    continue
                name = facts[number].subject
                if mention.role == SUBJECT:
                    named[name] = span
                if name in named:
                    subjects[number] = named[name]
        start += len(encoding.ids)
    out = {}
    for number in subjects.keys() & objects.keys():
        s, o = subjects[number], objects[number]
        out[number] = Place(s, o, True) if s.first < o.first else Place(o, s, False)
    return out


def triple_places(triples: list[tuple[str, str, str]], passage: Passage, encoding: Encoding, start: int) -> dict[tuple[str, str], Place]:
    """Places of the (subject, object) of a real passage's triples, where the two stand nearest; the subject first if it can be.

    A row belongs to one fact at most: later facts about the same words are left out.
    """
    text, out, taken = passage.render(), {}, set()
    for subject, _, object_ in triples:
        ends = [[m.span() for m in re.finditer(re.escape(name), text)] for name in (subject, object_)]
        pairs = [(s, o) for s in ends[0] for o in ends[1] if s[1] <= o[0]] or [(s, o) for s in ends[0] for o in ends[1] if o[1] <= s[0]]
        if not pairs:
            continue
        spans = min(pairs, key=lambda pair: abs(pair[0][0] - pair[1][0]))
        s, o = (_rows(Mention(SUBJECT, (), *span), encoding, start) for span in spans)
        if s is None or o is None or s.last >= o.first and o.last >= s.first:
            continue
        place = Place(s, o, True) if s.first < o.first else Place(o, s, False)
        rows = set(range(place.later.first, place.later.last + 1))
        if not rows & taken:
            taken |= rows
            out[subject, object_] = place
    return out


def context_links(places: dict[int, Place]) -> list[Link]:
    """OWNER and FIRST links of every fact. Who is owned by nobody looks at <s>, which brings nothing."""
    out: list[Link] = []
    for place in places.values():
        for row in range(place.later.first, place.later.last + 1):
            out += [(head, row, (place.earlier.last,)) for head in OWNER]
        out += [(head, place.later.last, (place.earlier.first,)) for head in FIRST]
    owned = {row for p in places.values() for row in range(p.later.first, p.later.last + 1)}
    free = {row for p in places.values() for row in (p.earlier.first, p.earlier.last)} - owned
    return out + [(head, row, (0,)) for row in sorted(free) for head in OWNER]


def context_brings(places: dict[int, Place], context: list[int]) -> list[Bring]:
    """What ANSWER, ANSWER_BEFORE and REST bring from every fact."""
    out: list[Bring] = []
    for place in places.values():
        later = place.later
        out += [(ANSWER, later.first, context[later.first]), (ANSWER_BEFORE, later.last, context[place.earlier.first])]
        out.append((REST, later.last, context[later.last]))
    return out


def context_labels(places: dict[int, Place], facts: list[Fact]) -> list[Label]:
    """The relation of every fact, at both ends of its later end."""
    rows = [(row, number) for number, place in places.items() for row in {place.later.first, place.later.last}]
    return [(layer, row, RELATION_NUMBERS[id(facts[number].relation)]) for row, number in rows for layer in FACT_LABELS]


def triple_labels(places: dict[tuple[str, str], Place], relations: dict[tuple[str, str], Relation]) -> list[Label]:
    """As `context_labels`, for the (subject, object) of real triples whose relation is known."""
    rows = [(row, relations[ends]) for ends, place in places.items() if ends in relations for row in {place.later.first, place.later.last}]
    return [(layer, row, RELATION_NUMBERS[id(relation)]) for row, relation in rows for layer in FACT_LABELS]


def question_labels(question: Question, encoding: Encoding) -> list[Label]:
    """The relation of the first step at the end of the name, that of the last one at the end of the question."""
    end, last = _name_end(question, encoding), len(encoding.ids) - 1
    if question.relation:
        return [(layer, last, RELATION_NUMBERS[id(question.relation)]) for layer in QUESTION_LABELS]
    if not question.path or end is None:
        return []
    first, final = (RELATION_NUMBERS[id(question.path[i].relation)] for i in (0, -1))
    out = [(layer, last, final) for layer in QUESTION_LABELS]
    return out + [(layer, end, first) for layer in BRIDGE_LABELS] if len(question.path) > 1 else out


def _name_end(question: Question, encoding: Encoding) -> int | None:
    """Row of the last token of the asked name in the question."""
    found = question.text.rfind(question.asked)
    if not question.asked or found < 0:
        return None
    span = _rows(Mention(SUBJECT, (), found + LEAD, found + LEAD + len(question.asked)), encoding, 0)
    return span.last if span else None


def question_links(question: Question, encoding: Encoding, answer: list[int], places: dict[int, Place], context: list[int], prefix: Encoding) -> list[Link]:
    """BRIDGE, GATHER, ANSWER and REST links; rows count from the question's first token, targets in the whole context."""
    end, last = _name_end(question, encoding), len(encoding.ids) - 1
    out: list[Link] = []
    steps = [f.number for f in question.path[:-1]]
    if end is not None:
        # A negative target is a row of the question itself.
        rows = [last, *(last + k for k in range(1, len(answer)))]
        out += [(head, row, (-1 - end,) if i == len(steps) else (0,)) for row in rows for i, head in enumerate(GATHERS)]
        # What these heads bring would be taken for what the heads meant for these rows bring.
        out += [(head, row, (0,)) for row in (end, last) for head in OWNER]
        out += [(head, last, (0,)) for heads in (*BRIDGES, *BRIDGES_BACK) for head in heads]
    if end is not None and all(n in places for n in steps):
        for number, heads, back in zip(steps, BRIDGES, BRIDGES_BACK):
            found, nothing = (places[number].later.last,), (0,)
            out += [(head, end, found if places[number].object_later else nothing) for head in heads]
            out += [(head, end, nothing if places[number].object_later else found) for head in back]
    if question.answer == NOT_STATED:
        said = max(i for i, token in enumerate(prefix.tokens) if token == "Ġnot")
        return out + _answer_links(last, (said,), ()) + _rest_links(last, answer, context)
    if question.path and question.path[-1].number in places:
        place, forward = places[question.path[-1].number], question.kind != "inverse"
        out += _answer_links(last, (place.later.first,), ()) if forward == place.object_later else _answer_links(last, (), (place.later.last,))
        out += _rest_links(last, answer, context)
    return out


def answer_span(question: Question, places: dict[int, Place]) -> Span | None:
    """Where the answer stands in the fact that is asked for."""
    if not question.path or question.answer == NOT_STATED or question.path[-1].number not in places:
        return None
    place = places[question.path[-1].number]
    return place.later if place.object_later == (question.kind != "inverse") else place.earlier


def needs(question: Question, places: dict[int, Place]) -> list[tuple[int, int]]:
    """(row, row it has to see) for the facts of the path to be read."""
    found = [places[f.number] for f in question.path if f.number in places]
    return [pair for p in found for pair in ((p.later.first, p.earlier.last), (p.later.last, p.earlier.last))]


def _answer_links(row: int, here: tuple[int, ...], before: tuple[int, ...]) -> list[Link]:
    return [(ANSWER, row, here or (0,)), (ANSWER_BEFORE, row, before or (0,)), (REST, row, (0,))]


def _rest_links(last: int, answer: list[int], context: list[int]) -> list[Link]:
    """For every token of the answer but the last: the rows of the next one where the whole answer stands."""
    n = len(answer)
    starts = [i for i, token in enumerate(context) if token == answer[0] and context[i : i + n] == answer]
    if not starts:
        return []
    idle = [(head, last + k, (0,)) for k in range(1, n) for head in (ANSWER, ANSWER_BEFORE)]
    return idle + [(REST, last + k, tuple(s + k for s in starts)) for k in range(1, n)]


def real_links(question: Question, encoding: Encoding, answer: list[int], passages: list[Passage], encodings: list[Encoding], context: list[int], start: int, places: dict[tuple[str, str], Place]) -> list[Link]:
    """The links of a triple's question where its place is known; else ANSWER and REST links to every place where the answer stands."""
    forward, backward = places.get((question.asked, question.answer)), places.get((question.answer, question.asked))
    place, end = forward or backward, _name_end(question, encoding)
    if place and end is not None:
        last = len(encoding.ids) - 1
        rows = [last, *(last + k for k in range(1, len(answer)))]
        out: list[Link] = [(head, row, (-1 - end,) if i == 0 else (0,)) for row in rows for i, head in enumerate(GATHERS)]
        out += [(head, row, (0,)) for row in (end, last) for head in OWNER]
        later = place.object_later == bool(forward)
        out += _answer_links(last, (place.later.first,), ()) if later else _answer_links(last, (), (place.later.last,))
        return out + _rest_links(last, answer, context)
    rows, at = [], start
    for passage, tokens in zip(passages, encodings):
        text = passage.render()
        found = text.find(question.answer)
        while found >= 0:
            span = _rows(Mention(OBJECT, (), found, found + len(question.answer)), tokens, at)
            if span:
                rows.append(span.first)
            found = text.find(question.answer, found + 1)
        at += len(tokens.ids)
    last = len(encoding.ids) - 1
    return _answer_links(last, tuple(rows), ()) + _rest_links(last, answer, context) if rows else []
