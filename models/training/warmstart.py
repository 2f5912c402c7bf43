"""Attention heads set by hand before training, without which small readers stay on the guess plateau.

- Layer 0 writes codes of tokens into directions that the embeddings leave free: head 0 of the token before, head 2 of
  the token two back. Heads 1 and 3 bring the mean of what the last dozen and the last few dozen tokens say about the
  relation.
- REST is an induction head: it looks for tokens whose two predecessors are the last two tokens here and copies them.
  Two, because with byte-pair tokens many names end alike ("-ville", "University"). It stands in the last layer: in an
  early one its output drowns every code that later layers read.
- The heads of `links.py`, whose attention is supervised, get what they bring: OWNER, BRIDGES and GATHERS write the code of
  an entity (its last two tokens) into one subspace "about", which BRIDGES and ANSWER compare; FIRST brings the identity
  of a token into a subspace of its own, from where ANSWER_BEFORE copies it; ANSWER copies identities.

Positional scores read one embedding dimension that is the same for all tokens. Codes lie in the slowest rotary
pairs, which distance hardly turns. Frequent tokens get short codes, as in idf weighting; the rank of a byte-pair
token stands for its frequency. The model stays an ordinary Llama.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import torch
from torch import Tensor

from links import ANSWER, ANSWER_BEFORE, BRIDGES, BRIDGES_BACK, FIRST, GATHERS, LAYERS_LINKED, OWNER, REST
from llama import Llama
from prompt import Encoder
from relations import RELATIONS

CONSTANT = 2.0  # value of the constant embedding dimension after scaling
PREVIOUS_PAIRS = slice(0, 5)  # fast pairs tell neighbours apart; slow ones would only add a large common score
PREVIOUS_SHARPNESS = 9.5
NARROW_PAIRS, WIDE_PAIRS = slice(4, 8), slice(6, 9)  # a dozen tokens, two to three dozen
NARROW_SHARPNESS, WIDE_SHARPNESS = 4.5, 5.1
SLOW_PAIRS = 15  # from here on: distance hardly turns them
WRITE = 0.5  # strength of the codes written by layer 0
SECOND = 0.7  # weight of the second token back against the first
CODE = 28  # dimensions of a token's code
ABOUT, ABOUT_WRITE, FIRST_WRITE = 2.0, 0.5, 0.3
REST_ABOUT = 0.5
RELATION, RELATION_AXES = 1.0, 23
EVIDENCE, NARROW_EVIDENCE, WIDE_EVIDENCE = 0.4, 4.0, 2.0
ANSWER_COPY, ANSWER_BEFORE_COPY = 6.0, 12.0
DAMPING, DEEP_DAMPING = 0.2, 0.3
SHARPNESS = 4.0  # the final norm's weight: with 1 the tied logits are too flat for a copied token to win a softmax
COMMON_TOKENS, CODE_POWER = 300, 1.0


@dataclass(frozen=True)
class Spaces:
    """Directions [n, hidden] of the residual stream: an entity's code here, of the owner, of a path's second entity; a
    token's identity, and that of a fact's first token."""

    own: Tensor
    about: Tensor
    second: Tensor
    identity: Tensor
    first: Tensor


def _orthonormal(columns: int, generator: torch.Generator) -> Tensor:
    """[columns - 1, columns] orthonormal rows that ignore the constant dimension."""
    q, _ = torch.linalg.qr(torch.randn(columns - 1, columns - 1, generator=generator))
    return torch.cat([torch.zeros(columns - 1, 1), q], dim=1)


def _positional_head(layer, start: int, pairs: slice, strength: float, offset: int, inverse: Tensor) -> None:
    """Adds strength^2 sum over pairs of cos(theta (distance - offset)) to a head's scores."""
    half, at = inverse.shape[0], torch.arange(inverse.shape[0])[pairs]
    layer.q.weight[start + at, 0] = strength * torch.cos(inverse[at] * offset)
    layer.q.weight[start + half + at, 0] = -strength * torch.sin(inverse[at] * offset)
    layer.k.weight[start + at, 0] = strength


def _copying_values(layer, start: int, size: int, read: Tensor, write: Tensor, scale: float) -> None:
    """Values read `read` [n, hidden]; outputs write them along `write` [n, hidden]."""
    layer.v.weight[start : start + size] = 0
    layer.v.weight[start : start + read.shape[0]] = read
    layer.o.weight[:, start : start + size] = 0
    layer.o.weight[:, start : start + write.shape[0]] = write.T * scale


