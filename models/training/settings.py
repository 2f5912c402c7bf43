"""Sizes and rates of the two settings. The shipped weights had the CPU one; the GPU one has not been run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReaderSetting:
    """Shape and schedule of the reader. Token counts include context, questions and answers."""

    vocab: int = 8192
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 4
    ffn: int = 512
    rope_theta: float = 1e8  # half of the rotary pairs hardly turn within max_positions
    max_positions: int = 4096
    rate: float = 7e-4
    batch_tokens: int = 3000
    total_tokens: int = 15_500_000
    max_context: int = 2400

    @property
    def head_dim(self) -> int:
        return self.hidden // self.heads


@dataclass(frozen=True)
class EmbedderSetting:
    """Shape and schedule of the embedder."""

    vocab: int = 12288
    hidden: int = 384
    layers: int = 3
    heads: int = 6
    ffn: int = 768
    max_positions: int = 512
    max_tokens: int = 112
    rate: float = 2e-4
    batch: int = 64
    steps: int = 1400


READER = {
    "cpu": ReaderSetting(),
    "gpu": ReaderSetting(hidden=640, layers=12, heads=10, kv_heads=10, ffn=1728, rate=6e-4, batch_tokens=131_072, total_tokens=800_000_000, max_context=3600),
}
EMBEDDER = {
    "cpu": EmbedderSetting(),
    "gpu": EmbedderSetting(layers=5, ffn=1024, max_tokens=320, batch=1024, steps=20_000),
}
