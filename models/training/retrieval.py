"""Recall@5 on musique-100: BM25 alone, dense alone, and both fused. Measures only; nothing is trained on its questions.

    python retrieval.py --data ../../../shared/data --work WORK
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from bert import Bert
from bm25 import Bm25
from settings import EMBEDDER

DENSE_SHARE = 0.7


def pad(rows: list[list[int]]) -> torch.Tensor:
    """[rows, longest] with 0 as padding."""
    out = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for i, row in enumerate(rows):
        out[i, : len(row)] = torch.tensor(row)
    return out


def encode(tokenizer: Tokenizer, texts: list[str], max_tokens: int) -> list[list[int]]:
    """Ids with [CLS] and [SEP], cut to `max_tokens`."""
    return [e.ids if len(e.ids) <= max_tokens else e.ids[: max_tokens - 1] + [3] for e in tokenizer.encode_batch(texts)]


@torch.no_grad()
def embed(model: Bert, tokenizer: Tokenizer, texts: list[str], max_tokens: int = 256) -> np.ndarray:
    """Unit vectors [texts, hidden]."""
    rows = encode(tokenizer, texts, max_tokens)
    device = model.words.weight.device
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    out = np.zeros((len(rows), model.s.hidden), np.float32)
    for i in range(0, len(order), 64):
        at = order[i : i + 64]
        out[at] = model(pad([rows[j] for j in at]).to(device)).cpu().numpy()
    return out


def min_max(x: np.ndarray) -> np.ndarray:
    return (x - x.min()) / max(1e-9, x.max() - x.min())


def recall(scores: np.ndarray, supporting: list[int], k: int) -> float:
    return len(set(np.argsort(-scores)[:k].tolist()) & set(supporting)) / len(supporting)


def measure(model: Bert, tokenizer: Tokenizer, data: str) -> dict[str, float]:
    """Mean recall@5 by method."""
    root = Path(data) / "musique-100"
    texts = [f"{p['title']}\n{p['text']}" for p in json.loads((root / "corpus.json").read_text(encoding="utf8"))]
    questions = json.loads((root / "questions.json").read_text(encoding="utf8"))
    lexical, vectors = Bm25(texts), embed(model, tokenizer, texts)
    asked = embed(model, tokenizer, [q["question"] for q in questions])
    totals: dict[str, list[float]] = {"bm25": [], "dense": [], "fused": [], "fused-half": []}
    for question, vector in zip(questions, asked):
        b, d = lexical.scores(question["question"]), vectors @ vector
        mixes = {"bm25": b, "dense": d, "fused": DENSE_SHARE * min_max(d) + (1 - DENSE_SHARE) * min_max(b), "fused-half": 0.5 * min_max(d) + 0.5 * min_max(b)}
        for name, scores in mixes.items():
            totals[name].append(recall(scores, question["supporting"], 5))
    return {name: round(float(np.mean(v)), 3) for name, v in totals.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../../../shared/data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--name", default="embedder")
    parser.add_argument("--setting", choices=EMBEDDER, default="cpu")
    args = parser.parse_args()
    work = Path(args.work)
    model = Bert(EMBEDDER[args.setting])
    model.load_state_dict(torch.load(work / f"{args.name}.pt", weights_only=False)["average"])
    print(json.dumps(measure(model.eval(), Tokenizer.from_file(str(work / "embedder-tokenizer.json")), args.data)))


if __name__ == "__main__":
    main()
