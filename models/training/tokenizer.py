"""Trains both tokenizers on generated and real text. Run once: a checkpoint is bound to its ids.

    python tokenizer.py --data ../../../shared/data --out WORK
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from facts import make_world
from names import Names
from prompt import INSTRUCTION, SPECIALS
from prose import Style, passages
from questions import single_question
from settings import EMBEDDER, READER
from texts import load_passages

SEED = 20


def generated_text(worlds: int, seed: int) -> list[str]:
    """Passages and questions of `worlds` generated worlds."""
    rng = random.Random(seed)
    names = Names(rng)
    out = []
    for _ in range(worlds):
        world = make_world(rng, names, 14)
        out += [p.render() for p in passages(world, Style(), rng, names)]
        out += [f"Question: {single_question(world, rng).text}" for _ in range(6)]
    return out


def training_text(data: str, worlds: int = 1500, real_copies: int = 2) -> list[str]:
    real = [item.passage.render() for item in load_passages(data)]
    return real * real_copies + generated_text(worlds, SEED) + [INSTRUCTION] * 50


def train_reader_tokenizer(texts: list[str], vocab: int) -> Tokenizer:
    """Byte-level BPE as GPT-2's: no normaliser, no prefix space."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab,
        special_tokens=[AddedToken(t, special=True, normalized=False) for t in SPECIALS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def train_embedder_tokenizer(texts: list[str], vocab: int) -> Tokenizer:
    """BERT's WordPiece: lower case, accents stripped."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=vocab, special_tokens=specials, continuing_subword_prefix="##", show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="../../../shared/data")
    parser.add_argument("--out", required=True)
    parser.add_argument("--setting", choices=READER, default="cpu")
    args = parser.parse_args()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    texts = training_text(args.data)
    train_reader_tokenizer(texts, READER[args.setting].vocab).save(str(out / "reader-tokenizer.json"))
    train_embedder_tokenizer(texts, EMBEDDER[args.setting].vocab).save(str(out / "embedder-tokenizer.json"))


if __name__ == "__main__":
    main()
