"""First word vectors of the embedder: a random code for each word plus what company it keeps (LSA).

The code alone makes cosine similarity a random projection of idf-weighted word overlap. The LSA part brings words
of the same topic together; it counts less the fewer passages a word was seen in.
"""

from __future__ import annotations

import math

import torch
from tokenizers import Tokenizer
from torch import Tensor

TOPICS = 192
TOPIC_SHARE = 0.7
SEEN_HALF = 4  # passages after which a word's topic counts half
UNSEEN_IDF = 0.9
SPECIALS = 5  # [PAD] [UNK] [CLS] [SEP] [MASK]
IDF_POWER = 2.0


def counts(tokenizer: Tokenizer, texts: list[str], vocab: int) -> Tensor:
    """Word counts [texts, vocab], special tokens left out."""
    out = torch.zeros(len(texts), vocab)
    for i, encoded in enumerate(tokenizer.encode_batch(texts)):
        out[i].index_add_(0, torch.tensor(encoded.ids[1:-1], dtype=torch.long), torch.ones(len(encoded.ids) - 2))
    return out


def word_vectors(tokenizer: Tokenizer, texts: list[str], vocab: int, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """Vectors [vocab, size] and weights [vocab] in 0..1."""
    g = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # svd_lowrank draws from the global generator
    x = counts(tokenizer, texts, vocab)
    seen = (x > 0).sum(0).float()
    idf = (torch.log((len(texts) + 1) / (seen + 1)) / math.log(len(texts) + 1)).clamp(0, 1)
    y = torch.log1p(x) * idf
    _, _, topics = torch.svd_lowrank(y / y.norm(dim=1, keepdim=True).clamp_min(1e-6), TOPICS, niter=3)
    topics = topics / topics.norm(dim=1, keepdim=True).clamp_min(1e-6) * (seen / (seen + SEEN_HALF))[:, None]
    spread = torch.linalg.qr(torch.randn(size, TOPICS, generator=g))[0].T  # [topics, size]
    codes = torch.randn(vocab, size, generator=g) / math.sqrt(size)
    idf[seen == 0] = UNSEEN_IDF
    idf[:SPECIALS] = 0.1
    return codes + TOPIC_SHARE * topics @ spread, idf**IDF_POWER
