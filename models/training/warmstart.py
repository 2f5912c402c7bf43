"""Attention heads set by hand before training, without which small readers stay on the guess plateau.

- Layer 0 writes codes of tokens into directions that the embeddings leave free: head 0 of the token before,
  head 1 the mean of the last dozen, head 2 of the token two back, head 3 the mean of the last few dozen.
- Layer 1, head 0, induction: looks for tokens whose two predecessors are the last two tokens here and copies them.
  Two, because with byte-pair tokens many names end alike ("-ville", "University").
- Layer 1, head 1, overlap: looks for places, away from here, whose last dozen tokens share most with the last few
  dozen here, and copies them. At the end of a question that is the sentence the question is about.
- The heads of `links.py`, whose attention is supervised, get what they bring: OWNER, BRIDGES and GATHERS write the code of
  an entity (its last two tokens) into one subspace "about", which BRIDGES and ANSWER compare; FIRST brings the identity
  of a token, turned so that it is not taken for the row's own; ANSWER copies identities.

Positional scores read one embedding dimension that is the same for all tokens. Codes lie in the slowest rotary
pairs, which distance hardly turns. Frequent tokens get short codes, as in idf weighting; the rank of a byte-pair
token stands for its frequency. The model stays an ordinary Llama.
"""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor

from links import ANSWER, ANSWER_BEFORE, BRIDGES, FIRST, GATHERS, LAYERS_LINKED, OWNER, REST
from llama import Llama
from prompt import Encoder
from relations import RELATIONS

CONSTANT = 2.0  # value of the constant embedding dimension after scaling
PREVIOUS_PAIRS = slice(0, 8)  # fast pairs tell neighbours apart; slow ones would only add a large common score
PREVIOUS_SHARPNESS = 8.0
NARROW_PAIRS, WIDE_PAIRS = slice(7, 12), slice(9, 14)  # a dozen tokens, two to three dozen
WINDOW_SHARPNESS = 4.0
AWAY_PAIRS = slice(5, 14)
AWAY = 3.0  # squared over 8: nats by which the overlap head avoids its own neighbourhood, per pair
WRITE = 0.5  # strength of the codes written by layer 0
WINDOW_WRITE = 2.0
MATCH = 4.0
SECOND = 0.7  # weight of the second token back against the first
OVERLAP = 4.0
COPY = 4.0  # strength of the induction head
OVERLAP_COPY = 2.0
ABOUT, ABOUT_WRITE = 3.0, 0.5
RELATION, RELATION_AXES = 1.0, 23
EVIDENCE, NARROW_EVIDENCE, WIDE_EVIDENCE = 0.4, 4.0, 2.0
ANSWER_COPY = 3.0
DAMPING = 0.2
SHARPNESS = 4.0  # the final norm's weight: with 1 the tied logits are too flat for a copied token to win a softmax
COMMON_TOKENS, CODE_POWER = 300, 1.0


def _orthonormal(columns: int, generator: torch.Generator) -> Tensor:
    """[columns - 1, columns] orthonormal rows that ignore the constant dimension."""
    q, _ = torch.linalg.qr(torch.randn(columns - 1, columns - 1, generator=generator))
    return torch.cat([torch.zeros(columns - 1, 1), q], dim=1)


def _positional_head(layer, start: int, pairs: slice, strength: float, offset: int, inverse: Tensor, sign: float = 1.0) -> None:
    """Adds sign * strength^2 sum over pairs of cos(theta (distance - offset)) to a head's scores."""
    half, at = inverse.shape[0], torch.arange(inverse.shape[0])[pairs]
    layer.q.weight[start + at, 0] = sign * strength * torch.cos(inverse[at] * offset)
    layer.q.weight[start + half + at, 0] = -sign * strength * torch.sin(inverse[at] * offset)
    layer.k.weight[start + at, 0] = strength


def _copying_values(layer, start: int, size: int, read: Tensor, write: Tensor, scale: float) -> None:
    """Values read `read` [n, hidden]; outputs write them along `write` [n, hidden]."""
    layer.v.weight[start : start + size] = 0
    layer.v.weight[start : start + read.shape[0]] = read
    layer.o.weight[:, start : start + size] = 0
    layer.o.weight[:, start : start + write.shape[0]] = write.T * scale


