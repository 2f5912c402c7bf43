"""From contexts with several questions to tensors with block masks.

A sequence is [prefix][passage 1]...[passage n][question 1][question 2]...; each question continues the
context (its positions restart behind it) and sees nothing of the other questions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
    links: list[Link] = field(default_factory=list)  # of the context
    question_links: list[list[Link]] = field(default_factory=list)  # rows count from the question's first token
    labels: list[Label] = field(default_factory=list)
    question_labels: list[list[Label]] = field(default_factory=list)
    brings: list[Bring] = field(default_factory=list)
    gaps: list[int] | None = None  # positions left out before each passage
    needs: list[list[tuple[int, int]]] = field(default_factory=list)  # per question: (row, row it has to see)

    def context_tokens(self) -> int:
        return len(self.prefix) + sum(map(len, self.passages))

    def block(self, rows_seeing_all: np.ndarray) -> None:
        """Lets the other passage rows see their passage alone; drops questions that then cannot be answered."""
        self.rows_seeing_all = rows_seeing_all
        start = len(self.prefix)
        chunk = np.repeat(np.arange(len(self.passages)), [len(p) for p in self.passages])
        sees = lambda row, other: rows_seeing_all[row - start] or chunk[row - start] == chunk[other - start]
        kept = [i for i, pairs in enumerate(self.needs) if all(sees(*pair) for pair in pairs)]
        of_questions = ("questions", "kinds", "question_links", "question_labels", "needs")
        for name in of_questions:
            setattr(self, name, [getattr(self, name)[i] for i in kept])

    def tokens(self) -> int:
        return self.context_tokens() + sum(len(q) + len(a) for q, a in self.questions)


@dataclass
class Batch:
    """ids, positions, and what the mask is made of (see `mask`), each [batch, rows]; answers in the order of questions.

    `source` [answers, 2] are (sequence, row) whose output predicts `target` [answers]; `owner` [answers]
    numbers the question; `first` marks first tokens of answers; `kinds` is one label per question.
    `links` [n, 4] are (layer, head, sequence, row) of attention targets and `looks` [m, 2] pairs (link, row to look at).
    `labels` [k, 4] are (layer, sequence, row, relation); `brings` [l, 5] (layer, head, sequence, row, token).
    """

    ids: torch.Tensor
    positions: torch.Tensor
    chunk: torch.Tensor
    question: torch.Tensor
    sees: torch.Tensor
    source: torch.Tensor
    target: torch.Tensor
    owner: torch.Tensor
    first: torch.Tensor
    links: torch.Tensor
    looks: torch.Tensor
    labels: torch.Tensor
    brings: torch.Tensor
    kinds: list[str]
    tokens: int

    def to(self, device: str) -> "Batch":
        tensors = {k: v.to(device, non_blocking=True) for k, v in vars(self).items() if isinstance(v, torch.Tensor)}
        return replace(self, **tensors)

    def mask(self) -> torch.Tensor:
        """[batch, 1, rows, keys]: may a row look at a key? Built on the device of the batch.

        Causal; a passage row that does not see all keeps to prefix and passage; a question to the context and itself.
        """
        rows, keys = (slice(None), slice(None), None), (slice(None), None, slice(None))
        n = self.ids.shape[1]
        context = (self.question == 0)[keys]
        near = self.sees[rows] | (self.chunk == 0)[keys] | (self.chunk[keys] == self.chunk[rows])
        own = self.question[keys] == self.question[rows]
        causal = torch.ones(n, n, dtype=torch.bool, device=self.ids.device).tril()
        real_row = (self.question >= 0)[rows]  # padding rows look at padding alone
        return (causal & own & ~context | causal & context & near & real_row)[:, None]


def _rows(c: Context) -> tuple[np.ndarray, ...]:
    """ids, positions, passage number (0 = prefix), question number (0 = context), sees-all flag; each [rows]."""
    ids, chunk = list(c.prefix), [0] * len(c.prefix)
    positions, at = list(range(len(ids))), len(ids)
    for i, passage in enumerate(c.passages):
        ids += passage
        chunk += [i + 1] * len(passage)
        at += c.gaps[i] if c.gaps else 0
        positions += range(at, at + len(passage))
        at += len(passage)
    n = len(ids)
    question = [0] * n
    for j, (q, a) in enumerate(c.questions):
        ids += q + a
        positions += range(at, at + len(q) + len(a))
        question += [j + 1] * (len(q) + len(a))
    chunk += [-1] * (len(ids) - n)
    sees = np.ones(len(ids), bool)
    if c.rows_seeing_all is not None:
        sees[len(c.prefix) : n] = c.rows_seeing_all
    return np.array(ids), np.array(positions), np.array(chunk), np.array(question), sees


def _add_links(made: list[Link], sequence: int, start: int, links: list, looks: list) -> None:
    """Appends links whose rows count from `start`; a negative target -1 - i is row i from there."""
    for (layer, head), row, targets in made:
        looks += [(len(links), t if t >= 0 else start - 1 - t) for t in targets]
        links.append((layer, head, sequence, start + row))


def collate(contexts: list[Context], multiple: int = 16) -> Batch:
    rows = [_rows(c) for c in contexts]
    width = -(-max(len(r[0]) for r in rows) // multiple) * multiple
    ids = np.full((len(rows), width), PAD_ID)
    positions, chunks = (np.zeros((len(rows), width), np.int64) for _ in range(2))
    questions = np.full((len(rows), width), -1)
    seeing = np.ones((len(rows), width), bool)
    source, target, owner, first, kinds = [], [], [], [], []
    links: list[tuple[int, int, int, int]] = []
    looks: list[tuple[int, int]] = []
    labels: list[tuple[int, int, int, int]] = []
    brings: list[tuple[int, int, int, int, int]] = []
    for b, (c, (x, p, chunk, question, sees)) in enumerate(zip(contexts, rows)):
        n = len(x)
        ids[b, :n], positions[b, :n], chunks[b, :n], questions[b, :n], seeing[b, :n] = x, p, chunk, question, sees
        at = c.context_tokens()
        _add_links(c.links, b, 0, links, looks)
        labels += [(layer, b, row, relation) for layer, row, relation in c.labels]
        brings += [(layer, head, b, row, token) for (layer, head), row, token in c.brings]
        for j, (q, a) in enumerate(c.questions):
            _add_links(c.question_links[j] if c.question_links else [], b, at, links, looks)
            labels += [(layer, b, at + row, relation) for layer, row, relation in (c.question_labels[j] if c.question_labels else [])]
            for k, token in enumerate(a):
                source.append((b, at + len(q) + k - 1))
                target.append(token)
                owner.append(len(kinds))
                first.append(k == 0)
            at += len(q) + len(a)
            kinds.append(c.kinds[j] if c.kinds else "")
    made = map(torch.from_numpy, (ids, positions, chunks, questions, seeing))
    used = sum(len(r[0]) for r in rows)
    return Batch(*made, torch.tensor(source), torch.tensor(target), torch.tensor(owner), torch.tensor(first), torch.tensor(links).view(-1, 4), torch.tensor(looks).view(-1, 2), torch.tensor(labels).view(-1, 4), torch.tensor(brings).view(-1, 5), kinds, used)
