"""Makes the fixtures under test/engine/fixtures: tiny random checkpoints of each supported family, and
what the reference implementation (torch + transformers + tokenizers) computes with them.

    pip install torch==2.15 transformers==5.23 tokenizers==0.23 safetensors
    python test/reference/make_goldens.py

Norms and biases are randomised and theta and eps are not the defaults, so that a loader which ignores
one of them fails. Everything is seeded: running it again gives the same files.
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

FIXTURES = Path(__file__).resolve().parent.parent / "engine" / "fixtures"
VOCAB = 320

NASTY = (
    "Dr. O'Neill's naïve café — 3.14 €/m²! "
    "Ελληνικά, кириллица, עברית, العربية, हिन्दी, ไทย, 中文字符，日本語テキスト、한국어 "
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 e\u0301 \u200b zero\u00a0width\t\ttabs\r\n\r\n  two  spaces "
    "<|im_start|>user not special<|im_end|> 12345678901 don't DON'T \ufffd end"
)

CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def randomise(model, seed, scale):
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
                p.copy_(scale * noise / p.shape[-1] ** 0.5)


def token_ids(count, seed):
    return torch.randint(0, VOCAB, (1, count), generator=torch.Generator().manual_seed(seed))


def greedy(model, prompt, count):
    """Tokens and the gap between the best two logits of each."""
    ids, gaps = prompt.clone(), []
    for _ in range(count):
        top = model(ids).logits[0, -1].topk(2)
        gaps.append(round((top.values[0] - top.values[1]).item(), 5))
        ids = torch.cat([ids, top.indices[:1].view(1, 1)], dim=1)
    return ids[0, prompt.shape[1] :].tolist(), gaps


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def decoder(name, model, dtype, edit=lambda config: None, shards=1):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    randomise(model, seed=sum(map(ord, name)), scale=1.0)
    model.to(dtype).save_pretrained(folder, max_shard_size="200KB" if shards > 1 else "5GB")
    # Loaded anew: `to(bfloat16)` has rounded the RoPE frequencies, too, which no loader could know.
    model = type(model).from_pretrained(folder, dtype=torch.float32).eval()
    config = json.loads((folder / "config.json").read_text())
    edit(config)
    write_json(folder / "config.json", config)
    short, long = token_ids(48, 1), token_ids(400, 2)
    with torch.no_grad():
        tokens, gaps = greedy(model, short[:, :8], 20)
        save_file(
            {"short": model(short).logits[0].contiguous(), "long": model(long).logits[0, -4:].contiguous()},
            folder / "golden.safetensors",
        )
    golden = {"short": short[0].tolist(), "long": long[0].tolist(), "greedy": tokens, "gaps": gaps}
    write_json(folder / "golden.json", golden)


def dialect4(config):
    """transformers 5.x config -> the 4.x form."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["rope_theta"]
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")


def decoders_():
    shape = dict(vocab_size=VOCAB, hidden_size=64, intermediate_size=96, max_position_embeddings=512)

    def rope(theta):
        return {"rope_type": "default", "rope_theta": theta}

    decoder(
        "llama-gqa",
        LlamaForCausalLM(
            LlamaConfig(
                **shape, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
                rope_parameters=rope(500000.0), rms_norm_eps=1e-3,
            )
        ),
        torch.bfloat16,
    )  # fmt: skip
    decoder(
        "llama-tied-sharded",
        LlamaForCausalLM(
            LlamaConfig(
                **shape, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4, head_dim=24,
                tie_word_embeddings=True, rope_parameters=rope(3000.0), rms_norm_eps=1e-4,
            )
        ),
        torch.float32, edit=lambda config: config.pop("tie_word_embeddings"), shards=2,
    )  # fmt: skip
    decoder(
        "llama-biased-mqa",
        LlamaForCausalLM(
            LlamaConfig(
                **shape, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=1,
                attention_bias=True, mlp_bias=True, rope_parameters=rope(20000.0), rms_norm_eps=1e-5,
            )
        ),
        torch.float16, edit=dialect4,
    )  # fmt: skip
    decoder(
        "qwen2",
        Qwen2ForCausalLM(
            Qwen2Config(
                **shape, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, head_dim=16,
                rope_parameters=rope(1000000.0), rms_norm_eps=1e-6, use_sliding_window=False,
            )
        ),
        torch.bfloat16, edit=dialect4,
    )  # fmt: skip
    decoder(
        "mistral",
        MistralForCausalLM(
            MistralConfig(
                **shape, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=32,
                sliding_window=None, rope_parameters=rope(70000.0), rms_norm_eps=1e-5,
            )
        ),
        torch.bfloat16,
    )  # fmt: skip


def corpus():
    text = Path(__file__).read_text(encoding="utf-8")
    return [text, NASTY.replace("<|im_start|>", "").replace("<|im_end|>", "")] * 4


