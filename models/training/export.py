"""Writes a trained model as a Hugging Face folder. Files are written beside and then renamed.

    python export.py reader --work WORK --out ../reader
    python export.py embedder --work WORK --out ../embedder
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from bert import Bert
from llama import to_checkpoint
from prompt import ASSISTANT, BOS, CHAT_TEMPLATE, END, PAD, SYSTEM, USER, BOS_ID, END_ID, PAD_ID
from settings import EMBEDDER, READER, EmbedderSetting, ReaderSetting


def write_json(path: Path, value: dict) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf8")
    temporary.chmod(0o644)
    temporary.replace(path)


def write_weights(path: Path, state: dict[str, torch.Tensor]) -> None:
    """fp16 safetensors; refuses what fp16 cannot hold."""
    half = {k: v.detach().to(torch.float16).contiguous() for k, v in state.items()}
    bad = [k for k, v in half.items() if not torch.isfinite(v).all()]
    if bad:
        raise ValueError(f"not finite in fp16: {bad}")
    temporary = path.with_suffix(".tmp")
    save_file(half, temporary, metadata={"format": "pt"})
    temporary.chmod(0o644)
    temporary.replace(path)


def copy_tokenizer(source: Path, out: Path) -> None:
    temporary = out / "tokenizer.tmp"
    shutil.copyfile(source, temporary)
    temporary.replace(out / "tokenizer.json")


def reader_config(s: ReaderSetting) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": s.vocab, "hidden_size": s.hidden,
        "intermediate_size": s.ffn, "num_hidden_layers": s.layers, "num_attention_heads": s.heads, "num_key_value_heads": s.kv_heads,
        "head_dim": s.head_dim, "hidden_act": "silu", "max_position_embeddings": s.max_positions, "rms_norm_eps": 1e-5,
        "rope_theta": s.rope_theta, "rope_scaling": None, "attention_bias": False, "mlp_bias": False, "attention_dropout": 0.0,
        "tie_word_embeddings": True, "initializer_range": 0.02, "pretraining_tp": 1, "use_cache": True, "torch_dtype": "float16",
        "bos_token_id": BOS_ID, "eos_token_id": END_ID, "pad_token_id": PAD_ID,
    }


def reader_tokenizer_config(s: ReaderSetting) -> dict:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": s.max_positions, "bos_token": BOS, "eos_token": END,
        "pad_token": PAD, "additional_special_tokens": [SYSTEM, USER, ASSISTANT], "add_bos_token": False, "add_prefix_space": False,
        "clean_up_tokenization_spaces": False, "chat_template": CHAT_TEMPLATE,
    }


def export_reader(work: Path, out: Path, s: ReaderSetting, name: str, raw: bool) -> None:
    """The averaged weights of the checkpoint, or (`raw`) its last ones."""
    state = torch.load(work / f"{name}.pt", weights_only=False)["model" if raw else "average"]
    write_json(out / "config.json", reader_config(s))
    write_json(out / "tokenizer_config.json", reader_tokenizer_config(s))
    write_json(out / "generation_config.json", {"do_sample": False, "max_new_tokens": 32, "bos_token_id": BOS_ID, "eos_token_id": END_ID, "pad_token_id": PAD_ID})
    copy_tokenizer(work / "reader-tokenizer.json", out)
    write_weights(out / "model.safetensors", to_checkpoint(state, s))


def embedder_config(s: EmbedderSetting) -> dict:
    return {
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": s.vocab, "hidden_size": s.hidden, "num_hidden_layers": s.layers,
        "num_attention_heads": s.heads, "intermediate_size": s.ffn, "hidden_act": "gelu", "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0, "max_position_embeddings": s.max_positions, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "initializer_range": 0.02, "pad_token_id": 0, "position_embedding_type": "absolute", "classifier_dropout": None, "torch_dtype": "float16",
    }


def export_embedder(work: Path, out: Path, s: EmbedderSetting, name: str) -> None:
    path = work / f"{name}.pt"
    model = Bert(s)
    if path.exists():
        model.load_state_dict(torch.load(path, weights_only=False)["average"])
    (out / "1_Pooling").mkdir(exist_ok=True)
    write_json(out / "config.json", embedder_config(s))
    write_json(out / "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ])
    write_json(out / "1_Pooling/config.json", {
        "word_embedding_dimension": s.hidden, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False,
    })
    write_json(out / "config_sentence_transformers.json", {"__version__": {"sentence_transformers": "3.0.0", "pytorch": torch.__version__}, "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"})
    write_json(out / "sentence_bert_config.json", {"max_seq_length": 256, "do_lower_case": False})
    write_json(out / "tokenizer_config.json", {
        "tokenizer_class": "BertTokenizerFast", "do_lower_case": True, "strip_accents": True, "tokenize_chinese_chars": True, "model_max_length": s.max_positions,
        "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
    })
    copy_tokenizer(work / "embedder-tokenizer.json", out)
    write_weights(out / "model.safetensors", model.to_checkpoint())


def write_checksums(out: Path) -> None:
    """`SHA256SUMS` over every file that changes the numbers; loaders refuse a file that does not match."""
    files = sorted(p for p in out.rglob("*") if p.suffix in {".json", ".safetensors"})
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(out)}\n" for p in files]
    (out / "SHA256SUMS").write_text("".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=["reader", "embedder"])
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--setting", choices=READER, default="cpu")
    parser.add_argument("--name", help="name of the checkpoint")
    parser.add_argument("--raw", action="store_true", help="the last weights instead of their running average")
    args = parser.parse_args()
    torch.manual_seed(7)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    if args.model == "reader":
        export_reader(Path(args.work), out, READER[args.setting], args.name or "reader", args.raw)
    else:
        export_embedder(Path(args.work), out, EMBEDDER[args.setting], args.name or "embedder")
    write_checksums(out)


if __name__ == "__main__":
    main()
