"""A BERT encoder for training, mean-pooled, under the names and in the layout of Hugging Face's BertModel.

Word embeddings begin as given vectors whose lengths are idf weights (see `word_vectors.py`). With quiet layers the
untrained model is then weighted word overlap, and training starts from lexical search instead of from nothing.
"""

from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from settings import EmbedderSetting

EPS = 1e-12
QUIET = 0.02  # scale of what the layers add before training


class EncoderLayer(nn.Module):
    def __init__(self, s: EmbedderSetting):
        super().__init__()
        self.heads = s.heads
        self.qkv = nn.Linear(s.hidden, 3 * s.hidden)
        self.out = nn.Linear(s.hidden, s.hidden)
        self.norm1 = nn.LayerNorm(s.hidden, eps=EPS)
        self.up = nn.Linear(s.hidden, s.ffn)
        self.down = nn.Linear(s.ffn, s.hidden)
        self.norm2 = nn.LayerNorm(s.hidden, eps=EPS)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [batch, rows, hidden]; mask [batch, 1, 1, rows], True at real tokens."""
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)  # each [batch, heads, rows, headDim]
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.out(y.transpose(1, 2).reshape(b, n, d)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Bert(nn.Module):
    def __init__(self, s: EmbedderSetting, seed: int = 11):
        super().__init__()
        self.s = s
        self.words = nn.Embedding(s.vocab, s.hidden)
        self.positions = nn.Embedding(s.max_positions, s.hidden)
        self.types = nn.Embedding(2, s.hidden)
        self.norm = nn.LayerNorm(s.hidden, eps=EPS)
        self.layers = nn.ModuleList(EncoderLayer(s) for _ in range(s.layers))
        self._initialise(torch.Generator().manual_seed(seed))

    def _initialise(self, g: torch.Generator) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=module.in_features**-0.5, generator=g)
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.words.weight, std=1.0, generator=g)
        nn.init.zeros_(self.positions.weight)
        nn.init.zeros_(self.types.weight)
        for layer in self.layers:
            layer.out.weight.data *= QUIET
            layer.down.weight.data *= QUIET

    @torch.no_grad()
    def set_words(self, vectors: Tensor, weights: Tensor) -> None:
        """vectors [vocab, hidden - 2], their lengths ignored; weights [vocab] in 0..1 become the lengths of the outputs.

        Layer norm makes all tokens equally long, so the first two dimensions carry what a light word lacks; the last
        norm takes them away again.
        """
        d = self.s.hidden
        own = vectors - vectors.mean(1, keepdim=True)
        own = own / own.norm(dim=1, keepdim=True) * (weights * d**0.5)[:, None]
        ballast = ((1 - weights**2).clamp_min(0) * d / 2).sqrt()[:, None]
        self.words.weight.copy_(torch.cat([ballast, -ballast, own], 1))
        self.layers[-1].norm2.weight[:2] = 0

    def forward(self, ids: Tensor) -> Tensor:
        """ids [batch, rows], 0 = padding -> unit vectors [batch, hidden]."""
        real = ids != 0
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0]
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, real[:, None, None, :])
        x = (x * real[..., None]).sum(1) / real.sum(1, keepdim=True)
        return F.normalize(x.float(), dim=-1)

    def to_checkpoint(self) -> dict[str, Tensor]:
        """Weights under the names of Hugging Face's BertModel (without the pooler, which mean pooling does not use)."""
        out = {
            "embeddings.word_embeddings.weight": self.words.weight, "embeddings.position_embeddings.weight": self.positions.weight,
            "embeddings.token_type_embeddings.weight": self.types.weight, "embeddings.LayerNorm.weight": self.norm.weight, "embeddings.LayerNorm.bias": self.norm.bias,
        }
        for i, layer in enumerate(self.layers):
            at = f"encoder.layer.{i}."
            for name, weight, bias in zip(("query", "key", "value"), layer.qkv.weight.chunk(3), layer.qkv.bias.chunk(3)):
                out[f"{at}attention.self.{name}.weight"], out[f"{at}attention.self.{name}.bias"] = weight, bias
            for ours, theirs in (("out", "attention.output.dense"), ("norm1", "attention.output.LayerNorm"), ("up", "intermediate.dense"), ("down", "output.dense"), ("norm2", "output.LayerNorm")):
                module = getattr(layer, ours)
                out[f"{at}{theirs}.weight"], out[f"{at}{theirs}.bias"] = module.weight, module.bias
        return {k: v.clone() for k, v in out.items()}
