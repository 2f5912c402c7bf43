"""Trains the reader; resumes from its checkpoint.

    python train_reader.py --data ../../../shared/data --work WORK --setting cpu
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from curriculum import LONG_FACTS, STAGES, Contexts
from links import NAMES
from listing import text2kg_listings
from llama import Llama, Taps
from packing import Batch, Context, collate
from prompt import Encoder
from settings import READER, ReaderSetting
from texts import load_passages
from warmstart import set_heads

SEED = 7
FIRST_TOKEN_WEIGHT = 2.0
LINK_WEIGHT = 0.3  # of each supervised head against the answers
EMBEDDING_RATE = 0.2
SET_HEAD_RATES = {0: 0.2, 1: 0.6}  # attention of the first layers
AVERAGE_DECAY = 0.995
MOST_QUESTION_TOKENS = 800
HELD_OUT_REAL = 20  # every 20th real passage is kept for evaluation


@dataclass
class Progress:
    """What a checkpoint holds besides weights."""

    step: int = 0
    tokens: int = 0
    stage: int = 0
    stage_tokens: int = 0
    mastery: float = 0.0
    seconds: float = 0.0
    history: list[str] = field(default_factory=list)


def split_real(data: str):
    """Real passages for training and those kept for evaluation."""
    everything = load_passages(data)
    return [p for i, p in enumerate(everything) if i % HELD_OUT_REAL], everything[::HELD_OUT_REAL]


def make_batch(source: Contexts, stage: int, s: ReaderSetting) -> list[Context]:
    """Contexts of one stage (one in ten of an earlier one) and alike in size, about the setting's `batch_tokens` together."""
    facts = source.rng.randint(*(LONG_FACTS if source.rng.random() < STAGES[stage].long else STAGES[stage].facts))
    out, total = [], 0
    while total < s.batch_tokens * STAGES[stage].batch:
        back = stage > 0 and source.rng.random() < 0.1
        context = source.make(STAGES[stage - 1 if back else stage], facts)
        if context.questions and context.tokens() <= s.max_context + MOST_QUESTION_TOKENS:
            out.append(context)
            total += context.tokens()
    return out


class BatchStream(IterableDataset):
    """Endless batches of the stage that `stage` (shared with the workers) holds."""

    def __init__(self, tokenizer: Path, data: str, s: ReaderSetting, stage, seed: int):
        self.tokenizer, self.data, self.s, self.stage, self.seed = tokenizer, data, s, stage, seed

    def __iter__(self):
        worker = get_worker_info()
        encoder = Encoder(Tokenizer.from_file(str(self.tokenizer)))
        train, _ = split_real(self.data)
        seed = self.seed + 100_003 * (worker.id if worker else 0)
        source = Contexts(encoder, train, seed, max_context=self.s.max_context, listed=text2kg_listings(self.data))
        while True:
            yield collate(make_batch(source, self.stage.value, self.s))


def _hard_mean(logs: torch.Tensor) -> torch.Tensor:
    """Mean negative log-probability in which what is known already counts little: most targets of a head are easy."""
    weight = (1 - logs.detach().exp()).clamp_min(0.02).sqrt()
    return -(weight * logs).sum() / weight.sum()


def loss_and_hits(model: Llama, batch: Batch, link_weight: float) -> tuple[torch.Tensor, torch.Tensor, Taps]:
    """Weighted cross entropy of answers and of attention targets; per question whether every token was right; attention."""
    mask = batch.mask()
    taps = Taps(batch.links, batch.looks, batch.labels, mask, batch.brings)
    hidden = model(batch.ids, batch.positions, mask, taps=taps)[batch.source[:, 0], batch.source[:, 1]]
    logits = model.logits(hidden).float()
    weight = 1.0 + (FIRST_TOKEN_WEIGHT - 1.0) * batch.first
    loss = (F.cross_entropy(logits, batch.target, reduction="none") * weight).sum() / weight.sum()
    loss = loss + link_weight * sum(map(_hard_mean, taps.logs.values()))
    wrong = torch.zeros(len(batch.kinds), device=logits.device)
    wrong.index_add_(0, batch.owner, (logits.argmax(-1) != batch.target).float())
    return loss, wrong == 0, taps


def rate_at(tokens: int, step: int, s: ReaderSetting, decay_share: float) -> float:
    """Constant after 100 warm-up steps, then linear to a twentieth over the last `decay_share` of all tokens."""
    start = s.total_tokens * (1 - decay_share)
    left = (s.total_tokens - tokens) / max(1, s.total_tokens - start)
    return s.rate * min(1, (step + 1) / 100) * max(0.05, min(1, left))


def parameter_groups(model: Llama) -> list[dict]:
    """Weights with the share of the rate at which they learn.

    The attention of the first two layers holds the set heads, which the full rate wears away before the rest has
    learned to use them. The tied embedding gets a gradient in every row and step from the softmax; at the full
    rate AdamW moves all rows alike until tokens can no longer be told apart.
    """
    groups: dict[tuple[float, float], list] = {}
    for name, p in model.named_parameters():
        of_layer = int(name.split(".")[1]) if name.startswith("layers.") and name.split(".")[2] in "qkvo" else 9
        scale = EMBEDDING_RATE if "embedding" in name else SET_HEAD_RATES.get(of_layer, 1.0)
        groups.setdefault((scale, 0.0 if p.dim() == 1 or "embedding" in name else 0.02), []).append(p)
    return [{"params": p, "scale": scale, "weight_decay": decay} for (scale, decay), p in groups.items()]


