"""Writes the held-out question sets that `graphblend eval reader` asks: the form of blend-musique/dev.json, gzipped.

One question per context, names that training never sees, contexts crowded with facts of the asked relations.
`synthetic-512.json.gz` and so on hold 1, 2 and 3 hops and questions without an answer at that many tokens;
`across-512.json.gz` questions of one and two hops over a fact whose subject only the passage before names.

    python export_sets.py --tokenizer ../reader/tokenizer.json --out ../../bench/eval/reader/data
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path

from tokenizers import Tokenizer

from facts import World, make_world
from names import Names
from prompt import Encoder
from prose import Passage, Style, hidden_facts, passages
from questions import Question, absent_question, chain_question, path_question

SEED = 41
COUNTS = {512: 80, 1024: 50, 2048: 20, 4000: 8}  # questions of each kind
KINDS = ("1-hop", "2-hop", "3-hop", "absent")
ACROSS_KINDS = ("across 1-hop", "across 2-hop")
ACROSS = {512: 80, 1024: 50}
RESERVED = 60  # tokens for the question and the answer
FULLEST = 0.8  # contexts hold this share of the size at least
TOKENS_A_FACT = 16.4


def relation_counts(kind: str) -> tuple[int, ...]:
    return {"3-hop": (3, 4), "2-hop": (2, 3, 4)}.get(kind, (1, 2, 2, 3, 4))


def question_of(kind: str, world: World, rng: random.Random, names: Names) -> Question | None:
    if kind == "absent":
        return absent_question(world, rng, names)
    return chain_question(world, int(kind[0]), rng)


def across_question(world: World, hops: int, chunks: list[Passage], rng: random.Random) -> Question | None:
    hidden = hidden_facts(world, chunks)
    paths = [p for p in world.chains(hops) if any(f.number in hidden for f in p)]
    return path_question(world, rng.choice(paths), rng) if paths else None


def candidates(world: World, asked: Question) -> list[str]:
    """What a reader could guess who knows which relation is asked: every object of it in the context."""
    if asked.path:
        return [f.object for f in world.same_relation(asked.path[-1].relation)]
    return []


def one_case(kind: str, tokens: int, encoder: Encoder, rng: random.Random, names: Names) -> dict | None:
    """A question with its context, or None when this world gives none of that size."""
    across = kind.startswith("across")
    n_facts = int((tokens - 80) / TOKENS_A_FACT * rng.uniform(0.85, 1.02))
    world = make_world(rng, names, n_facts, rng.choice(relation_counts("2-hop" if across else kind)))
    style = Style(continued=1.0, by_subject=1.0) if across else Style()
    chunks = passages(world, style, rng, names)
    texts = [f"{c.title}\n{c.text}" for c in chunks]
    room = tokens - len(encoder.prefix()) - RESERVED
    used = sum(len(ids) for ids in encoder.many([t + "\n\n" for t in texts]))
    if not FULLEST * room <= used <= room:
        return None
    asked = across_question(world, int(kind[-5]), chunks, rng) if across else question_of(kind, world, rng, names)
    if asked is None:
        return None
    answers = [] if kind == "absent" else [asked.answer]
    return {"question": asked.text, "answers": answers, "kind": kind, "candidates": candidates(world, asked), "passages": texts}


def make_set(kinds: tuple[str, ...], tokens: int, count: int, encoder: Encoder) -> list[dict]:
    rng = random.Random(SEED + tokens)
    names, out = Names(rng, held_out=True), []
    for kind in kinds:
        made: list[dict] = []
        while len(made) < count:
            case = one_case(kind, tokens, encoder, rng, names)
            if case and len(set(case["candidates"])) != 1:  # else guessing is certain
                made.append({"id": f"{kind.replace(' ', '-')}-{tokens}-{len(made)}", **case})
        out += made
    return out


def write(path: Path, cases: list[dict]) -> None:
    text = json.dumps(cases, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode("utf8"), 9, mtime=0))
    print(f"{path.name}: {len(cases)} questions, {path.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", default="../reader/tokenizer.json")
    parser.add_argument("--out", default="../../bench/eval/reader/data")
    parser.add_argument("--only", nargs="*", choices=["synthetic", "across"], default=["synthetic", "across"])
    args = parser.parse_args()
    encoder = Encoder(Tokenizer.from_file(args.tokenizer))
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for tokens, count in COUNTS.items() if "synthetic" in args.only else ():
        write(out / f"synthetic-{tokens}.json.gz", make_set(KINDS, tokens, count, encoder))
    for tokens, count in ACROSS.items() if "across" in args.only else ():
        write(out / f"across-{tokens}.json.gz", make_set(ACROSS_KINDS, tokens, count, encoder))


if __name__ == "__main__":
    main()
