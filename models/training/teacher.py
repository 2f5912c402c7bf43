"""A larger sentence encoder whose similarities the embedder may learn, in the sentence-transformers file layout.

all-MiniLM-L6-v2 (Apache-2.0) has 384 dimensions, mean pooling and BERT's layout, as ours has.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from bert import Bert
from settings import EmbedderSetting

BATCH = 32


class Teacher:
    """Vectors of texts, each computed once."""

    def __init__(self, folder: str | Path, max_tokens: int = 128):
        root = Path(folder)
        config = json.loads((root / "config.json").read_text(encoding="utf8"))
        sizes = {"vocab": "vocab_size", "hidden": "hidden_size", "layers": "num_hidden_layers", "heads": "num_attention_heads", "ffn": "intermediate_size", "max_positions": "max_position_embeddings"}
        self.model = Bert(EmbedderSetting(**{ours: config[theirs] for ours, theirs in sizes.items()})).eval()
        self.model.load_checkpoint(load_file(root / "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(str(root / "tokenizer.json"))
        self.tokenizer.enable_truncation(max_tokens)
        self.tokenizer.enable_padding(pad_id=0)
        self.known: dict[str, Tensor] = {}

    @torch.no_grad()
    def vectors(self, texts: list[str]) -> Tensor:
        """Unit vectors [texts, hidden]."""
        new = sorted({t for t in texts if t not in self.known}, key=len)
        for i in range(0, len(new), BATCH):
            some = new[i : i + BATCH]
            ids = torch.tensor([e.ids for e in self.tokenizer.encode_batch(some)])
            self.known |= dict(zip(some, self.model(ids)))
        return torch.stack([self.known[t] for t in texts])
