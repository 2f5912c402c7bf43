"""The second task: the triples of a passage in the JSON form that `ingest/model-extract` asks for.

The instruction, with the relations to use, stands in place of the question and no passages before it. Names begin with a
space, as in the passage, so that their tokens are the same and can be copied; the platform trims them.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Encoding

from facts import make_world
from links import ANSWER, ANSWER_BEFORE, REST, Link
from names import Names
from prompt import ASSISTANT, END, Encoder
from prose import Style, passages
from relations import RELATIONS, Relation

RULES = (
    "Read the passage and list the facts it states. Write names in full, as the passage or its title has them, never pronouns. "
    "State only what the passage says."
)
FORM = ' Answer in JSON: {"facts":[{"subject":"...","relation":"...","object":"..."}]}.'
FIELDS = ("subject", "relation", "object")
MOST_RELATIONS = 16


@dataclass(frozen=True)
class Listing:
    """A passage with its triples; `relations` are lines "label: domain -> range" by label."""

    title: str
    text: str
    triples: tuple[tuple[str, str, str], ...]
    relations: dict[str, str]


def _mended(text: str) -> str:
    try:
        return text.encode("latin1").decode("utf8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def text2kg_listings(data: str | Path) -> list[Listing]:
    """Training sentences of Text2KGBench with the relations of their ontology."""
    out = []
    for path in sorted((Path(data) / "text2kgbench").glob("*/train.jsonl")):
        ontology = json.loads((path.parent / "ontology.json").read_text(encoding="utf8"))
        concepts = {c["qid"]: c["label"] for c in ontology["concepts"]}
        name = lambda qid: concepts.get(qid, "anything")
        relations = {r["label"]: f"{r['label']}: {name(r.get('domain'))} -> {name(r.get('range'))}" for r in ontology["relations"]}
        found: dict[str, list[tuple[str, str, str]]] = {}
        for row in map(json.loads, path.read_text(encoding="utf8").splitlines()):
            text, s, o = (_mended(row[k]) for k in ("sent", "sub_label", "obj_label"))
            if s in text and o in text and s != o and row["rel_label"] in relations:
                found.setdefault(text, []).append((s, row["rel_label"], o))
        out += [Listing("", text, tuple(triples), relations) for text, triples in found.items()]
    return out


def made_listing(rng: random.Random, names: Names) -> Listing:
    """One generated passage, its facts in the order of the text."""
    world = make_world(rng, names, rng.randint(1, 4))
    chunk = rng.choice(passages(world, Style(continued=0.0), rng, names))
    order = {number: m.end for m in sorted(chunk.mentions, key=lambda m: m.end) for number in m.facts}
    facts = [world.facts[number] for number in order]
    line = lambda r: f"{r.name}: {r.subject} -> {r.object}"
    used: list[Relation] = [f.relation for f in facts]
    all_ = {r.name: line(r) for r in [*rng.sample(RELATIONS, rng.randint(3, 12)), *used]}
    return Listing(chunk.title if rng.random() < 0.7 else "", chunk.text, tuple((f.subject, f.relation.name, f.object) for f in facts), all_)


def _instruction(item: Listing, rng: random.Random) -> str:
    others = [label for label in item.relations if label not in {r for _, r, _ in item.triples}]
    labels = rng.sample(others, min(len(others), rng.randint(2, MOST_RELATIONS))) + list(dict.fromkeys(r for _, r, _ in item.triples))
    rng.shuffle(labels)
    lines = "\n".join(f"- {item.relations[label]}" for label in labels)
    return f"{RULES} Use these relations only:\n{lines}\n{FORM}\n\nTitle: {item.title}\n\n{item.text}"


def _answer(item: Listing) -> tuple[str, list[tuple[int, int, int]]]:
    """The JSON and (field, start, end) of its values in characters."""
    out, values = '{"facts":[', []
    for i, triple in enumerate(item.triples):
        out += ',{"' if i else '{"'
        for j, (field, value) in enumerate(zip(FIELDS, triple)):
            out += field + '":"'
            written = json.dumps(value, ensure_ascii=False)[1:-1]
            written = written if field == "relation" else " " + written
            values.append((j, len(out), len(out) + len(written)))
            out += written + ('","' if j < 2 else '"}')
    return out + "]}", values


def listing(item: Listing, rng: random.Random, encoder: Encoder) -> tuple[list[int], list[int], list[Link]]:
    """Ids of the question, ids of the answer, and links that copy its names from the question."""
    text, values = _answer(item)
    question, answer = encoder.encodings([f"Question: {_instruction(item, rng)}{END}{ASSISTANT}", text])
    links: list[Link] = []
    for _, start, end in values:
        rows = [i for i, (a, b) in enumerate(answer.offsets) if a < end and b > start]
        links += _copied(rows, answer, question)
    return question.ids, answer.ids + encoder.answer(""), links


def _copied(rows: list[int], answer: Encoding, question: Encoding) -> list[Link]:
    """Links of the rows that predict the answer's tokens `rows`, to where these stand in the question."""
    ids, n = [answer.ids[i] for i in rows], len(rows)
    starts = [i for i in range(len(question.ids) - n + 1) if question.ids[i : i + n] == ids]
    if not starts:
        return []
    before = len(question.ids) + rows[0] - 1
    target = lambda k: tuple(-1 - (start + k) for start in starts)
    idle = [(REST, before, (0,)), *((ANSWER, before + k, (0,)) for k in range(1, n))]
    idle += [(ANSWER_BEFORE, before + k, (0,)) for k in range(n)]
    return [(ANSWER, before, target(0)), *((REST, before + k, target(k)) for k in range(1, n)), *idle]
