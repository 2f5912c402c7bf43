"""Makes the fixtures of encoders beyond BERT: tiny random ModernBERT and XLM-RoBERTa checkpoints as
sentence-transformers saves them, two cross-encoders, and what the reference computes with them.

    pip install torch==2.15 transformers==5.23 sentence-transformers==6.2
    python test/reference/make_encoder_goldens.py

Texts are longer than ModernBERT's local windows; prompts, pooling and normalisation are read from the files by
sentence-transformers itself.
"""

import shutil

import torch
from make_goldens import FIXTURES, NASTY, corpus, write_json
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    ModernBertConfig,
    ModernBertForSequenceClassification,
    ModernBertModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaModel,
)

TEXTS = ["The quick brown fox.", NASTY, "a", "", "ein zwei drei vier " * 5, "The quick brown cat."]
PLAIN = [text.replace("<|im_start|>", "").replace("<|im_end|>", "") for text in TEXTS]
MAX_TOKENS = 40


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if "norm" in name.lower() and name.endswith("weight"):
                p.copy_(1 + 0.3 * noise)
            elif name.endswith("bias"):
                p.copy_(0.2 * noise)
            elif "embed" in name:
                p.copy_(0.7 * noise)
            else:
                p.copy_(1.3 * noise / p.shape[-1] ** 0.5)


def byte_level_tokenizer():
    """As ModernBERT has it: byte-level BPE between [CLS] and [SEP]."""
    raw = Tokenizer(models.BPE(unk_token="[UNK]"))
    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet))
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]", model_max_length=MAX_TOKENS, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def unigram_tokenizer():
    """As XLM-RoBERTa has it: SentencePiece Unigram, two separators between a pair."""
    raw = Tokenizer(models.Unigram())
    raw.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    raw.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    raw.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    raw.train_from_iterator(corpus(), trainers.UnigramTrainer(vocab_size=420, special_tokens=special, unk_token="<unk>"))
    raw.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>", model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def modern_config(size, **more):
    return ModernBertConfig(
        vocab_size=size, hidden_size=48, intermediate_size=40, num_hidden_layers=4, num_attention_heads=4,
        max_position_embeddings=64, local_attention=8, global_attn_every_n_layers=2, norm_eps=1e-3,
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 9000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 300.0},
        },
        pad_token_id=0, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3, **more,
    )  # fmt: skip


def roberta_config(size, **more):
    return XLMRobertaConfig(
        vocab_size=size, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=80,
        max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-3, pad_token_id=1, bos_token_id=0,
        eos_token_id=2, **more,
    )  # fmt: skip


def checkpoint(folder, model, tokenizer, dtype):
    shutil.rmtree(folder, ignore_errors=True)
    randomise(model, seed=sum(map(ord, folder.name)))
    model.to(dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def embedder(name, model, tokenizer, dtype, pooling, normalise, prompts):
    folder = FIXTURES / name
    checkpoint(folder, model, tokenizer, dtype)
    transformer = Transformer(str(folder), max_seq_length=MAX_TOKENS, model_kwargs={"dtype": torch.float32})
    modules = [transformer, Pooling(48, pooling_mode=pooling)] + ([Normalize()] if normalise else [])
    reference = SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
    saved = folder.parent / f"{name}-saved"
    reference.save(str(saved))
    for file in ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"):
        shutil.copy(saved / file, folder / file)
    shutil.copytree(saved / "1_Pooling", folder / "1_Pooling")
    shutil.rmtree(saved)
    with torch.no_grad():
        rows = [
            {
                "text": text,
                "query": reference.encode_query(text).tolist(),
                "passage": reference.encode_document(text).tolist(),
            }
            for text in PLAIN
        ]
    golden = {"rows": rows, "ids": [tokenizer(text, truncation=True)["input_ids"] for text in PLAIN]}
    write_json(folder / "golden.json", golden)


def reranker(name, model, tokenizer, dtype):
    folder = FIXTURES / name
    checkpoint(folder, model, tokenizer, dtype)
    reference = CrossEncoder(str(folder), device="cpu", model_kwargs={"dtype": torch.float32}, max_length=MAX_TOKENS)
    rows = []
    for question in ["Who built the quick brown fox?", "naïve café"]:
        for passage in filter(None, PLAIN):  # transformers takes an empty passage for none at all
            ids = tokenizer(question, passage, truncation="only_second", max_length=MAX_TOKENS)["input_ids"]
            with torch.no_grad():
                logit = reference.model(input_ids=torch.tensor([ids])).logits.item()
            rows.append({"question": question, "passage": passage, "ids": ids, "logit": logit})
    write_json(folder / "golden.json", rows)


if __name__ == "__main__":
    modern, roberta = byte_level_tokenizer(), unigram_tokenizer()
    embedder(
        "modernbert", ModernBertModel(modern_config(len(modern), norm_bias=True, mlp_bias=True)), modern,
        torch.bfloat16, "mean", False, {"query": "search_query: ", "document": "search_document: "},
    )  # fmt: skip
    embedder(
        "xlm-roberta", XLMRobertaModel(roberta_config(len(roberta)), add_pooling_layer=False), roberta,
        torch.float16, "cls", True, {"query": "query: ", "document": "passage: "},
    )  # fmt: skip
    reranker(
        "modernbert-reranker",
        ModernBertForSequenceClassification(modern_config(len(modern), num_labels=1, classifier_pooling="mean")),
        modern, torch.bfloat16,
    )  # fmt: skip
    reranker(
        "xlm-roberta-reranker", XLMRobertaForSequenceClassification(roberta_config(len(roberta), num_labels=1)),
        roberta, torch.float16,
    )  # fmt: skip
