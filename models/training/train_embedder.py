"""Trains the embedder contrastively; resumes from its checkpoint.

    python train_embedder.py --data ../../../shared/data --work WORK --setting cpu
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from bert import Bert
from pairs import GeneratedPairs, Pair, RealPairs, passage_text
from retrieval import encode, measure, pad
from settings import EMBEDDER, EmbedderSetting
from texts import load_passages
from word_vectors import word_vectors

SEED = 9
TEMPERATURE = 0.05
REAL_SHARE = 0.75
WORD_RATE = 1.0  # rate of the word embeddings relative to the rest
AVERAGE_DECAY = 0.99


def contrastive_loss(model: Bert, tokenizer: Tokenizer, pairs: list[Pair], s: EmbedderSetting, device: str) -> tuple[torch.Tensor, float]:
    """InfoNCE both ways; mined negatives join the passages. Passages equal to the match are no negatives."""
    hard = [p.negative for p in pairs if p.negative]
    queries = model(pad(encode(tokenizer, [p.query for p in pairs], s.max_tokens)).to(device))
    texts = [p.positive for p in pairs] + hard
    held = model(pad(encode(tokenizer, texts, s.max_tokens)).to(device))  # [batch + hard, hidden]
    logits = queries @ held.T / TEMPERATURE  # [batch, batch + hard]
    number = {t: i for i, t in enumerate(dict.fromkeys(texts))}
    which = torch.tensor([number[t] for t in texts], device=device)
    target = torch.arange(len(pairs), device=device)
    same = which[: len(pairs), None] == which[None, :]
    same[target, target] = False
    logits = logits.masked_fill(same, -1e4)
    back = logits[:, : len(pairs)].T
    loss = F.cross_entropy(logits, target) + 0.3 * F.cross_entropy(back, target)
    return loss, (logits.argmax(1) == target).float().mean().item()


class Trainer:
    def __init__(self, args: argparse.Namespace, s: EmbedderSetting):
        self.args, self.s, self.work = args, s, Path(args.work)
        self.tokenizer = Tokenizer.from_file(str(self.work / "embedder-tokenizer.json"))
        self.device = "cuda" if torch.cuda.is_available() and args.setting == "gpu" else "cpu"
        items = load_passages(args.data)
        self.model = Bert(s)
        texts = [passage_text(i.passage) for i in items]
        self.model.set_words(*word_vectors(self.tokenizer, texts, s.vocab, s.hidden - 2, SEED))
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        words = [self.model.words.weight]
        rest = [p for p in self.model.parameters() if p is not words[0]]
        self.model.to(self.device)
        self.average = {k: v.to(self.device) for k, v in self.average.items()}
        self.optimizer = torch.optim.AdamW([{"params": rest, "scale": 1.0}, {"params": words, "scale": WORD_RATE}], lr=s.rate, betas=(0.9, 0.98), weight_decay=0.01)
        self.step_number, self.seconds = 0, 0.0
        self.path = self.work / f"{args.name}.pt"
        if self.path.exists():
            self._resume()
        rng = random.Random(SEED + self.step_number)
        self.real, self.generated, self.rng = RealPairs(items, rng), GeneratedPairs(rng), rng

    def _resume(self) -> None:
        saved = torch.load(self.path, weights_only=False)
        self.model.load_state_dict(saved["model"])
        self.average, self.step_number, self.seconds = saved["average"], saved["step"], saved["seconds"]
        self.optimizer.load_state_dict(saved["optimizer"])

    def save(self) -> None:
        temporary = self.path.with_suffix(".tmp")
        torch.save({"model": self.model.state_dict(), "average": self.average, "optimizer": self.optimizer.state_dict(), "step": self.step_number, "seconds": self.seconds}, temporary)
        temporary.replace(self.path)

    def batch(self) -> list[Pair]:
        out: list[Pair] = []
        while len(out) < self.s.batch:
            pair = (self.real if self.rng.random() < REAL_SHARE else self.generated).make()
            if pair:
                out.append(pair)
        return out

    def step(self) -> tuple[float, float]:
        began = time.time()
        warm, left = min(1, (self.step_number + 1) / 50), max(0.03, 1 - self.step_number / self.s.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = self.s.rate * warm * left * group["scale"]
        with torch.autocast(self.device, torch.bfloat16):
            loss, right = contrastive_loss(self.model, self.tokenizer, self.batch(), self.s, self.device)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self._average()
        self.step_number += 1
        self.seconds += time.time() - began
        return loss.item(), right

    @torch.no_grad()
    def _average(self) -> None:
        for name, value in self.model.state_dict().items():
            self.average[name].lerp_(value, 1 - AVERAGE_DECAY)

    def report(self, recent: list[tuple[float, float]]) -> None:
        trained = self.model.state_dict()
        trained = {k: v.clone() for k, v in trained.items()}
        self.model.load_state_dict(self.average)
        figures = measure(self.model, self.tokenizer, self.args.data)
        self.model.load_state_dict(trained)
        loss, right = (sum(x) / max(1, len(recent)) for x in zip(*recent)) if recent else (math.nan, math.nan)
        print(f"{self.seconds / 60:.1f}m step {self.step_number} loss {loss:.3f} right {right:.2f} | {figures}", flush=True)

    def run(self) -> None:
        recent: list[tuple[float, float]] = []
        saved = time.time()
        self.report(recent)
        while self.step_number < self.s.steps:
            recent.append(self.step())
            if self.step_number % self.args.report_every == 0:
                self.report(recent)
                recent = []
            if time.time() - saved > 120:
                self.save()
                saved = time.time()
        self.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../../../shared/data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--setting", choices=EMBEDDER, default="cpu")
    parser.add_argument("--name", default="embedder")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--report-every", type=int, default=100)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    s = EMBEDDER[args.setting]
    if args.steps:
        s = EmbedderSetting(**{**vars(s), "steps": args.steps})
    Trainer(args, s).run()


if __name__ == "__main__":
    main()