def _set_embedding(model: Llama, written: Tensor, codes: Tensor) -> float:
    """Gives tokens a common constant, equal norms and codes by rarity; returns the constant behind RMS norm."""
    s, rows = model.s, model.embedding.weight
    scale = math.sqrt(s.hidden)
    rows[:, 0] = 0
    rows -= rows @ written.T @ written  # tokens leave the written directions to the codes
    rank = torch.arange(s.vocab).clamp_min(1).float()
    rare = (torch.log(rank / COMMON_TOKENS).clamp_min(0.05) / math.log(s.vocab / COMMON_TOKENS)).clamp(0, 1) ** CODE_POWER
    part = rows @ codes.T  # [vocab, n]
    length = 0.02 * math.sqrt(codes.shape[0])
    rows += (part / part.norm(dim=1, keepdim=True) * (length * rare[:, None]) - part) @ codes
    rows *= 0.02 * math.sqrt(s.hidden - 1) / rows.norm(dim=1, keepdim=True)
    rows[:, 0] = CONSTANT / scale
    others = (0.02 * scale) ** 2 * (s.hidden - 1)
    return CONSTANT / math.sqrt((others + CONSTANT**2) / s.hidden)


def _matching(layer, head: int, size: int, rows: Tensor, query: Tensor, key: Tensor, strength: float) -> None:
    """The head looks where `key` of the row there equals `query` of the row here; both [n, hidden], placed in `rows` of the head."""
    start = head * size
    for linear, read in ((layer.q, query), (layer.k, key)):
        linear.weight[start : start + size] = 0
        linear.weight[start + rows] = read * strength


def _set_linked_heads(model: Llama, slow: Tensor, about: Tensor, second: Tensor, own: Tensor, identity: Tensor, follows: tuple[Tensor, Tensor], g: torch.Generator) -> None:
    """What the heads of `links.py` compare and bring.

    about, second, own [n, hidden] read an entity's code, identity [headDim, hidden] a token's; follows are the query and
    the key by which a token finds its successor.
    """
    size, layers = model.s.head_dim, model.layers
    turned = torch.linalg.qr(torch.randn(size, size, generator=g))[0] @ identity
    axes = model.relation_axes
    relation = torch.linalg.qr(torch.randn(len(slow), len(axes), generator=g))[0] @ axes * RELATION  # superposed in the entity's dimensions
    bring = lambda at, read, write: _copying_values(layers[at[0]], at[1] * size, size, read, write, ABOUT_WRITE)
    match = lambda at, query, key: _matching(layers[at[0]], at[1], size, slow, query, key, ABOUT)
    for at in (*OWNER, *BRIDGES[0]):
        bring(at, own, about)
    for at in BRIDGES[0]:
        match(at, own + relation, about + relation)
    for at in BRIDGES[1]:
        bring(at, own, second)
        match(at, about, about)
    for at, read in zip(GATHERS, (own, about, second)):
        bring(at, read, about)
    for layer, head in FIRST:
        _copying_values(layers[layer], head * size, size, identity, turned, 1.0)
    for at, key, value in ((ANSWER, about, identity), (ANSWER_BEFORE, own, turned)):
        match(at, about + relation, key + relation)
        _copying_values(layers[at[0]], at[1] * size, size, value, identity, ANSWER_COPY)
    match(REST, *follows)
    _copying_values(layers[REST[0]], REST[1] * size, size, identity, identity, ANSWER_COPY)


def relation_evidence(encoder: Encoder, codes: Tensor, vocab: int) -> Tensor:
    """[vocab, n]: what each token says about the relation, as the mean code of the relations whose templates hold it.

    Tokens of no template and those of all templates say nothing.
    """
    counts = torch.zeros(vocab, len(codes))
    for i, r in enumerate(RELATIONS):
        for text in (*r.statements, *r.questions, *r.inverse, r.noun_phrase):
            for part in re.split(r"\{[so]\}", text):
                counts[encoder.ids(" " + part.strip()), i] = 1
    seen = counts.sum(1, keepdim=True)
    evidence = (counts / seen.clamp_min(1)) @ codes
    return torch.where(seen > 0, evidence - codes.mean(0), 0.0)


