"""Attention heads set by hand before training, without which small readers stay on the guess plateau.

- Layer 0, head 0: a previous-token head. It writes a code of the token before each token.
- Layer 0, head 1: a window head. It writes the mean code of the last dozen tokens.
- Layer 0, head 2: the same two tokens back.
- Layer 1, head 0: an induction head. It looks for tokens whose two predecessors are the last two tokens here and
  copies them. Two, because names end alike ("-ville", "University") and one token does not tell them apart.
- Layer 1, head 1: an overlap head. It looks for places whose window shares tokens with the current window
  and copies them, which is a soft form of "the sentence that shares words with the question".

One embedding dimension is a constant for all tokens; the positional heads read only that. Codes lie in the
slowest rotary pairs, which distance hardly turns. The model stays an ordinary Llama.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from llama import Llama

CONSTANT = 2.0  # value of the constant embedding dimension after scaling
PREVIOUS_PAIRS = slice(0, 8)  # the fast pairs tell neighbours apart; slow ones would only add a large common score
PREVIOUS_SHARPNESS = 8.0
WINDOW_PAIRS = slice(7, 12)  # rotary pairs whose wavelengths give a window of about a dozen tokens
WINDOW_SHARPNESS = 4.0
MATCH = 4.0
OVERLAP = 3.0
COPY = 4.0  # strength of the induction head; the overlap head copies more weakly, being less certain
OVERLAP_COPY = 0.5
DAMPING = 0.2
WRITE = 0.5  # strength of the codes written by layer 0
SECOND = 0.7  # weight of the second token back against the first
SHARPNESS = 4.0  # the final norm's weight: with 1 the tied logits are too flat for a copied token to win a softmax


def _orthonormal(columns: int, generator: torch.Generator) -> Tensor:
    """[columns - 1, columns] orthonormal rows that ignore the constant dimension."""
    q, _ = torch.linalg.qr(torch.randn(columns - 1, columns - 1, generator=generator))
    return torch.cat([torch.zeros(columns - 1, 1), q], dim=1)


def _positional_head(layer, head: int, offset: int, weights: Tensor, inverse: Tensor) -> None:
    """Score sum_i weights_i^2 cos(theta_i (distance - offset)), read from the constant dimension alone."""
    half = inverse.shape[0]
    start = head * 2 * half
    rows = slice(start, start + 2 * half)
    layer.q.weight[rows] = 0
    layer.k.weight[rows] = 0
    layer.q.weight[start : start + half, 0] = weights * torch.cos(inverse * offset)
    layer.q.weight[start + half : start + 2 * half, 0] = -weights * torch.sin(inverse * offset)
    layer.k.weight[start : start + half, 0] = weights


def _copying_values(layer, head: int, size: int, read: Tensor, write: Tensor, scale: float) -> None:
    """Values read `read` [n, hidden]; outputs write them along `write` [n, hidden]."""
    start = head * size
    layer.v.weight[start : start + size] = 0
    layer.v.weight[start : start + read.shape[0]] = read
    layer.o.weight[:, start : start + size] = 0
    layer.o.weight[:, start : start + write.shape[0]] = write.T * scale


@torch.no_grad()
def set_heads(model: Llama, seed: int = 3) -> None:
    """Sets the five heads in place; everything else of the first two layers is damped."""
    s, g = model.s, torch.Generator().manual_seed(seed)
    if s.kv_heads != s.heads:
        raise ValueError(f"set heads need kv_heads == heads, got {s.kv_heads} and {s.heads}")
    size, half, scale = s.head_dim, s.head_dim // 2, math.sqrt(s.hidden)
    slow = torch.arange(half * 9 // 16, half)
    slow = torch.cat([slow, slow + half])
    n = len(slow)
    basis = _orthonormal(s.hidden, g)
    written, free = basis[: 3 * n], basis[3 * n :]
    before, around, before_last = written.chunk(3)
    turn = torch.linalg.qr(torch.randn(n, n, generator=g))[0]  # keeps the two matches of the induction head apart
    rows = model.embedding.weight
    rows[:, 0] = 0
    rows -= rows @ written.T @ written  # tokens leave the written directions to the codes
    rows *= 0.02 * math.sqrt(s.hidden - 1) / rows.norm(dim=1, keepdim=True)  # equal norms: the constant is the same behind RMS norm
    rows[:, 0] = CONSTANT / scale
    others = (0.02 * scale) ** 2 * (s.hidden - 1)
    seen = CONSTANT / math.sqrt((others + CONSTANT**2) / s.hidden)  # the constant after RMS norm
    codes = free[:n]
    model.norm.weight.fill_(SHARPNESS)
    first, second = model.layers[0], model.layers[1]
    for layer in (first, second):
        layer.o.weight *= DAMPING
        layer.down.weight *= DAMPING
    for layer in model.layers[2:]:
        layer.o.weight *= 0.5
        layer.down.weight *= 0.5

    inverse = model.inverse_frequencies
    previous = torch.zeros(half)
    previous[PREVIOUS_PAIRS] = PREVIOUS_SHARPNESS / seen
    _positional_head(first, 0, 1, previous, inverse)
    window = torch.zeros(half)
    window[WINDOW_PAIRS] = WINDOW_SHARPNESS / seen
    _positional_head(first, 1, 0, window, inverse)
    _positional_head(first, 2, 2, previous, inverse)
    _copying_values(first, 0, size, codes, before, WRITE)
    _copying_values(first, 1, size, codes, around, 2 * WRITE)
    _copying_values(first, 2, size, codes, before_last, WRITE)

    induction = (codes + SECOND / WRITE * turn @ before, before + SECOND * turn @ before_last, MATCH, COPY)
    overlap = (around, around, OVERLAP, OVERLAP_COPY)
    for head, (query, key, match, copy) in enumerate((induction, overlap)):
        start = head * size
        for linear, read in ((second.q, query), (second.k, key)):
            linear.weight[start : start + size] = 0
            linear.weight[start + slow] = read * match
        identity = free[head * size : (head + 1) * size]
        _copying_values(second, head, size, identity, identity, copy)
