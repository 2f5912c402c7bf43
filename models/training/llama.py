"""A Llama decoder for training: fp32 parameters, any attention mask, any positions.

Parameters are kept at the scale at which AdamW at 1e-3 learned best: embeddings of standard deviation
0.02 that are multiplied by sqrt(hidden) on the way in. `to_checkpoint` folds that factor into the
weights, so that what is exported is an ordinary LlamaForCausalLM with tied embeddings.
"""

from __future__ import annotations

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from settings import ReaderSetting

EPS = 1e-5


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

    def attend(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, past: list[Tensor] | None) -> Tensor:
        """x [batch, rows, hidden]; mask [batch, 1, rows, keys], True where a row may look; `past` keeps keys and values."""
        b, n, _ = x.shape
        split = lambda t: t.view(b, n, -1, self.s.head_dim).transpose(1, 2)  # [batch, heads, rows, headDim]
        q, k, v = rotate(split(self.q(x)), cos, sin), rotate(split(self.k(x)), cos, sin), split(self.v(x))
        if past is not None:
            k, v = (torch.cat([p, t], 2) for p, t in zip(past, (k, v))) if past else (k, v)
            past[:] = [k, v]
        if self.s.kv_heads != self.s.heads:
            k, v = (t.repeat_interleave(self.s.heads // self.s.kv_heads, 1) for t in (k, v))
        y = F.scaled_dot_product_attention(q, k.to(q.dtype), v.to(q.dtype), attn_mask=mask)
        return self.o(y.transpose(1, 2).reshape(b, n, -1))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, past: list[Tensor] | None = None) -> Tensor:
        x = x + self.attend(self.norm1(x), cos, sin, mask, past)
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
        self.register_buffer("inverse_frequencies", s.rope_theta ** (-torch.arange(half) / half), persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.02)
        for layer in self.layers:
            for linear in (m for m in layer.modules() if isinstance(m, nn.Linear)):
                nn.init.normal_(linear.weight, std=linear.in_features**-0.5)
            for linear in (layer.o, layer.down):
                linear.weight.data /= math.sqrt(2 * self.s.layers)

    def forward(self, ids: Tensor, positions: Tensor, mask: Tensor | None, past: list[list[Tensor]] | None = None) -> Tensor:
        """Final hidden states [batch, rows, hidden] of ids, positions [batch, rows] under mask [batch, 1, rows, rows].

        `past`, one list a layer, is filled with keys and values and read by the next call (mask None: see all of it).
        """
        x = self.embedding(ids) * math.sqrt(self.s.hidden)
        angles = positions[:, None, :, None] * self.inverse_frequencies  # [batch, 1, rows, headDim / 2]
        cos, sin = angles.cos(), angles.sin()
        for i, layer in enumerate(self.layers):
            x = layer(x, cos, sin, mask, past[i] if past is not None else None)
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