def _set_relation_evidence(model: Llama, encoder: Encoder, narrow_head: int, wide_head: int, n: int) -> None:
    """Gives tokens their evidence, and lets the two window heads bring the mean of it."""
    s, axes, first = model.s, model.relation_axes, model.layers[0]
    rows = model.embedding.weight
    rows -= rows @ axes.T @ axes
    rows += EVIDENCE * relation_evidence(encoder, model.relation_codes, s.vocab) @ axes / math.sqrt(s.hidden)
    for head, scale in ((narrow_head, NARROW_EVIDENCE), (wide_head, WIDE_EVIDENCE)):
        places = slice(head * s.head_dim + n, head * s.head_dim + n + len(axes))
        first.v.weight[places] = axes
        first.o.weight[:, places] = axes.T * scale


@torch.no_grad()
def set_heads(model: Llama, encoder: Encoder, seed: int = 3) -> None:
    """Sets the heads in place; everything else of the first two layers is damped. `encoder` has the model's vocabulary."""
    s, g = model.s, torch.Generator().manual_seed(seed)
    if s.kv_heads != s.heads:
        raise ValueError(f"set heads need kv_heads == heads, got {s.kv_heads} and {s.heads}")
    size, half, inverse = s.head_dim, s.head_dim // 2, model.inverse_frequencies
    slow = torch.arange(half * 9 // 16, half)
    slow = torch.cat([slow, slow + half])
    n = len(slow)
    basis = _orthonormal(s.hidden, g)
    written, free = basis[: 4 * n], basis[4 * n :]
    before, narrow, before_last, wide = written.chunk(4)
    codes, identity, about = free[:n], free[n : n + size], free[n + size : 2 * n + size]
    turn = torch.linalg.qr(torch.randn(n, n, generator=g))[0]  # keeps the two matches of the induction head apart
    seen = _set_embedding(model, written, codes)
    model.norm.weight.fill_(SHARPNESS)
    first, second = model.layers[0], model.layers[1]
    for i, layer in enumerate(model.layers):
        layer.o.weight *= DAMPING if i < 2 else 0.5
        layer.down.weight *= DAMPING if i < 2 else 0.5

    heads = ((PREVIOUS_PAIRS, PREVIOUS_SHARPNESS, 1, before, WRITE), (NARROW_PAIRS, WINDOW_SHARPNESS, 0, narrow, WINDOW_WRITE),
             (PREVIOUS_PAIRS, PREVIOUS_SHARPNESS, 2, before_last, WRITE), (WIDE_PAIRS, WINDOW_SHARPNESS, 0, wide, WINDOW_WRITE))
    for head, (pairs, strength, offset, write, scale) in enumerate(heads):
        start = head * size
        for linear in (first.q, first.k):
            linear.weight[start : start + size] = 0
        _positional_head(first, start, pairs, strength / seen, offset, inverse)
        _copying_values(first, start, size, codes, write, scale)

    induction = (codes + SECOND / WRITE * turn @ before, before + SECOND * turn @ before_last, MATCH, COPY)
    overlap = (wide, narrow, OVERLAP, OVERLAP_COPY)
    for head, (query, key, match, copy) in enumerate((induction, overlap)):
        _matching(second, head, size, slow, query, key, match)
        _copying_values(second, head * size, size, identity, identity, copy)
    _positional_head(second, size, AWAY_PAIRS, AWAY / seen, 0, inverse, sign=-1.0)
    if s.layers > LAYERS_LINKED:
        model.relation_axes = free[2 * n + size : 2 * n + size + RELATION_AXES].clone()
        model.relation_codes = torch.randint(0, 2, (len(RELATIONS), len(model.relation_axes)), generator=g) * 2.0 - 1
        _set_relation_evidence(model, encoder, 1, 3, n)
        _set_linked_heads(model, slow, about, before_last, codes + SECOND * turn @ before, identity, induction[:2], g)