def tokenizer():
    """A byte-level BPE tokenizer with a chat template, beside the llama-gqa checkpoint."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.post_processor = processors.ByteLevel(trim_offsets=False)
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    raw.train_from_iterator(
        corpus(),
        trainers.BpeTrainer(
            vocab_size=VOCAB, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
        ),
    )
    raw.enable_truncation(8)  # stored in tokenizer.json: a loader has to override both
    raw.enable_padding(length=16)
    fast = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = CHAT_TEMPLATE
    folder = FIXTURES / "llama-gqa"
    fast.save_pretrained(folder)
    raw.no_truncation()
    raw.no_padding()
    messages = [
        {"role": "system", "content": "Be brief. "},
        {"role": "user", "content": "Où est l'église?\n"},
    ]
    plain = Tokenizer.from_str(raw.to_str())
    plain.encode_special_tokens = True
    write_json(
        folder / "golden-tokenizer.json",
        {
            "text": NASTY,
            "plain": plain.encode(NASTY, add_special_tokens=False).ids,
            "special": raw.encode(NASTY, add_special_tokens=False).ids,
            "decoded": raw.decode(raw.encode(NASTY, add_special_tokens=False).ids, skip_special_tokens=True),
            "messages": messages,
            "chat": fast.apply_chat_template(messages, tokenize=False, add_generation_prompt=True),
            "chatWithoutPrompt": fast.apply_chat_template(messages, tokenize=False, add_generation_prompt=False),
        },
    )


def bert():
    folder = FIXTURES / "bert"
    shutil.rmtree(folder, ignore_errors=True)
    raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=True)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    raw.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=600, special_tokens=special))
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )  # fmt: skip
    raw.enable_truncation(8)
    raw.enable_padding(length=64)
    config = BertConfig(
        vocab_size=raw.get_vocab_size(), hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=80, max_position_embeddings=64, layer_norm_eps=1e-5,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=True)
    randomise(model, seed=7, scale=1.0)
    model.half().save_pretrained(folder)
    model = BertModel.from_pretrained(folder, dtype=torch.float32).eval()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=raw, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]", model_max_length=64,
    )  # fmt: skip
    fast.save_pretrained(folder)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(modules)
        ],
    )
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 32, "do_lower_case": False})
    prompts = {"query": "query: ", "passage": "passage: "}
    write_json(folder / "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": None})
    (folder / "1_Pooling").mkdir()
    write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": 48, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True},
    )
    raw.no_padding()
    raw.enable_truncation(32)
    texts = ["The quick brown fox.", NASTY, "a", "", "ein zwei drei vier", "The quick brown cat."]
    rows = []
    with torch.no_grad():
        for text in texts:
            row = {"text": text}
            for kind, prompt in prompts.items():
                ids = raw.encode(prompt + text).ids
                hidden = model(torch.tensor([ids])).last_hidden_state[0]
                mean = torch.nn.functional.normalize(hidden.mean(0), dim=0)
                cls = torch.nn.functional.normalize(hidden[0], dim=0)
                row[kind] = {"ids": ids, "mean": mean.tolist(), "cls": cls.tolist()}
            rows.append(row)
    write_json(folder / "golden.json", rows)


def cross_encoder():
    """A relevance model with one label; its tokenizer is that of the bert fixture."""
    folder = FIXTURES / "cross-encoder"
    shutil.rmtree(folder, ignore_errors=True)
    fast = PreTrainedTokenizerFast.from_pretrained(FIXTURES / "bert")
    fast.model_max_length = 64
    config = BertConfig(
        vocab_size=len(fast), hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=80, max_position_embeddings=64, layer_norm_eps=1e-5, num_labels=1,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    randomise(model, seed=11, scale=1.0)
    model.half().save_pretrained(folder)
    fast.save_pretrained(folder)
    model = BertForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    raw = Tokenizer.from_file(str(folder / "tokenizer.json"))
    raw.no_padding()
    raw.enable_truncation(64, strategy="only_second")
    questions = ["Who built the quick brown fox?", "naïve café"]
    passages = ["The quick brown fox.", NASTY, "a", "", "ein zwei drei vier", "The quick brown cat."]
    rows = []
    with torch.no_grad():
        for question in questions:
            for passage in passages:
                encoding = raw.encode(question, passage)
                logits = model(
                    input_ids=torch.tensor([encoding.ids]), token_type_ids=torch.tensor([encoding.type_ids])
                ).logits
                rows.append(
                    {
                        "question": question, "passage": passage, "ids": encoding.ids,
                        "types": encoding.type_ids, "logit": logits.item(),
                    }
                )  # fmt: skip
    write_json(folder / "golden.json", rows)


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    decoders_()
    tokenizer()
    bert()
    cross_encoder()
    for path in sorted(FIXTURES.rglob("*")):
        if path.is_file():
            print(f"{path.stat().st_size:8d}  {path.relative_to(FIXTURES)}")
