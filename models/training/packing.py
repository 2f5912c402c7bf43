"""From contexts with several questions to tensors with block masks.

A sequence is [prefix][passage 1]...[passage n][question 1][question 2]...; each question continues the
context (its positions restart behind it) and sees nothing of the other questions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from prompt import PAD_ID


@dataclass
class Context:
    """Token ids of one context with its questions. `rows_seeing_all` marks passage rows that look beyond their passage.

    None means full attention; otherwise a boolean array over the rows of all passages.
    """

    prefix: list[int]
    passages: list[list[int]]
    questions: list[tuple[list[int], list[int]]]  # (question ids, answer ids)
    rows_seeing_all: np.ndarray | None = None
    kinds: list[str] = field(default_factory=list)

    def context_tokens(self) -> int:
        return len(self.prefix) + sum(map(len, self.passages))

    def tokens(self) -> int:
        return self.context_tokens() + sum(len(q) + len(a) for q, a in self.questions)


@dataclass
class Batch:
    """ids, positions [batch, rows]; mask [batch, 1, rows, rows]; targets sorted by question.

    `source` [answers, 2] are (sequence, row) whose output predicts `target` [answers]; `owner` [answers]
    numbers the question; `kinds` one label per question.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    source: torch.Tensor
    target: torch.Tensor
    owner: torch.Tensor
    first: torch.Tensor
    kinds: list[str]

    def to(self, device: str) -> "Batch":
        tensors = {k: v.to(device, non_blocking=True) for k, v in vars(self).items() if isinstance(v, torch.Tensor)}
        return Batch(**tensors, kinds=self.kinds)


def _rows(c: Context) -> tuple[np.ndarray, ...]:
    """ids, positions, passage number (0 = prefix), question number (0 = context), sees-all flag; each [rows]."""
    ids, chunk = list(c.prefix), [0] * len(c.prefix)
    for i, passage in enumerate(c.passages):
        ids += passage
        chunk += [i + 1] * len(passage)
    n = len(ids)
    positions, question = list(range(n)), [0] * n
    for j, (q, a) in enumerate(c.questions):
        ids += q + a
        positions += range(n, n + len(q) + len(a))
        question += [j + 1] * (len(q) + len(a))
    chunk += [-1] * (len(ids) - n)
    sees = np.ones(len(ids), bool)
    if c.rows_seeing_all is not None:
        sees[len(c.prefix) : n] = c.rows_seeing_all
    return np.array(ids), np.array(positions), np.array(chunk), np.array(question), sees


def allowed(chunk: np.ndarray, question: np.ndarray, sees: np.ndarray) -> np.ndarray:
    """[rows, rows]: may row r look at key k? Causal; a passage row that does not see all keeps to prefix and passage."""
    n = len(chunk)
    context = question[None, :] == 0
    near = sees[:, None] | (chunk[None, :] == 0) | (chunk[None, :] == chunk[:, None])
    own = question[None, :] == question[:, None]
    return np.tri(n, dtype=bool) & ((context & near) | (own & ~context))


def collate(contexts: list[Context], multiple: int = 16) -> Batch:
    rows = [_rows(c) for c in contexts]
    width = -(-max(len(r[0]) for r in rows) // multiple) * multiple
    ids = np.full((len(rows), width), PAD_ID)
    positions = np.zeros((len(rows), width), np.int64)
    mask = np.zeros((len(rows), 1, width, width), bool)
    mask[:, 0, np.arange(width), np.arange(width)] = True  # padding rows look at themselves
    source, target, owner, first, kinds = [], [], [], [], []
    for b, (c, (x, p, chunk, question, sees)) in enumerate(zip(contexts, rows)):
        n = len(x)
        ids[b, :n], positions[b, :n] = x, p
        mask[b, 0, :n, :n] = allowed(chunk, question, sees)
        at = c.context_tokens()
        for j, (q, a) in enumerate(c.questions):
            for k, token in enumerate(a):
                source.append((b, at + len(q) + k - 1))
                target.append(token)
                owner.append(len(kinds))
                first.append(k == 0)
            at += len(q) + len(a)
            kinds.append(c.kinds[j] if c.kinds else "")
    t = torch.from_numpy
    return Batch(t(ids), t(positions), t(mask), torch.tensor(source), torch.tensor(target), torch.tensor(owner), torch.tensor(first), kinds)
