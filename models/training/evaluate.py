"""Measures a reader: held-out synthetic questions and real text, each beside a baseline that guesses.

One question per context. "full": every row sees all before it. "block 0%" and "block 15%": passages are
encoded behind the prefix alone, with that share of rows recomputed. The guess names a random object of the
asked relation (synthetic) or a random name or number of the passages (real text).

    python evaluate.py --data ../../../shared/data --work WORK --json results.json
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import random
import re
import string
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from curriculum import recomputed_rows
from llama import Llama
from packing import Context, collate
from prompt import END_ID, Encoder
from prose import Passage
from questions import NOT_STATED, Question
from settings import READER
from texts import SPAN, real_question, shortened
from train_reader import split_real

MODES = {"full": None, "block 0%": 0.0, "block 15%": 0.15}
SETS = Path(__file__).parent / "../../bench/eval/reader/data"
CONFIDENT = 0.8


@dataclass
class Case:
    """One context with one question, as text."""

    passages: list[str]
    question: Question
    golds: list[str]


def normalise(text: str) -> str:
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1(answer: str, golds: list[str]) -> float:
    """Best token F1 over the gold answers, as SQuAD measures it."""
    best = 0.0
    for gold in golds:
        a, g = normalise(answer).split(), normalise(gold).split()
        common = sum((collections.Counter(a) & collections.Counter(g)).values())
        if a == g:
            best = 1.0
        elif common:
            best = max(best, 2 * common / (len(a) + len(g)))
    return best


@torch.no_grad()
def answer(model: Llama, encoder: Encoder, case: Case, share: float | None, rng: np.random.Generator, max_new: int = 16) -> tuple[str, float, float]:
    """Greedy answer, its mean token probability and that of its first token. `share` is the share of recomputed rows, None for full attention."""
    chunks = encoder.many(case.passages)
    rows = None if share is None else recomputed_rows(sum(map(len, chunks)), share, rng)
    context = Context(encoder.prefix(), chunks, [(encoder.question(case.question.text), [])], rows_seeing_all=rows)
    b, past = collate([context], multiple=1), [[] for _ in model.layers]
    hidden, at = model(b.ids, b.positions, b.mask(), past), b.ids.shape[1]
    said: list[int] = []
    chance: list[float] = []
    while len(said) < max_new and END_ID not in said:
        probability, token = model.logits(hidden[0, -1]).softmax(-1).max(-1)
        said.append(int(token))
        chance.append(float(probability))
        hidden = model(token.view(1, 1), torch.tensor([[at + len(said) - 1]]), None, past)
    return encoder.tokenizer.decode([t for t in said if t != END_ID]).strip(), float(np.mean(chance)), chance[0]


def bundled_cases(path: Path) -> dict[str, list[Case]]:
    """The question sets of `graphblend eval reader`, by kind."""
    out: dict[str, list[Case]] = {}
    for row in json.loads(gzip.decompress(path.read_bytes())):
        golds, others = row["answers"] or [NOT_STATED], row["candidates"]
        guess = sum(c in golds for c in others) / len(others) if others else 0.0
        case = Case([p + "\n\n" for p in row["passages"]], Question(row["question"], golds[0], row["kind"], guess), golds)
        out.setdefault(row["kind"], []).append(case)
    return out


def real_cases(data: str, count: int, seed: int) -> list[Case]:
    """Held-out real passages with templated questions; three passages a context."""
    rng = random.Random(seed)
    _, held = split_real(data)
    out: list[Case] = []
    while len(out) < count:
        items = [shortened(rng.choice(held), rng, 120) for _ in range(3)]
        question = real_question(rng.choice(items), rng)
        if question:
            out.append(Case([i.passage.render() for i in items], question, [question.answer]))
    return out


def xquad_cases(path: Path, count: int) -> list[Case]:
    out = []
    for row in json.loads(path.read_text(encoding="utf8")):
        for qa in row.get("qas", row.get("questions", [])):
            golds = qa.get("answers", [qa.get("answer")])
            golds = [g["text"] if isinstance(g, dict) else g for g in golds]
            passage = Passage(row["title"].replace("_", " "), row["context"]).render()
            out.append(Case([passage], Question(qa["question"], golds[0], "real"), golds))
    return random.Random(4).sample(out, min(count, len(out)))


def musique_cases(path: Path, count: int, words: int = 110) -> list[Case]:
    """blend-musique, every passage cut to its first `words` words (the whole would not fit 4k tokens)."""
    out = []
    for row in json.loads(path.read_text(encoding="utf8"))[:count]:
        texts = []
        for p in row["passages"]:
            title, text = (p.get("title", ""), p.get("text", "")) if isinstance(p, dict) else ("", p)
            texts.append(f"{title}\n{' '.join(text.split()[:words])}\n\n")
        out.append(Case(texts, Question(row["question"], row["answers"][0], "real"), row["answers"]))
    return out


def guess_f1(cases: list[Case], seed: int = 5) -> float:
    """F1 of a random name or number of the passages."""
    rng = random.Random(seed)
    return float(np.mean([f1(rng.choice(SPAN.findall(" ".join(c.passages)) or [""]), c.golds) for c in cases]))


def measure(model: Llama, encoder: Encoder, cases: list[Case], share: float | None) -> dict[str, float]:
    """Exact match, F1, abstentions, and what confidence is worth."""
    rng = np.random.default_rng(1)
    answers = [answer(model, encoder, case, share, rng) for case in cases]
    right = np.array([normalise(a) in [normalise(g) for g in c.golds] for (a, *_), c in zip(answers, cases)])
    sure = np.array([p >= CONFIDENT for _, p, _ in answers])
    first_sure = np.array([p >= CONFIDENT for _, _, p in answers])
    mean = lambda values: round(float(np.mean(values)), 3) if len(values) else None
    return {
        "em": mean(right), "f1": mean([f1(a, c.golds) for (a, *_), c in zip(answers, cases)]),
        "not_stated": mean([a == NOT_STATED for a, *_ in answers]), "confident": mean(sure), "em_when_confident": mean(right[sure]),
        "first_confident": mean(first_sure), "em_when_first_confident": mean(right[first_sure]),
    }


def load(work: Path, name: str, setting: str, raw: bool = False) -> Llama:
    model = Llama(READER[setting])
    model.load_state_dict(torch.load(work / f"{name}.pt", weights_only=False)["model" if raw else "average"])
    return model.eval()


def suites(args: argparse.Namespace, encoder: Encoder):
    """(name, cases, guess) of everything measured."""
    for name in args.sets:
        for kind, cases in bundled_cases(SETS / f"{name}.json.gz").items():
            some = cases[: args.count]
            yield f"{kind} {name}", some, float(np.mean([c.question.guess for c in some]))
    if not args.real:
        return
    data = Path(args.data)
    real = {"held-out real": real_cases(args.data, args.count, 3), "xquad": xquad_cases(data / "xquad/dev.json", args.count), "blend-musique": musique_cases(data / "blend-musique/dev.json", args.count)}
    for name, cases in real.items():
        yield name, cases, guess_f1(cases)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../../../shared/data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--name", default="reader")
    parser.add_argument("--setting", choices=READER, default="cpu")
    parser.add_argument("--sets", nargs="*", default=["synthetic-512", "synthetic-1024", "across-512"], help="of bench/eval/reader/data")
    parser.add_argument("--real", action=argparse.BooleanOptionalAction, default=True, help="real text as well")
    parser.add_argument("--count", type=int, default=100, help="cases of each kind")
    parser.add_argument("--modes", nargs="*", choices=MODES, default=list(MODES))
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    encoder = Encoder(Tokenizer.from_file(str(Path(args.work) / "reader-tokenizer.json")))
    model, results = load(Path(args.work), args.name, args.setting, args.raw), {}
    for name, cases, guess in suites(args, encoder):
        synthetic = name.split()[-1] in args.sets
        for mode in args.modes if synthetic else args.modes[:1]:
            row = {"guess": round(guess, 3), "n": len(cases), **measure(model, encoder, cases, MODES[mode])}
            results[f"{name} | {mode}"] = row
            print(f"{name:26} {mode:10} {row}", flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(results, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