def _isometry(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    """[rows, columns], rows >= columns, orthonormal columns: where a code lies among the slow dimensions of a head."""
    return torch.linalg.qr(torch.randn(rows, rows, generator=generator))[0][:, :columns]


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


def _set_linked_heads(model: Llama, slow: Tensor, spaces: Spaces, follows: tuple[Tensor, Tensor], g: torch.Generator) -> None:
    """What the heads of `links.py` compare and bring; follows are the query and the key by which a token finds its successor."""
    size, layers = model.s.head_dim, model.layers
    place = _isometry(len(slow), CODE, g)
    about, own, second = (place @ code for code in (spaces.about, spaces.own, spaces.second))
    relation = _isometry(len(slow), RELATION_AXES, g) @ model.relation_axes * RELATION  # superposed on the entity's code
    bring = lambda at, read, write: _copying_values(layers[at[0]], at[1] * size, size, read, write, ABOUT_WRITE)
    match = lambda at, query, key: _matching(layers[at[0]], at[1], size, slow, query, key, ABOUT)
    for at in OWNER:
        bring(at, spaces.own, spaces.about)
    for heads, key, value in ((BRIDGES, about, spaces.own), (BRIDGES_BACK, own, spaces.about)):
        for at in heads[0]:
            bring(at, value, spaces.about)
            match(at, own + relation, key + relation)
        for at in heads[1]:
            bring(at, value, spaces.second)
            match(at, about, key)
    for at, read in zip(GATHERS, (spaces.own, spaces.about, spaces.second)):
        bring(at, read, spaces.about)
    shorter = _isometry(size, len(spaces.first), g).T @ spaces.identity
    for layer, head in FIRST:
        _copying_values(layers[layer], head * size, size, shorter, spaces.first, FIRST_WRITE)
    for at, key in ((ANSWER, about), (ANSWER_BEFORE, own)):
        match(at, about + relation, key + relation)
    _copying_values(layers[ANSWER[0]], ANSWER[1] * size, size, spaces.identity, spaces.identity, ANSWER_COPY)
    _copying_values(layers[ANSWER_BEFORE[0]], ANSWER_BEFORE[1] * size, size, spaces.first, shorter, ANSWER_BEFORE_COPY)
    place = _isometry(len(slow), CODE, g)
    match(REST, *(place @ read + REST_ABOUT * about for read in follows))
    _copying_values(layers[REST[0]], REST[1] * size, size, spaces.identity, spaces.identity, ANSWER_COPY)


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


def _set_relation_evidence(model: Llama, encoder: Encoder, narrow_head: int, wide_head: int) -> None:
    """Gives tokens their evidence, and lets the two window heads bring the mean of it."""
    s, axes, first = model.s, model.relation_axes, model.layers[0]
    rows = model.embedding.weight
    rows -= rows @ axes.T @ axes
    rows += EVIDENCE * relation_evidence(encoder, model.relation_codes, s.vocab) @ axes / math.sqrt(s.hidden)
    for head, scale in ((narrow_head, NARROW_EVIDENCE), (wide_head, WIDE_EVIDENCE)):
        places = slice(head * s.head_dim, head * s.head_dim + len(axes))
        first.v.weight[places] = axes
        first.o.weight[:, places] = axes.T * scale


@torch.no_grad()
def set_heads(model: Llama, encoder: Encoder, seed: int = 3) -> None:
    """Sets the heads in place; everything else of the first two layers is damped. `encoder` has the model's vocabulary."""
    s, g = model.s, torch.Generator().manual_seed(seed)
    if s.kv_heads != s.heads:
        raise ValueError(f"set heads need kv_heads == heads, got {s.kv_heads} and {s.heads}")
    size, half, inverse = s.head_dim, s.head_dim // 2, model.inverse_frequencies
    slow = torch.arange(half * SLOW_PAIRS // 32, half)
    slow = torch.cat([slow, slow + half])
    left = s.hidden - 1 - 4 * CODE - size - RELATION_AXES
    parts = [CODE, CODE, CODE, min(size, left), CODE, size, RELATION_AXES, max(0, left - size)]
    before, before_last, about, first_token, codes, identity, axes, _ = _orthonormal(s.hidden, g).split(parts)
    turn = torch.linalg.qr(torch.randn(CODE, CODE, generator=g))[0]  # keeps the two matches of the induction head apart
    seen = _set_embedding(model, torch.cat([before, before_last, about, first_token]), codes)
    model.norm.weight.fill_(SHARPNESS)
    first = model.layers[0]
    for i, layer in enumerate(model.layers):
        layer.o.weight *= DAMPING if i < 2 else DEEP_DAMPING
        layer.down.weight *= DAMPING if i < 2 else DEEP_DAMPING

    nothing = before[:0]
    heads = ((PREVIOUS_PAIRS, PREVIOUS_SHARPNESS, 1, before), (NARROW_PAIRS, NARROW_SHARPNESS, 0, nothing),
             (PREVIOUS_PAIRS, PREVIOUS_SHARPNESS, 2, before_last), (WIDE_PAIRS, WIDE_SHARPNESS, 0, nothing))  # fmt: skip
    for head, (pairs, strength, offset, write) in enumerate(heads):
        start = head * size
        for linear in (first.q, first.k):
            linear.weight[start : start + size] = 0
        _positional_head(first, start, pairs, strength / seen, offset, inverse)
        _copying_values(first, start, size, codes[: len(write)], write, WRITE)

    follows = (codes + SECOND / WRITE * turn @ before, before + SECOND * turn @ before_last)
    if s.layers > LAYERS_LINKED:
        model.relation_axes = axes.clone()
        model.relation_codes = torch.randint(0, 2, (len(RELATIONS), RELATION_AXES), generator=g) * 2.0 - 1
        _set_relation_evidence(model, encoder, 1, 3)
        spaces = Spaces(codes + SECOND * turn @ before, about, before_last, identity, first_token)
        _set_linked_heads(model, slow, spaces, follows, g)