class Trainer:
    def __init__(self, args: argparse.Namespace, s: ReaderSetting):
        self.args, self.s = args, s
        self.work = Path(args.work)
        self.device = "cuda" if torch.cuda.is_available() and args.setting == "gpu" else "cpu"
        self.model = Llama(s)
        set_heads(self.model, Encoder(Tokenizer.from_file(str(self.work / "reader-tokenizer.json"))))
        self.model.to(self.device)
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model), lr=s.rate, betas=(0.9, 0.98))
        self.progress = Progress()
        self.path = self.work / f"{args.name}.pt"
        self._resume()
        if args.stage is not None:
            self.progress.stage, self.progress.stage_tokens = args.stage, 0
        self.stage = multiprocessing.Value("i", self.progress.stage)
        stream = BatchStream(self.work / "reader-tokenizer.json", args.data, s, self.stage, SEED + self.progress.step)
        self.batches = iter(DataLoader(stream, batch_size=None, num_workers=args.workers))
        self.recent: dict[str, list[float]] = {}

    def _resume(self) -> None:
        if not self.path.exists():
            return
        saved = torch.load(self.path, weights_only=False)
        self.model.load_state_dict(saved["model"])
        self.average = saved["average"]
        self.optimizer.load_state_dict(saved["optimizer"])
        self.progress = Progress(**saved["progress"])

    def save(self) -> None:
        temporary = self.path.with_suffix(".tmp")
        state = {"model": self.model.state_dict(), "average": self.average, "optimizer": self.optimizer.state_dict(), "progress": vars(self.progress)}
        torch.save(state, temporary)
        temporary.replace(self.path)

    def step(self) -> float:
        p, began = self.progress, time.time()
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(p.tokens, p.step, self.s, self.args.decay) * group["scale"]
        batch = next(self.batches).to(self.device)
        with torch.autocast(self.device, torch.bfloat16):
            loss, hits, taps = loss_and_hits(self.model, batch, LINK_WEIGHT)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self._average()
        p.step, p.tokens, p.stage_tokens = p.step + 1, p.tokens + batch.tokens, p.stage_tokens + batch.tokens
        p.seconds += time.time() - began
        self._note(batch.kinds, hits.tolist(), taps)
        return loss.item()

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(AVERAGE_DECAY, (self.progress.step + 1) / (self.progress.step + 10))
        for name, value in self.model.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)

    def _note(self, kinds: list[str], hits: list[bool], taps: Taps) -> None:
        for kind, hit in zip(kinds, hits):
            self.recent.setdefault(kind, []).append(float(hit))
        for (layer, head), hit in taps.hits.items():
            self.recent.setdefault(f"~{layer}.{head} {NAMES.get((layer, head), 'relation' if head < 0 else 'brings')}", []).append(float(hit))
        read = [h for k, h in zip(kinds, hits) if k == "1-hop"]
        if read:
            self.progress.mastery = 0.96 * self.progress.mastery + 0.04 * sum(read) / len(read)

    def advance(self) -> bool:
        """Enters the next stage when this one is mastered or has used its share."""
        p = self.progress
        used_up = p.stage_tokens > STAGES[p.stage].share * self.s.total_tokens
        if p.stage + 1 >= len(STAGES) or not (p.mastery > STAGES[p.stage].mastery or used_up):
            return False
        p.stage, p.stage_tokens, p.mastery = p.stage + 1, 0, p.mastery - 0.15
        self.stage.value = p.stage
        return True

    def report(self, loss: float) -> None:
        p = self.progress
        means = " ".join(f"{k} {sum(v) / len(v):.2f}" for k, v in sorted(self.recent.items()))
        line = f"{p.seconds / 60:.1f}m step {p.step} tokens {p.tokens / 1e6:.2f}M stage {p.stage} loss {loss:.3f} mastery {p.mastery:.2f} | {means}"
        print(line, flush=True)
        p.history.append(line)
        self.recent = {}

    def run(self) -> None:
        self.report(math.nan)
        saved = time.time()
        while self.progress.tokens < self.s.total_tokens:
            loss = self.step()
            if self.advance() or self.progress.step % self.args.report_every == 0:
                self.report(loss)
            if time.time() - saved > 90:
                self.save()
                saved = time.time()
        self.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../../../shared/data", help="folder with musique-100, text2kgbench, re-docred")
    parser.add_argument("--work", required=True, help="folder of tokenizers and checkpoints")
    parser.add_argument("--setting", choices=READER, default="cpu")
    parser.add_argument("--name", default="reader")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that make batches (a dozen on a GPU machine)")
    parser.add_argument("--stage", type=int, help="begin at this stage")
    parser.add_argument("--tokens", type=int, help="total tokens, instead of the setting's")
    parser.add_argument("--decay", type=float, default=0.55, help="share of all tokens over which the rate falls")
    parser.add_argument("--report-every", type=int, default=50)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    s = READER[args.setting]
    if args.tokens:
        s = ReaderSetting(**{**vars(s), "total_tokens": args.tokens})
    print(json.dumps(vars(s)), flush=True)
    Trainer(args, s).run()


if __name__ == "__main__":
    main()
