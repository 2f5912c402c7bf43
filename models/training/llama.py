"""A Llama decoder for training: fp32 parameters, any attention mask, any positions.

Parameters are kept at the scale at which AdamW at 1e-3 learned best: embeddings of standard deviation
0.02 that are multiplied by sqrt(hidden) on the way in. `to_checkpoint` folds that factor into the
weights, so that what is exported is an ordinary LlamaForCausalLM with tied embeddings.
"""

from __future__ import annotations

import math
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from settings import ReaderSetting

EPS = 1e-5
MOST_BRINGS = 96  # a head and step: each costs a softmax over the vocabulary


class RmsNorm(nn.Module):
    def __init__(self, size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight, EPS)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE in the half-split layout. x [batch, heads, rows, headDim]; cos, sin [batch, 1, rows, headDim / 2]."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Taps:
    """Reads the attention of chosen heads: per (layer, head) the log-probability of looking where a link says; what they
    would bring from chosen rows; and rows of the residual stream: per layer the log-probability of the relation that a
    label says.

    `links`, `looks`, `labels`, `brings` as in packing.Batch; `mask` [batch, 1, rows, keys]. Links whose targets the mask hides are
    left out.
    """

    def __init__(self, links: Tensor, looks: Tensor, labels: Tensor, mask: Tensor, brings: Tensor | None = None):
        self.labels = labels
        self.brings = torch.zeros(0, 5, dtype=torch.long) if brings is None else brings
        self.heads: dict[int, list[tuple[int, Tensor, Tensor, Tensor]]] = {}
        self.logs: dict[tuple[int, int], Tensor] = {}
        self.hits: dict[tuple[int, int], Tensor] = {}
        wanted = torch.zeros(len(links), mask.shape[-1], dtype=torch.bool, device=mask.device)
        wanted[looks[:, 0], looks[:, 1]] = True
        self.mask = mask[:, 0]
        wanted &= self.mask[links[:, 2], links[:, 3]]
        usable = wanted.any(1)
        for layer, head in sorted(set(map(tuple, links[:, :2].tolist()))):
            at = (usable & (links[:, 0] == layer) & (links[:, 1] == head)).nonzero()[:, 0]
            if len(at):
                self.heads.setdefault(layer, []).append((head, links[at, 2], links[at, 3], wanted[at]))

    def read(self, layer: int, q: Tensor, k: Tensor) -> None:
        """q, k [batch, heads, rows, headDim] of a layer."""
        for head, sequence, row, wanted in self.heads.get(layer, []):
            scores = (q[:, head] @ k[:, head].transpose(1, 2))[sequence, row].float() * q.shape[-1] ** -0.5
            chance = scores.masked_fill(~self.mask[sequence, row], -math.inf).log_softmax(-1)
            self.logs[layer, head] = chance.masked_fill(~wanted, -math.inf).logsumexp(-1)
            self.hits[layer, head] = wanted.gather(1, chance.argmax(-1, keepdim=True)).float().mean()

    def read_brings(self, layer: int, parts: "Layer", x: Tensor, model: "Llama") -> None:
        """x [batch, rows, hidden] before a layer: log-probability of the token that a head would bring, were it alone."""
        size = parts.s.head_dim
        for head in self.brings[self.brings[:, 0] == layer][:, 1].unique().tolist():
            at = self.brings[(self.brings[:, 0] == layer) & (self.brings[:, 1] == head)]
            _, _, sequence, row, token = at[torch.randperm(len(at))[:MOST_BRINGS]].T
            places = slice(head * size, head * size + size)
            brought = parts.norm1(x[sequence, row]) @ parts.v.weight[places].T @ parts.o.weight[:, places].T
            chance = model.logits(model.norm(brought)).float().log_softmax(-1)
            self.logs[layer, 10 + head] = chance.gather(1, token[:, None])[:, 0]
            self.hits[layer, 10 + head] = (chance.argmax(-1) == token).float().mean()

    def read_rows(self, layer: int, x: Tensor, axes: Tensor, codes: Tensor) -> None:
        """x [batch, rows, hidden] behind a layer; axes [n, hidden] and codes [relations, n] say how it holds a relation."""
        _, sequence, row, relation = self.labels[self.labels[:, 0] == layer].T
        if len(row):
            held = F.rms_norm(x[sequence, row].float(), (x.shape[-1],)) @ axes.T
            chance = (held @ codes.T).log_softmax(-1)
            self.logs[layer, -1] = chance.gather(1, relation[:, None])[:, 0]
            self.hits[layer, -1] = (chance.argmax(-1) == relation).float().mean()


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """softmax(q k / sqrt(headDim) + mask) v. On a CPU three times as fast as the fused kernel when all is bf16."""
    if mask is None or mask.dtype == torch.bool:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-1, -2)) + mask
    with torch.autocast(q.device.type, enabled=False):
        return torch.matmul(scores.softmax(-1), v)


