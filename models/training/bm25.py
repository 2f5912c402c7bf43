"""BM25 over a fixed list of texts: mines hard negatives and is the baseline of the retrieval measure."""

from __future__ import annotations

import math
import re

import numpy as np

K1, B = 1.5, 0.75


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


class Bm25:
    def __init__(self, texts: list[str]):
        documents = [words(t) for t in texts]
        self.size = len(documents)
        lengths = np.array([len(d) for d in documents], float)
        self.norm = K1 * (1 - B + B * lengths / lengths.mean())  # [documents]
        counts: dict[str, dict[int, int]] = {}
        for i, document in enumerate(documents):
            for word in document:
                row = counts.setdefault(word, {})
                row[i] = row.get(i, 0) + 1
        self.postings = {w: (np.array(list(c)), np.array(list(c.values()), float)) for w, c in counts.items()}

    def scores(self, query: str) -> np.ndarray:
        """[documents]"""
        out = np.zeros(self.size)
        for word in words(query):
            if word in self.postings:
                at, count = self.postings[word]
                idf = math.log(1 + (self.size - len(at) + 0.5) / (len(at) + 0.5))
                out[at] += idf * count * (K1 + 1) / (count + self.norm[at])
        return out

    def top(self, query: str, k: int) -> list[int]:
        scores = self.scores(query)
        best = np.argpartition(-scores, min(k, self.size - 1))[:k]
        return [int(i) for i in best[np.argsort(-scores[best])] if scores[i] > 0]