class Layer(nn.Module):
    """Attention and gated MLP, each behind its RMS norm."""

    def __init__(self, s: ReaderSetting):
        super().__init__()
        self.s = s
        kv = s.kv_heads * s.head_dim
        self.norm1, self.norm2 = RmsNorm(s.hidden), RmsNorm(s.hidden)
        self.q = nn.Linear(s.hidden, s.hidden, bias=False)
        self.k = nn.Linear(s.hidden, kv, bias=False)
        self.v = nn.Linear(s.hidden, kv, bias=False)
        self.o = nn.Linear(s.hidden, s.hidden, bias=False)
        self.gate = nn.Linear(s.hidden, s.ffn, bias=False)
        self.up = nn.Linear(s.hidden, s.ffn, bias=False)
        self.down = nn.Linear(s.ffn, s.hidden, bias=False)

    def attend(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, past: list[Tensor] | None, taps=None) -> Tensor:
        """x [batch, rows, hidden]; mask [batch, 1, rows, keys], True where a row may look; `past` keeps keys and values."""
        b, n, _ = x.shape
        split = lambda t: t.view(b, n, -1, self.s.head_dim).transpose(1, 2)  # [batch, heads, rows, headDim]
        q, k, v = rotate(split(self.q(x)), cos, sin), rotate(split(self.k(x)), cos, sin), split(self.v(x))
        if past is not None:
            k, v = (torch.cat([p, t], 2) for p, t in zip(past, (k, v))) if past else (k, v)
            past[:] = [k, v]
        if self.s.kv_heads != self.s.heads:
            k, v = (t.repeat_interleave(self.s.heads // self.s.kv_heads, 1) for t in (k, v))
        q, k = q.to(v.dtype), k.to(v.dtype)
        if taps:
            taps(q, k)
        y = attention(q, k, v, mask)
        return self.o(y.transpose(1, 2).reshape(b, n, -1))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, past: list[Tensor] | None = None, taps=None) -> Tensor:
        x = x + self.attend(self.norm1(x), cos, sin, mask, past, taps)
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, s: ReaderSetting):
        super().__init__()
        self.s = s
        self.embedding = nn.Embedding(s.vocab, s.hidden)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.norm = RmsNorm(s.hidden)
        half = s.head_dim // 2
        self.register_buffer("relation_axes", torch.zeros(1, s.hidden), persistent=False)
        self.register_buffer("relation_codes", torch.zeros(1, 1), persistent=False)
        self.register_buffer("inverse_frequencies", s.rope_theta ** (-torch.arange(half) / half), persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.02)
        for layer in self.layers:
            for linear in (m for m in layer.modules() if isinstance(m, nn.Linear)):
                nn.init.normal_(linear.weight, std=linear.in_features**-0.5)
            for linear in (layer.o, layer.down):
                linear.weight.data /= math.sqrt(2 * self.s.layers)

    def forward(self, ids: Tensor, positions: Tensor, mask: Tensor | None, past: list[list[Tensor]] | None = None, taps: Taps | None = None) -> Tensor:
        """Final hidden states [batch, rows, hidden] of ids, positions [batch, rows] under mask [batch, 1, rows, rows].

        `past`, one list a layer, is filled with keys and values and read by the next call (mask None: see all of it).
        """
        x = self.embedding(ids) * math.sqrt(self.s.hidden)
        angles = positions[:, None, :, None] * self.inverse_frequencies  # [batch, 1, rows, headDim / 2]
        cos, sin = angles.cos(), angles.sin()
        if mask is not None and x.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            mask = torch.zeros(mask.shape, dtype=torch.bfloat16).masked_fill_(~mask, -30000.0)
        for i, layer in enumerate(self.layers):
            if taps:
                taps.read_brings(i, layer, x, self)
            x = layer(x, cos, sin, mask, past[i] if past is not None else None, partial(taps.read, i) if taps else None)
            if taps:
                taps.read_rows(i, x, self.relation_axes, self.relation_codes)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return hidden @ self.embedding.weight.T


def to_checkpoint(state: dict[str, Tensor], s: ReaderSetting) -> dict[str, Tensor]:
    """Weights under their Hugging Face names; the factor sqrt(hidden) moves from the forward pass into them."""
    factor = math.sqrt(s.hidden)
    out = {"model.embed_tokens.weight": state["embedding.weight"] * factor, "model.norm.weight": state["norm.weight"] / factor}
    names = {
        "norm1": "input_layernorm", "norm2": "post_attention_layernorm", "q": "self_attn.q_proj", "k": "self_attn.k_proj",
        "v": "self_attn.v_proj", "o": "self_attn.o_proj", "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
    }
    for i in range(s.layers):
        for ours, theirs in names.items():
            out[f"model.layers.{i}.{theirs}.weight"] = state[f"layers.{i}.{ours}.weight"]
    return out
